import { IllegalTransitionError } from "../../core/errors.ts";
import type { NewEvent } from "../execution-events.ts";
import { isLegal, PENDING, type Standing, type TaskEdge } from "./edges.ts";
import type { TaskRecord } from "./task-record.ts";
import { tell } from "./told.ts";

/**
 * One step of a task's life, as the store commits it: the row as it becomes, on condition that it is as it was seen, and
 * what is told of it. The row is written whole, so that nothing of a former state stays in it.
 */
export interface TaskTransition<Row extends TaskRecord = TaskRecord> {
  readonly edge: TaskEdge;
  /** The number of the move that the row must have; 0: there must be no row. */
  readonly expected: number;
  /** What is told stands in it as well, as `told.ts` writes it. */
  readonly row: Row;
  readonly events: readonly NewEvent[];
  /** Lines of `told` that leave the row. */
  readonly spilled: readonly string[];
}

/** A task as far as an edge needs to know it: its row, or `pendingTask` when it has none. */
export type Seen = Pick<TaskRecord, "task" | "state" | "attempt" | "move" | "told">;

/** Where a task stands. */
export const standingOf = ({ state, move }: Pick<TaskRecord, "state" | "move">): Standing => (move === 0 ? PENDING : state);

/**
 * Takes a task along an edge.
 *
 * @throws {IllegalTransitionError} the edge does not begin where the task stands.
 */
export function along<Row extends TaskRecord>(
  edge: TaskEdge,
  before: Seen,
  { row, events }: { readonly row: Row; readonly events: readonly NewEvent[] },
): TaskTransition<Row> {
  const standing = standingOf(before);
  if (!isLegal(edge, standing)) throw new IllegalTransitionError(edge, { task: before.task, standing });
  const { told, spilled } = tell(before.told, row, events);
  return { edge, expected: before.move, row: { ...row, told }, events, spilled };
}

/** Facts of every event of a task. */
export const about = ({ task, attempt }: Pick<TaskRecord, "task" | "attempt">) => ({ task_id: task, attempt });

/** The run that a move makes the owner of a row, and the token that its machine waits on. */
export type Binding = Pick<TaskRecord, "run" | "token">;

/** What every next row has of the one before. */
export const identityOf = ({ task, run, attempt, move, token, queuedAt, told }: TaskRecord) => ({
  task,
  run,
  attempt,
  move: move + 1,
  token,
  queuedAt,
  told,
});

/** What a row remembers until its task starts over. */
export const memoryOf = (record: TaskRecord) => {
  const { triedAgents, failure, retryBase, waitSince, event, decision, input, recall } = record;
  return { triedAgents, failure, retryBase, waitSince, event, decision, input, recall };
};

/** Who works on a task, or did. */
export const workOf = (record: TaskRecord) => {
  const { agentId, contextId, messageId, pushSecretHash, agentTaskId, child, items, hedgedAt } = record;
  return { agentId, contextId, messageId, pushSecretHash, agentTaskId, child, items, hedgedAt };
};

/** A task without a row, as a row that was never written. */
export const pendingTask = (
  task: string,
  { run, token, queuedAt }: Binding & { readonly queuedAt?: string | undefined },
): TaskRecord & { state: "queued" } => ({ task, state: "queued", run, attempt: 0, move: 0, token, queuedAt, told: [] });
