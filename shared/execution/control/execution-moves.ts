import type { ExecutionStatus } from "../execution.ts";

/** How an execution can be steered. */
export const CONTROL_ACTIONS = [
  "pause",
  "resume",
  "resume_from_checkpoint",
  "cancel",
  "priority_boost",
  "modify",
  "redrive",
  "rerun",
  "skip",
  "raise_budget",
  "checkpoint",
] as const;

/** One way to steer an execution. */
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** What a move does: `change`, nothing because it is so already (`done`), or it is not allowed. */
export type Move = "change" | "done" | "illegal";

/** Every action may be taken in these; in `done` ones its repeat is no mistake. Whatever is not listed is illegal. */
const TABLE: Readonly<
  Record<ControlAction, { change: readonly ExecutionStatus[]; done?: readonly ExecutionStatus[] }>
> = {
  pause: { change: ["submitted", "running"], done: ["paused"] },
  resume: { change: ["paused"], done: ["submitted", "running"] },
  resume_from_checkpoint: { change: ["paused", "completed", "failed", "cancelled"] },
  cancel: { change: ["submitted", "queued", "running", "paused"], done: ["cancelled"] },
  priority_boost: { change: ["queued", "running", "paused"] },
  modify: { change: ["running", "paused"] },
  redrive: { change: ["failed", "cancelled"] },
  rerun: { change: ["running", "paused", "completed", "failed", "cancelled"] },
  skip: { change: ["running", "paused", "completed", "failed", "cancelled"] },
  raise_budget: { change: ["queued", "running", "paused"] },
  checkpoint: { change: ["running", "paused"] },
};

/**
 * While completed tasks are undone, and ever after, there is no result to go on from: only the undoing itself can be
 * held up.
 */
const WHILE_UNDOING: ReadonlySet<ControlAction> = new Set(["pause", "resume"]);

/** Where an execution stands, as far as steering cares. */
export interface Standing {
  readonly status: ExecutionStatus;
  /** Set once the execution began to undo its tasks. */
  readonly compensation?: object | undefined;
}

/** What an action comes to. Total: every action in every status has an answer. */
export function moveOf(action: ControlAction, { status, compensation }: Standing): Move {
  const { change, done = [] } = TABLE[action];
  if (done.includes(status)) return "done";
  if (compensation !== undefined && !WHILE_UNDOING.has(action)) return "illegal";
  return change.includes(status) ? "change" : "illegal";
}

/** The actions that would change an execution where it stands, in the order of `CONTROL_ACTIONS`. */
export const legalMoves = (standing: Standing): readonly ControlAction[] =>
  CONTROL_ACTIONS.filter((action) => moveOf(action, standing) === "change");
