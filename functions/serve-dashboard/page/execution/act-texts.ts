import { modify, steer } from "../core/endpoints.ts";
import type { SentAction } from "../core/replies.ts";
import type { Act } from "../parts/act.ts";
import type { ActName } from "./act-names.ts";

type Values = Readonly<Record<string, string>>;
/** Makes what a dialog runs when it is confirmed: a control action with the parameters that its fields give. */
type Control = (
  action: SentAction,
  parameters?: (values: Values) => object | undefined,
) => (values: Values) => Promise<unknown>;

const number = (text: string | undefined): number | undefined =>
  text === undefined || text === "" ? undefined : Number(text);

const controlOf = (execution: string): Control => (action, parameters) => (values) => {
  const given = parameters?.(values);
  const reason = values["reason"] ?? "";
  return steer(execution, {
    action,
    ...(reason === "" ? {} : { reason }),
    ...(given === undefined ? {} : { parameters: given }),
  });
};

/** What each act asks and does, for one execution. */
export function textsOf(execution: string, tasks: number): Readonly<Record<ActName, Act>> {
  const control = controlOf(execution);
  return {
    ...courseTexts(control),
    priority_boost: boostText(control),
    cancel: cancelText(control, tasks),
    raise_budget: budgetText(control),
    modify: {
      title: "Go on under another definition", button: "Change", says: "Changed",
      explains: "Tasks that have started keep theirs; what is still to come follows the new text.",
      fields: [{ name: "definition", label: "Definition (YAML or JSON)", kind: "json", isRequired: true }],
      run: ({ definition = "", reason }) => modify(execution, definition, reason),
    },
  };
}

const courseTexts = (control: Control): Readonly<Record<"pause" | "resume" | "redrive" | "checkpoint", Act>> => ({
  pause: {
    title: "Pause this execution?", button: "Pause", says: "Paused",
    explains:
      "Nothing new starts from now on. What agents have in hands they finish, and it counts. The clock stands still.",
    run: control("pause"),
  },
  resume: {
    title: "Resume this execution?", button: "Resume", says: "It goes on",
    explains: "What waits because of the pause starts at once.", run: control("resume"),
  },
  redrive: {
    title: "Run again from the failure?",
    button: "Run again", says: "It goes on",
    explains:
      "Tasks that failed or were cancelled start over. " +
      "What completed keeps its results, what was approved stays approved.",
    run: control("redrive"),
  },
  checkpoint: {
    title: "Mark a checkpoint?", button: "Mark", says: "Marked",
    explains: "The execution can be taken back to this moment later.", run: control("checkpoint"),
  },
});

const boostText = (control: Control): Act => ({
  title: "Raise the priority?", button: "Boost", says: "Boosted",
  explains: "What has not started moves to a faster queue.",
  fields: [{
    name: "priority", label: "Priority", kind: "choice", value: "critical",
    choices: [["critical", "critical"], ["high", "high"], ["medium", "medium"], ["low", "low"]],
  }],
  run: control("priority_boost", ({ priority }) => ({ priority })),
});

const cancelText = (control: Control, tasks: number): Act => ({
  isDangerous: true, title: "Cancel this execution?",
  button: "Cancel the execution", says: "Cancelled", reason: "required",
  explains: `All of its ${tasks} tasks that are not done are called off, and agents are told. This ends the run.`,
  fields: [{ name: "keep", label: "Leave done what was done, although the definition could undo it", kind: "check" }],
  run: control("cancel", ({ keep }) => (keep === "yes" ? { compensate: false } : undefined)),
});

const budgetText = (control: Control): Act => ({
  title: "Raise the budget", button: "Raise", says: "Raised",
  explains: "New ceilings; what is left empty stays as it is.",
  fields: [
    { name: "cost", label: "Cost, in dollars", kind: "number" },
    { name: "calls", label: "Calls of agents", kind: "number" },
    { name: "tokens", label: "Tokens", kind: "number" },
  ],
  run: control("raise_budget", ({ cost, calls, tokens }) => ({
    max_cost: number(cost), max_agent_calls: number(calls), max_tokens: number(tokens),
  })),
});
