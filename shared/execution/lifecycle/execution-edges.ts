import type { ExecutionEventType } from "../execution-events.ts";
import type { ExecutionStatus } from "../execution.ts";
import { CONTROL_EDGES } from "./control-edges.ts";

/** Where an execution stands before it is on record. */
export const NONE = "none";

/** One edge of an execution's life. */
export interface ExecutionEdgeRow {
  readonly from: readonly (ExecutionStatus | typeof NONE)[];
  readonly to: readonly ExecutionStatus[] | "same";
  /** Events that it may tell, in this order. */
  readonly tells: readonly ExecutionEventType[];
}

const STEERED = ["workflow.controlled", "workflow.status_changed"] as const;
const OPEN = ["submitted", "queued", "running", "paused"] as const;
const FINISHED = ["completed", "failed", "cancelled"] as const;
const ANY = [...OPEN, ...FINISHED] as const;

/** The ways to steer an execution that move its head. */
const { checkpoint: _withoutEdge, ...STEERING_EDGES } = CONTROL_EDGES;

/**
 * The life of an execution: every change of its head is one of these, and nothing else writes one. The diagram in
 * `shared/README.md` is drawn from here.
 */
export const EXECUTION_EDGES = {
  recorded: { from: [NONE], to: ["submitted", "queued"], tells: ["workflow.status_changed"] },
  /** A slot is free for it. */
  admitted: { from: ["queued"], to: ["submitted"], tells: ["workflow.status_changed"] },
  /** The hooks that it waited for have run: it waits for a slot now. */
  hooks_ran: { from: ["queued"], to: "same", tells: [] },
  /** Its run's machine was heard to run. */
  started: { from: ["submitted", "queued"], to: ["running"], tells: ["workflow.execution_started", "workflow.status_changed"] },
  ...STEERING_EDGES,
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
