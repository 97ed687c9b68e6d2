import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { ExecutionEventFacts, ExecutionEventType, StoredEvent } from "../execution-events.ts";
import { Execution, type ExecutionStatus, isFinished, TaskRecord, type TaskState } from "../execution.ts";
import { NotFoundError } from "../../core/errors.ts";
import type { DispatchRef } from "../../core/ids.ts";
import type { CommitOutcome, GroupCommitter, Write } from "../../aws/group-commit.ts";
import { keyName } from "../../aws/key.ts";
import { readAll } from "../../aws/read-all.ts";
import { eventKey, executionIndexKeys, metaKey, openPartition, parkedPartition, taskKey } from "./keys.ts";
import { placementOf } from "./slot-writes.ts";
import { type Condition, updateOf } from "../../aws/update-expression.ts";

/** Where executions live. `commit` groups the writes of one warm function. */
export interface ExecutionStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
  readonly committer: GroupCommitter;
}

/** Names a task of an execution. */
export type TaskRef = Pick<DispatchRef, "tenant" | "execution" | "task">;

/** What an event needs to know of its execution. */
export type ExecutionHead = Pick<Execution, "tenant" | "executionId" | "workflowId" | "traceId">;

/** An event about to be stored: written in the same transaction as the state it tells of (invariant 4). */
export interface NewEvent {
  readonly id: string;
  readonly type: ExecutionEventType;
  readonly at: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Types the facts of an event by its name. `id` must be equal when the same thing is told twice. */
export function newEvent<Type extends ExecutionEventType>(
  type: Type,
  { id, at, facts }: { id: string; at: string; facts: ExecutionEventFacts<Type> },
): NewEvent {
  return { id, type, at, facts };
}

/** @throws {NotFoundError} no such execution for this tenant. */
export async function loadExecution(store: ExecutionStore, tenant: string, execution: string): Promise<Execution> {
  const key = metaKey(tenant, execution);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("execution", execution);
  return Execution.parse(Item);
}

/** Records a submission. `stale`: this id was submitted before. */
export const saveSubmission = (store: ExecutionStore, execution: Execution, event: NewEvent): Promise<CommitOutcome> =>
  store.committer.commit(submissionWrites(store, execution, event));

/** The writes of `saveSubmission`, to be made together with others. */
export function submissionWrites(store: ExecutionStore, execution: Execution, event: NewEvent): readonly Write[] {
  const key = metaKey(execution.tenant, execution.executionId);
  const index = executionIndexKeys(execution.tenant, execution.status, execution.workflowId);
  return [
    {
      Put: {
        TableName: store.table,
        Item: { ...key, ...index, byOpen: openPartition(execution.executionId), ...execution },
        ConditionExpression: "attribute_not_exists(pk)",
      },
    },
    eventWrite(store, execution, event),
  ];
}

/** The status an execution leaves and takes, and what is learnt on the way. */
export interface ExecutionMove {
  readonly from: readonly ExecutionStatus[];
  readonly to: ExecutionStatus;
  /** `undefined` takes an attribute away. */
  readonly set?: { readonly [K in Exclude<keyof Execution, "tenant" | "executionId" | "status">]?: Execution[K] | undefined };
  /** What else must be as the mover saw it. */
  readonly holds?: readonly Condition[];
  readonly events: readonly NewEvent[];
}

/** Moves an execution on. `stale`: it has left `from` already, or another run took over. */
export function moveExecution(store: ExecutionStore, execution: Execution, move: ExecutionMove): Promise<CommitOutcome> {
  const index = executionIndexKeys(execution.tenant, move.to, execution.workflowId);
  const placement = placementOf(store.table, execution, move);
  return store.committer.commit([
    {
      Update: {
        TableName: store.table,
        Key: metaKey(execution.tenant, execution.executionId),
        ...updateOf({ status: move.to, byStatus: index.byStatus, ...closing(move.to), ...move.set, ...placement.set }, [
          { name: "status", values: move.from },
          { name: "run", values: [execution.run] },
          ...(move.holds ?? []),
        ]),
      },
    },
    ...move.events.map((event) => eventWrite(store, execution, event)),
    ...placement.writes,
  ]);
}

/** A finished execution leaves the index of open ones. */
const closing = (to: ExecutionStatus): Record<string, unknown> => (isFinished(to) ? { byOpen: undefined } : {});

/** Reads tasks with strong consistency; absent ones are missing from the result. */
export async function loadTasks(store: ExecutionStore, refs: readonly TaskRef[]): Promise<Map<string, TaskRecord>> {
  const rows = await readAll(store, refs.map(taskKey));
  return new Map([...rows].map(([name, row]) => [name, TaskRecord.parse(row)]));
}

/** Key of a task in the result of `loadTasks`. */
export const taskId = (ref: TaskRef): string => keyName(taskKey(ref));

/** One task, or nothing when its message was never looked at. */
export async function loadTask(store: ExecutionStore, ref: TaskRef): Promise<TaskRecord | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: taskKey(ref), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : TaskRecord.parse(Item);
}

