import { loadTaskDefinition, steerTask } from "../core/endpoints.ts";
import { type Act, readJson } from "../parts/act.ts";
import type { TaskActName } from "./act-names.ts";

type Values = Readonly<Record<string, string>>;
type Write = (execution: string, task: string) => Act | Promise<Act>;

const withReason = ({ reason }: Values): object => (reason ? { reason } : {});

const inputOf = ({ input = "" }: Values): object => (input.trim() === "" ? {} : { input: readJson(input) });

/** An answer is JSON where it looks like it, and words otherwise. */
const answered = (text: string): unknown => (/^\s*[[{]/.test(text) ? readJson(text) : text);

const decision =
  (verdict: "approve" | "reject"): Write =>
  (execution, task) => ({
    title: verdict === "approve" ? `Approve ${task}?` : `Reject ${task}?`,
    explains: verdict === "approve" ? "The task goes on." : "The task fails, and what its failure means for the rest the definition says.",
    button: verdict === "approve" ? "Approve" : "Reject",
    isDangerous: verdict === "reject",
    reason: verdict === "approve" ? "optional" : "required",
    says: verdict === "approve" ? "Approved" : "Rejected",
    run: (values) => steerTask(execution, task, verdict, withReason(values)),
  });

const answer: Write = (execution, task) => ({
  title: `Answer ${task}`,
  explains: "The agent goes on with what you say.",
  button: "Send the answer",
  reason: "none",
  says: "Answered",
  fields: [{ name: "input", label: "Answer", kind: "area", isRequired: true, hint: "Words, or JSON that begins with { or [." }],
  run: ({ input = "" }) => steerTask(execution, task, "input", { input: answered(input) }),
});

const retry: Write = (execution, task) => ({
  title: `Try ${task} again?`,
  explains: "The task is sent to an agent once more. Fields given here are laid over its input.",
  button: "Try again",
  says: "Tried again",
  fields: [{ name: "input", label: "Input, as JSON (optional)", kind: "json" }],
  run: (values) => steerTask(execution, task, "retry", { ...withReason(values), ...inputOf(values) }),
});

/** The definition's own input stands in the field, to be edited. */
const rerun: Write = async (execution, task) => {
  const { input } = await loadTaskDefinition(execution, task);
  return {
    title: `Rerun ${task}?`,
    explains: "The task starts over, and what comes after it. Other results stay. Edit its input here; fields that come from other tasks stay theirs.",
    button: "Rerun",
    says: "It runs again",
    fields: [
      { name: "input", label: "Input, as JSON", kind: "json", value: input === undefined ? "" : JSON.stringify(input, undefined, 2) },
      { name: "alone", label: "Leave what comes after it as it is", kind: "check" },
    ],
    run: (values) =>
      steerTask(execution, task, "rerun", {
        ...withReason(values),
        ...inputOf(values),
        ...(values["alone"] === "yes" ? { downstream: false } : {}),
      }),
  };
};

const skip: Write = (execution, task) => ({
  title: `Skip ${task}?`,
  explains: "It counts as done. With an output, what depends on it runs with that; without, what depends on it alone is skipped too.",
  button: "Skip",
  says: "Skipped",
  fields: [{ name: "output", label: "Output in its place, as JSON (optional)", kind: "json" }],
  run: (values) =>
    steerTask(execution, task, "skip", {
      ...withReason(values),
      ...((values["output"] ?? "").trim() === "" ? {} : { output: readJson(values["output"] ?? "") }),
    }),
});

/** What each act on a task asks and does. */
export const taskTexts: Readonly<Record<TaskActName, Write>> = {
  approve: decision("approve"),
  reject: decision("reject"),
  input: answer,
  retry,
  rerun,
  skip,
};
