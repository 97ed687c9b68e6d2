import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type NewEvent, storedEvent } from "../new-event.ts";
import { Execution } from "../execution.ts";
import { TaskRecord } from "../task/task-record.ts";
import { NotFoundError } from "../../core/errors.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import type { CommitOutcome, GroupCommitter, Write } from "../../aws/group-commit.ts";
import { keyName } from "../../aws/key.ts";
import { readAll } from "../../aws/read-all.ts";
import { eventKey, metaKey, openPartition, parkedPartition, statusPartition, taskKey, tenantPartition, toldKey, workflowPartition } from "./keys.ts";
import { placementWrites } from "./slot-writes.ts";
import { type ExecutionTransition, isOpen, recorded } from "../lifecycle/execution-transitions.ts";
import { HEAD_TASK } from "../lifecycle/told-head.ts";
import type { TaskTransition } from "../task/transition.ts";

/**
 * Where executions live. `commit` groups the writes of one warm function.
 *
 * @example
 * ```ts
 * const db = documentClient();
 * const store: ExecutionStore = { db, table: env.EXECUTIONS_TABLE, committer: new GroupCommitter(db) };
 * ```
 */
export interface ExecutionStore {
  readonly db: DynamoDBDocumentClient;
  readonly table: string;
  readonly committer: GroupCommitter;
}

/** Names a task of an execution. */
export type TaskRef = Pick<DispatchRef, "tenant" | "execution" | "task">;

/** What an event needs to know of its execution. */
export type ExecutionHead = Pick<Execution, "tenant" | "executionId" | "workflowId" | "traceId">;

/**
 * The head of an execution as it is now (a consistent read).
 *
 * @throws {NotFoundError} no such execution for this tenant.
 *
 * @example
 * ```ts
 * const { status, run } = await loadExecution(store, "acme", "exec_0123456789");
 * ```
 */
export async function loadExecution(store: ExecutionStore, tenant: string, execution: string): Promise<Execution> {
  const key = metaKey(tenant, execution);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: key, ConsistentRead: true }));
  if (Item === undefined) throw new NotFoundError("execution", execution);
  return Execution.parse(Item);
}

/** Puts an execution on record. `stale`: this id was submitted before. */
export const saveSubmission = (store: ExecutionStore, execution: Execution): Promise<CommitOutcome> =>
  store.committer.commit(submissionWrites(store, execution));

/** The writes of `saveSubmission`, to be made together with others. */
export const submissionWrites = (store: ExecutionStore, execution: Execution): readonly Write[] => [
  { Put: { TableName: store.table, Item: headItem(recorded(execution)), ConditionExpression: "attribute_not_exists(pk)" } },
];

/** The row of a head in the table. One that is over and wound up leaves the index of open ones. */
function headItem(execution: Execution): Record<string, unknown> {
  const { tenant, executionId, status, workflowId } = execution;
  const index = {
    byTenant: tenantPartition(tenant),
    byStatus: statusPartition(tenant, status),
    byWorkflow: workflowPartition(tenant, workflowId),
  };
  const byOpen = isOpen(execution) ? openPartition(executionId) : undefined;
  return definedOf({ ...metaKey(tenant, executionId), ...index, byOpen, ...execution });
}

const definedOf = (item: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));

/**
 * Takes an execution along an edge of its life, with the slot and the place in the queue that go with it. The only way to
 * write a head.
 *
 * @param also writes that stand or fall with it.
 * @returns `stale`: the head is no longer as the transition's author saw it.
 */
export function commitExecution(
  store: ExecutionStore,
  { transition, also = [] }: { transition: ExecutionTransition; also?: readonly Write[] },
): Promise<CommitOutcome> {
  const { before, row, spilled } = transition;
  const at = { tenant: row.tenant, execution: row.executionId, task: HEAD_TASK };
  return store.committer.commit([
    {
      Put: {
        TableName: store.table,
        Item: headItem(row),
        ConditionExpression: "#move = :expected",
        ExpressionAttributeNames: { "#move": "move" },
        ExpressionAttributeValues: { ":expected": before.move },
      },
    },
    ...spilledWrites(store, at, { move: row.move, spilled }),
    ...placementWrites(store.table, transition),
    ...also,
  ]);
}

