import { loadTaskDefinition, steerTask } from "../core/endpoints.ts";
import { may, me } from "../core/me.ts";
import { propose, readJson } from "../parts/dialog.tsx";
import type { Screen } from "../run/screen.ts";
import type { RunAct } from "./acts.ts";
import type { RunSession } from "./run-session.ts";

const withReason = (values: Readonly<Record<string, string>>): object => (values["reason"] ? { reason: values["reason"] } : {});

/** What can be done about the selected task. @param instance one instance of it, by name. */
export function taskActs(session: RunSession, screen: Screen, instance?: string): readonly RunAct[] {
  const { run, picked, at } = screen;
  const name = instance ?? run.plan.tasks[picked.value]?.task_id;
  const head = run.head.value;
  if (name === undefined || head === undefined || at.value !== undefined || me.value === undefined) return [];
  const { status, reason } = run.standingAt(picked.value, undefined);
  const legal: ReadonlySet<string> = new Set(head.legal_moves);
  const isSettled = ["completed", "failed", "skipped", "cancelled"].includes(status);
  const waitsFor = (what: string): boolean => status === "parked" && reason === what && !run.isFinal.value;
  const act = (path: string, body: (values: Readonly<Record<string, string>>) => object = withReason) => ({
    run: (values: Readonly<Record<string, string>>) => steerTask(session.execution, name, path, body(values)),
    done: () => void session.refresh(),
  });
  const acts: readonly (RunAct | false)[] = [
    // Who may decide, the task says; the API refuses others by name.
    waitsFor("approval") && decision({ name, verdict: "approve", label: "Approve", ...act("approve") }),
    waitsFor("approval") && decision({ name, verdict: "reject", label: "Reject", ...act("reject") }),
    status === "input_required" && may("workflow:submit") && answer(name, act("input", ({ input = "" }) => ({ input: answered(input) }))),
    waitsFor("operator") && may("execution:control") && retry(name, act("retry", (values) => ({ ...withReason(values), ...inputOf(values) }))),
    legal.has("rerun") && isSettled && may("execution:control") && rerun(session.execution, name, act("rerun", rerunBody)),
    legal.has("skip") && status !== "skipped" && status !== "completed" && may("execution:control") && skip(name, act("skip", skipBody)),
  ];
  return acts.filter((one) => one !== false);
}

interface Doing {
  readonly run: (values: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly done: () => void;
}

/** An answer is JSON where it looks like it, and words otherwise. */
function answered(text: string): unknown {
  return /^\s*[[{"\d]|^\s*(true|false|null)\s*$/.test(text) ? readJson(text) : text;
}

const inputOf = ({ input = "" }: Readonly<Record<string, string>>): object => (input.trim() === "" ? {} : { input: readJson(input) });

const rerunBody = (values: Readonly<Record<string, string>>): object => ({
  ...withReason(values),
  ...inputOf(values),
  ...(values["alone"] === "yes" ? { downstream: false } : {}),
});

const skipBody = (values: Readonly<Record<string, string>>): object => ({
  ...withReason(values),
  ...((values["output"] ?? "").trim() === "" ? {} : { output: readJson(values["output"] ?? "") }),
});

function decision({ name, verdict, label, ...doing }: Doing & { name: string; verdict: "approve" | "reject"; label: string }): RunAct {
  const isYes = verdict === "approve";
  return {
    name: verdict,
    label,
    isMain: true,
    isDangerous: !isYes,
    propose: () =>
      propose({
        title: `${label} ${name}?`,
        explains: isYes ? "The task goes on." : "The task fails, and what its failure means for the rest the definition says.",
        button: label,
        isDangerous: !isYes,
        reason: isYes ? "optional" : "required",
        says: isYes ? "Approved" : "Rejected",
        ...doing,
      }),
  };
}

const answer = (name: string, doing: Doing): RunAct => ({
  name: "answer",
  label: "Answer",
  isMain: true,
  propose: () =>
    propose({
      title: `Answer ${name}`,
      explains: "The agent goes on with what you say.",
      button: "Send the answer",
      reason: "none",
      says: "Answered",
      fields: [{ name: "input", label: "Answer", kind: "area", isRequired: true, hint: "Words, or JSON." }],
      ...doing,
    }),
});

const retry = (name: string, doing: Doing): RunAct => ({
  name: "retry",
  label: "Try again",
  isMain: true,
  propose: () =>
    propose({
      title: `Try ${name} again?`,
      explains: "The task is sent to an agent once more. Fields given here are laid over its input.",
      button: "Try again",
      says: "Tried again",
      fields: [{ name: "input", label: "Input, as JSON (optional)", kind: "json" }],
      ...doing,
    }),
});

const rerun = (execution: string, name: string, doing: Doing): RunAct => ({
  name: "rerun",
  label: "Rerun from here",
  isMain: false,
  propose: () => void proposeRerun(execution, name, doing),
});

/** The definition's own input stands in the field, to be edited. */
async function proposeRerun(execution: string, name: string, doing: Doing): Promise<void> {
  const { input } = await loadTaskDefinition(execution, name);
  propose({
    title: `Rerun ${name}?`,
    explains: "The task starts over, and what comes after it. Other results stay. Edit its input here; fields that come from other tasks stay theirs.",
    button: "Rerun",
    says: "It runs again",
    fields: [
      { name: "input", label: "Input, as JSON", kind: "json", value: input === undefined ? "" : JSON.stringify(input, undefined, 2) },
      { name: "alone", label: "Leave what comes after it as it is", kind: "check" },
    ],
    ...doing,
  });
}

const skip = (name: string, doing: Doing): RunAct => ({
  name: "skip",
  label: "Skip",
  isMain: false,
  propose: () =>
    propose({
      title: `Skip ${name}?`,
      explains: "It counts as done. With an output, what depends on it runs with that; without, what depends on it alone is skipped too.",
      button: "Skip",
      says: "Skipped",
      fields: [{ name: "output", label: "Output in its place, as JSON (optional)", kind: "json" }],
      ...doing,
    }),
});
