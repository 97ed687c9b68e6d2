import { BatchGetCommand, type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type NewEvent, storedEvent } from "../execution-events.ts";
import { Execution, type ExecutionStatus, isFinished } from "../execution.ts";
import { TaskRecord } from "../task/task-record.ts";
import { NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import type { DispatchRef } from "../../core/ids.ts";
import type { CommitOutcome, GroupCommitter, Write } from "../../aws/group-commit.ts";
import { eventKey, executionIndexKeys, metaKey, openPartition, parkedPartition, taskKey, toldKey } from "./keys.ts";
import { placementOf } from "./slot-writes.ts";
import type { TaskTransition } from "../task/transition.ts";
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
  const found = new Map<string, TaskRecord>();
  const unique = [...new Map(refs.map((ref) => [taskId(ref), taskKey(ref)])).values()];
  for (let start = 0; start < unique.length; start += 100) {
    let keys: Record<string, unknown>[] | undefined = unique.slice(start, start + 100).map((key) => ({ ...key }));
    for (let round = 0; keys !== undefined && keys.length > 0; round += 1) {
      if (round === 6) throw new StoreUnavailableError("batch reads stay unprocessed");
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** round * 10));
      const reply: Awaited<ReturnType<typeof batchGet>> = await batchGet(store, keys);
      for (const item of reply.Responses?.[store.table] ?? []) {
        found.set(`${String(item["pk"])} ${String(item["sk"])}`, TaskRecord.parse(item));
      }
      keys = reply.UnprocessedKeys?.[store.table]?.Keys;
    }
  }
  return found;
}

const batchGet = (store: ExecutionStore, keys: Record<string, unknown>[]) =>
  store.db.send(new BatchGetCommand({ RequestItems: { [store.table]: { Keys: keys, ConsistentRead: true } } }));

/** Key of a task in the result of `loadTasks`. */
export function taskId(ref: TaskRef): string {
  const { pk, sk } = taskKey(ref);
  return `${pk} ${sk}`;
}

/** One task, or nothing when its message was never looked at. */
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
  return Object.fromEntries(Object.entries({ ...key, ...inbox, ...row, told }).filter(([, value]) => value !== undefined));
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
  if (spilled.length === 0) return [moved];
  return [moved, { Put: { TableName: store.table, Item: { ...toldKey(at, row.move), task: row.task, told: spilled } } }];
}

/**
 * Takes a task along an edge of its life. The only way to write a task's row.
 *
 * @param also writes that stand or fall with it.
 * @returns `stale`: the row is no longer as the transition's author saw it (invariants 3 and 8).
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