/** First sight of a task. `stale`: its row exists already. */
export const createTask = (store: ExecutionStore, head: ExecutionHead, created: NewTask): Promise<CommitOutcome> =>
  store.committer.commit(newTaskWrites(store, head, created));

/** A task's first row and what it tells. */
export interface NewTask {
  readonly record: TaskRecord;
  readonly events: readonly NewEvent[];
  /** Writes that stand or fall with it. */
  readonly also?: readonly Write[];
}

/** The writes of `createTask`, to be made together with others. */
export function newTaskWrites(store: ExecutionStore, head: ExecutionHead, created: NewTask): readonly Write[] {
  const key = taskKey({ tenant: head.tenant, execution: head.executionId, task: created.record.task });
  return [
    { Put: { TableName: store.table, Item: { ...key, ...created.record }, ConditionExpression: "attribute_not_exists(pk)" } },
    ...created.events.map((event) => eventWrite(store, head, event)),
    ...(created.also ?? []),
  ];
}

/** One conditional step of a task's life. */
export interface TaskMove {
  readonly task: string;
  readonly from: readonly TaskState[];
  /** The attempt the mover believes is current; a later attempt makes the move stale. */
  readonly attempt: number;
  /** Attributes as the mover saw them; whoever changed one meanwhile makes the move stale. */
  readonly holds?: Readonly<Partial<Pick<TaskRecord, "token" | "dispatchedAt" | "run">>>;
  readonly set: Partial<TaskRecord>;
  readonly events: readonly NewEvent[];
  /** Writes that stand or fall with the move. */
  readonly also?: readonly Write[];
}

/** A task that asks for input is in its tenant's inbox, and leaves it with that state. */
function inboxKeys(tenant: string, { from, set, events }: TaskMove): Readonly<Record<string, unknown>> {
  if (set.state === "input_required") return { byParked: parkedPartition(tenant, "input"), parkedAt: events[0]?.at };
  return set.state !== undefined && from.includes("input_required") ? { byParked: undefined, parkedAt: undefined } : {};
}

/** Moves a task on. `stale`: a duplicate or late message, safe to drop (invariants 3 and 8). */
export function moveTask(store: ExecutionStore, head: ExecutionHead, move: TaskMove): Promise<CommitOutcome> {
  const conditions: Condition[] = [
    { name: "state", values: move.from },
    { name: "attempt", values: [move.attempt] },
    ...Object.entries(move.holds ?? {}).map(([name, value]) => ({ name, values: [value] })),
  ];
  return store.committer.commit([
    {
      Update: {
        TableName: store.table,
        Key: taskKey({ tenant: head.tenant, execution: head.executionId, task: move.task }),
        ...updateOf({ ...move.set, ...inboxKeys(head.tenant, move) }, conditions),
      },
    },
    ...move.events.map((event) => eventWrite(store, head, event)),
    ...(move.also ?? []),
  ]);
}

/** Appends an event that changes no state. A repeat of the same id at the same time is one event. */
export function appendEvent(store: ExecutionStore, head: ExecutionHead, event: NewEvent): Promise<CommitOutcome> {
  return store.committer.commit([eventWrite(store, head, event)]);
}

/** The write that stores an event, to be made together with what it tells of. */
export function eventWrite(store: ExecutionStore, head: ExecutionHead, event: NewEvent): Write {
  const stored: StoredEvent = {
    version: 1,
    event_id: event.id,
    type: event.type,
    tenant: head.tenant,
    workflow_id: head.workflowId,
    execution_id: head.executionId,
    trace_id: head.traceId,
    timestamp: event.at,
    facts: event.facts,
  };
  const key = eventKey(head.tenant, head.executionId, event);
  return { Put: { TableName: store.table, Item: { ...key, ...stored } } };
}
