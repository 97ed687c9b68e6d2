import type { ExecutionEventType } from "../execution-events.ts";
import type { ExecutionStatus } from "../execution.ts";

/** One way to steer an execution, as far as its life is concerned. */
export interface ControlEdgeRow {
  /** Where it changes something. */
  readonly from: readonly ExecutionStatus[];
  /** Where it leads: it is an edge of the execution's life. */
  readonly to?: readonly ExecutionStatus[] | "same";
  /** Why it is no edge. */
  readonly noEdge?: string;
  /** Where its repeat is no mistake, because it is so already. */
  readonly done?: readonly ExecutionStatus[];
  /** Events that it may tell, in this order. */
  readonly tells: readonly ExecutionEventType[];
  /** It is possible also while completed tasks are compensated, and afterwards. */
  readonly whileCompensating?: true;
}

const STEERED = ["workflow.controlled", "workflow.status_changed"] as const;
const OPEN = ["submitted", "queued", "running", "paused"] as const;
const FINISHED = ["completed", "failed", "cancelled"] as const;
const NEXT_RUN = ["submitted", "queued", "paused"] as const;

/**
 * Where an execution can be steered, and where that leads. What is not listed in `from` or `done` is not allowed. One
 * that waits for a slot, or is over, waits for one when a next run begins. `EXECUTION_ACTIONS` beside it says the rest.
 */
export const CONTROL_EDGES = {
  pause: { from: ["submitted", "running"], to: ["paused"], done: ["paused"], tells: STEERED, whileCompensating: true },
  resume: {
    from: ["paused"], to: ["running", "queued"], done: ["submitted", "running"], tells: STEERED,
    whileCompensating: true,
  },
  resume_from_checkpoint: { from: ["paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  cancel: { from: OPEN, to: ["cancelled", "running"], done: ["cancelled"], tells: STEERED },
  priority_boost: { from: ["queued", "running", "paused"], to: NEXT_RUN, tells: STEERED },
  modify: { from: ["running", "paused"], to: NEXT_RUN, tells: STEERED },
  redrive: { from: ["failed", "cancelled"], to: NEXT_RUN, tells: STEERED },
  rerun: { from: ["running", "paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  skip: { from: ["running", "paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  raise_budget: { from: ["queued", "running", "paused"], to: "same", tells: ["workflow.controlled"] },
  checkpoint: {
    from: ["running", "paused"], noEdge: "a checkpoint is a row of its own, and the head stays as it is", tells: [],
  },
} as const satisfies Readonly<Record<string, ControlEdgeRow>>;
