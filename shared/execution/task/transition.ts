import type { NewEvent } from "../new-event.ts";
import type { TaskRecord } from "./task-record.ts";
import { IllegalTransitionError } from "../illegal-transition.ts";
import { isLegal, PENDING, type Standing, type TaskEdge } from "./edges.ts";
import { present } from "../../core/present.ts";

/**
 * What the moves of a task told, as its row carries it: one line of JSON per move that told something, oldest first.
 *
 * 1. A line is written by the move that it tells of, in the same item, so state and events are never apart (invariant 4).
 * 2. A line stays as it was written. Where the row gets long, its oldest lines go to a row of their own in the same
 *    transaction; so the rows of an execution tell everything that ever happened to its tasks, whatever else is lost.
 * 3. Ids and facts that the row and the move imply are left out; `readTold` puts them back, so an event is the same
 *    whoever reads it.
 */

/** Bytes of lines that a row carries before the oldest leave it, and that stay then: rows of one or two kilobytes. */
const MOST_BYTES = 2048;
const KEPT_BYTES = 512;

/** Type, last part of the id, and facts; a mark where the facts name no task. */
type ToldEvent = readonly [type: string, name: string, facts: NewEvent["facts"], bare?: "bare"];

type Mover = Pick<TaskRecord, "task" | "move" | "attempt">;

/** Names an event of a task: its row and the move that tells it. Equal for repeats of the same move only. */
export const eventId = ({ task, move }: Pick<TaskRecord, "task" | "move">, name: string): string => `${task}.${move}.${name}`;

function lineOf(row: Mover, events: readonly NewEvent[]): string {
  const told = events.map(({ type, id, facts }): ToldEvent => {
    const { task_id: task, attempt, ...rest } = facts;
    const name = id.slice(eventId(row, "").length);
    return task === row.task && attempt === row.attempt ? [type, name, rest] : [type, name, facts, "bare"];
  });
  return JSON.stringify([row.move, row.attempt, present(events[0]).at, told]);
}

/** The lines of a row after a move, and those that leave it for a row of their own. */
export interface Telling {
  readonly told: readonly string[];
  readonly spilled: readonly string[];
}

/** Adds what a move tells to the lines that its row carries. */
export function tell(before: readonly string[], row: Mover, events: readonly NewEvent[]): Telling {
  return events.length === 0 ? { told: before, spilled: [] } : withinRow([...before, lineOf(row, events)]);
}

/** Lines that a row carries, the oldest taken out where they get long. */
export function withinRow(lines: readonly string[]): Telling {
  const sizes = lines.map((line) => Buffer.byteLength(line));
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  if (total <= MOST_BYTES) return { told: lines, spilled: [] };
  let first = lines.length - 1;
  for (let kept = present(sizes[first]); first > 0; first -= 1) {
    kept += present(sizes[first - 1]);
    if (kept > KEPT_BYTES) break;
  }
  return { told: lines.slice(first), spilled: lines.slice(0, first) };
}

/** The move that a line tells of; 0 for what is no line. */
export const moveOf = (line: string): number => Number.parseInt(line.slice(1), 10) || 0;

/** When the move was made that a line tells of; empty for what is no line. */
export const timeOf = (line: string): string => /^\[\d+,\d+,"([^"]*)"/.exec(line)?.[1] ?? "";

/**
 * One step of a task's life, as the store commits it: the row as it becomes, on condition that it is as it was seen, and
 * what is told of it. The row is written whole, so that nothing of a former state stays in it.
 */
export interface TaskTransition<Row extends TaskRecord = TaskRecord> {
  readonly edge: TaskEdge;
  /** The number of the move that the row must have; 0: there must be no row. */
  readonly expected: number;
  /** What is told stands in it as well, as `tell` writes it. */
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
export const identityOf = ({ task, run, attempt, move, token, queuedAt, usage, asked, told }: TaskRecord) => ({
  task,
  run,
  attempt,
  move: move + 1,
  token,
  queuedAt,
  usage,
  asked,
  told,
});

/** What a row remembers until its task starts over. */
export const memoryOf = (record: TaskRecord) => {
  const { triedAgents, failure, retryBase, waitSince, event, decision, input, hooked, made, recall } = record;
  return { triedAgents, failure, retryBase, waitSince, event, decision, input, hooked, made, recall };
};

/** Who works on a task, or did. */
export const workOf = (record: TaskRecord) => {
  const { agentId, contextId, messageId, pushSecretHash, agentTaskId, child, childUsage, items, hedgedAt } = record;
  return { agentId, contextId, messageId, pushSecretHash, agentTaskId, child, childUsage, items, hedgedAt };
};

/** A task without a row, as a row that was never written. */
export const pendingTask = (
  task: string,
  { run, token, queuedAt }: Binding & { readonly queuedAt?: string | undefined },
): TaskRecord & { state: "queued" } => ({ task, state: "queued", run, attempt: 0, move: 0, token, queuedAt, told: [] });
