import type { ExecutionEventType } from "../execution-events.ts";
import type { ExecutionStatus } from "../execution.ts";

/** Where an execution stands before it is on record. */
export const NONE = "none";

/** One edge of an execution's life. */
export interface ExecutionEdgeRow {
  readonly from: readonly (ExecutionStatus | typeof NONE)[];
  readonly to: readonly ExecutionStatus[] | "same";
  /** For an act of steering: where its repeat is no mistake, because it is so already. */
  readonly done?: readonly ExecutionStatus[];
  /** Events that it may tell, in this order. */
  readonly tells: readonly ExecutionEventType[];
}

const STEERED = ["workflow.controlled", "workflow.status_changed"] as const;
const OPEN = ["submitted", "queued", "running", "paused"] as const;
const FINISHED = ["completed", "failed", "cancelled"] as const;
const ANY = [...OPEN, ...FINISHED] as const;
const NEXT_RUN = ["submitted", "queued", "paused"] as const;

/**
 * How an execution can be steered. What is not listed in `from` or `done` is not allowed. One that waits for a slot, or
 * is over, waits for one when a next run begins.
 */
export const CONTROL_EDGES = {
  pause: { from: ["submitted", "running"], to: ["paused"], done: ["paused"], tells: STEERED },
  resume: { from: ["paused"], to: ["running", "queued"], done: ["submitted", "running"], tells: STEERED },
  resume_from_checkpoint: { from: ["paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  cancel: { from: OPEN, to: ["cancelled", "running"], done: ["cancelled"], tells: STEERED },
  priority_boost: { from: ["queued", "running", "paused"], to: NEXT_RUN, tells: STEERED },
  modify: { from: ["running", "paused"], to: NEXT_RUN, tells: STEERED },
  redrive: { from: ["failed", "cancelled"], to: NEXT_RUN, tells: STEERED },
  rerun: { from: ["running", "paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  skip: { from: ["running", "paused", ...FINISHED], to: NEXT_RUN, tells: STEERED },
  raise_budget: { from: ["queued", "running", "paused"], to: "same", tells: STEERED },
  checkpoint: { from: ["running", "paused"], to: "same", tells: STEERED },
} as const satisfies Readonly<Record<string, ExecutionEdgeRow>>;

/**
 * The life of an execution: every change of its head is one of these, and nothing else writes one. The diagram in
 * `shared/README.md` is drawn from here.
 */
export const EXECUTION_EDGES = {
  recorded: { from: [NONE], to: ["submitted", "queued"], tells: ["workflow.status_changed"] },
  /** A slot is free for it. */
  admitted: { from: ["queued"], to: ["submitted"], tells: ["workflow.status_changed"] },
  /** Its run's machine was heard to run. */
  started: { from: ["submitted", "queued"], to: ["running"], tells: ["workflow.execution_started", "workflow.status_changed"] },
  ...CONTROL_EDGES,
  /** The sweep starts a next run, because nothing of the present one can go on. */
  recovered: { from: ["running"], to: ["submitted"], tells: STEERED },
  /** Completed tasks are to be undone before it ends. */
  compensation_begun: { from: OPEN, to: ["running"], tells: STEERED },
  compensation_planned: { from: OPEN, to: "same", tells: ["compensation.started"] },
  change_completed: { from: ANY, to: "same", tells: [] },
  /** Something new about its service level is told. */
  sla_told: { from: OPEN, to: "same", tells: ["sla.at_risk", "sla.violated"] },
  finished: { from: OPEN, to: FINISHED, tells: ["compensation.completed", "sla.violated", "workflow.status_changed"] },
} as const satisfies Readonly<Record<string, ExecutionEdgeRow>>;

/** Names an edge of an execution's life. */
export type ExecutionEdge = keyof typeof EXECUTION_EDGES;

/** One way to steer an execution. */
export type ControlAction = keyof typeof CONTROL_EDGES;

const isControlAction = (name: string): name is ControlAction => name in CONTROL_EDGES;

/** Every way to steer an execution. */
export const CONTROL_ACTIONS: readonly ControlAction[] = Object.keys(CONTROL_EDGES).filter(isControlAction);

/** What can be done to many executions at once. */
export const BULK_ACTIONS = [
  "pause",
  "resume",
  "cancel",
  "priority_boost",
  "redrive",
] as const satisfies readonly ControlAction[];

/** One of them. */
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** What a move does: `change`, nothing because it is so already (`done`), or it is not allowed. */
export type Move = "change" | "done" | "illegal";

/**
 * While completed tasks are undone, and ever after, there is no result to go on from: only the undoing itself can be
 * held up.
 */
const WHILE_COMPENSATING: ReadonlySet<ControlAction> = new Set(["pause", "resume"]);

/** Where an execution stands, as far as steering cares. */
export interface Standing {
  readonly status: ExecutionStatus;
  /** Set once the execution began to undo its tasks. */
  readonly compensation?: object | undefined;
}

/** What an action comes to. Total: every action in every status has an answer. */
export function moveOf(action: ControlAction, { status, compensation }: Standing): Move {
  const { from, done = [] }: ExecutionEdgeRow = CONTROL_EDGES[action];
  if (done.includes(status)) return "done";
  if (compensation !== undefined && !WHILE_COMPENSATING.has(action)) return "illegal";
  return from.includes(status) ? "change" : "illegal";
}

/** The actions that would change an execution where it stands, in the order of the table. */
export const legalMoves = (standing: Standing): readonly ControlAction[] =>
  CONTROL_ACTIONS.filter((action) => moveOf(action, standing) === "change");
