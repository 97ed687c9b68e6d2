import { go, pathTo } from "../core/address.ts";
import { runWorkflow, steerWorkflow } from "../core/endpoints.ts";
import { propose, readJson } from "../parts/act.ts";

/** Asks for the input of a run, starts it, and goes there. */
export function proposeRun(name: string, version: string | undefined): void {
  propose({
    title: `Run ${name}${version === undefined ? "" : ` ${version}`}`,
    explains: "A new execution begins with this input.",
    button: "Run",
    reason: "none",
    says: "It is under way",
    fields: [
      { name: "input", label: "Input, as JSON", kind: "json", value: "{}" },
      {
        name: "priority", label: "Priority", kind: "choice", value: "",
        choices: [["", "as defined"], ["critical", "critical"], ["high", "high"], ["medium", "medium"], ["low", "low"]],
      },
    ],
    run: async ({ input = "{}", priority }) => {
      const body = {
        input_data: readJson(input.trim() === "" ? "{}" : input),
        ...(version === undefined ? {} : { version }),
        ...(priority ? { priority } : {}),
      };
      const { execution_id: id } = await runWorkflow(name, body);
      go(pathTo(["executions", id]));
    },
  });
}

/** Pauses or resumes everything of a workflow. */
export function proposeWorkflowControl(name: string, act: "pause" | "resume", changed: () => void): void {
  propose({
    title: act === "pause" ? `Pause ${name}?` : `Resume ${name}?`,
    explains:
      act === "pause"
        ? "Its running executions pause, and what is submitted from now on waits."
        : "Its paused executions go on, and what waited starts.",
    button: act === "pause" ? "Pause it all" : "Resume it all",
    isDangerous: act === "pause",
    says: act === "pause" ? "Paused" : "It goes on",
    run: ({ reason }) => steerWorkflow(name, act, reason ? { reason } : {}),
    done: changed,
  });
}