/** Reads tasks with strong consistency; absent ones are missing from the result. */
export async function loadTasks(store: ExecutionStore, refs: readonly TaskRef[]): Promise<Map<string, TaskRecord>> {
  const rows = await readAll(store, refs.map(taskKey));
  return new Map([...rows].map(([name, row]) => [name, TaskRecord.parse(row)]));
}

/** Key of a task in the result of `loadTasks`. */
export const taskId = (ref: TaskRef): string => keyName(taskKey(ref));

/**
 * One task, or nothing when its message was never looked at.
 *
 * @example
 * ```ts
 * const record = await loadTask(store, { tenant: "acme", execution: "exec_0123456789", task: "fetch" });
 * const standing = record?.state ?? PENDING;
 * ```
 */
export async function loadTask(store: ExecutionStore, ref: TaskRef): Promise<TaskRecord | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: taskKey(ref), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : TaskRecord.parse(Item);
}

/** The row of a task in the table. One that asks for input is in its tenant's inbox. */
function itemOf(head: ExecutionHead, row: TaskRecord): Record<string, unknown> {
  const key = taskKey({ tenant: head.tenant, execution: head.executionId, task: row.task });
  const inbox = row.state === "input_required" ? { byParked: parkedPartition(head.tenant, "input"), parkedAt: row.askedAt } : {};
  const told = row.told.length === 0 ? undefined : row.told;
  return definedOf({ ...key, ...inbox, ...row, told });
}

/** The writes of a transition, to be made together with others: one row, but for the few that get long. */
export function transitionWrites(store: ExecutionStore, head: ExecutionHead, transition: TaskTransition): readonly Write[] {
  const { expected, row, spilled } = transition;
  const at = { tenant: head.tenant, execution: head.executionId, task: row.task };
  const condition =
    expected === 0
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "#move = :expected",
          ExpressionAttributeNames: { "#move": "move" },
          ExpressionAttributeValues: { ":expected": expected },
        };
  const moved: Write = { Put: { TableName: store.table, Item: itemOf(head, row), ...condition } };
  return [moved, ...spilledWrites(store, at, { move: row.move, spilled })];
}

/** The row that takes what another had no more room for. */
function spilledWrites(store: ExecutionStore, at: TaskRef, { move, spilled }: { move: number; spilled: readonly string[] }): readonly Write[] {
  return spilled.length === 0 ? [] : [{ Put: { TableName: store.table, Item: { ...toldKey(at, move), task: at.task, told: spilled } } }];
}

/**
 * Takes a task along an edge of its life. The only way to write a task's row.
 *
 * @param also writes that stand or fall with it.
 * @returns `stale`: the row is no longer as the transition's author saw it (invariants 3 and 8).
 *
 * @example
 * ```ts
 * const transition = completed(record, { output, at: isoNow(runtime) });
 * if ((await commitTransition(store, { head, transition })) === "stale") return; // another writer moved it
 * ```
 */
export const commitTransition = (
  store: ExecutionStore,
  { head, transition, also = [] }: { head: ExecutionHead; transition: TaskTransition; also?: readonly Write[] | undefined },
): Promise<CommitOutcome> => store.committer.commit([...transitionWrites(store, head, transition), ...also]);

/** Appends an event that changes no state. A repeat of the same id at the same time is one event. */
export function appendEvent(store: ExecutionStore, head: ExecutionHead, event: NewEvent): Promise<CommitOutcome> {
  return store.committer.commit([eventWrite(store, head, event)]);
}

/** The write that stores an event of its own row, to be made together with what it tells of: no move of a task. */
export function eventWrite(store: ExecutionStore, head: ExecutionHead, event: NewEvent): Write {
  const key = eventKey(head.tenant, head.executionId, event);
  return { Put: { TableName: store.table, Item: { ...key, ...storedEvent(head, event) } } };
}
