import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { TaskMessage } from "../messages.ts";
import type { RowReader } from "../../aws/row-reader.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import type { ParkReason } from "../task/task-record.ts";
import type { Write } from "../../aws/group-commit.ts";
import { parkedKey, parkedPartition } from "./keys.ts";

/** A waiting task: the message that starts it, kept until what it waits for has come. */
export const ParkedTask = z.object({
  /** The one unsettled input that it watches, or `$` and a `ParkReason`. */
  on: z.string(),
  message: TaskMessage,
  /** For people who look at what waits; with a `ParkReason` only. */
  workflowId: z.string().optional(),
  parkedAt: z.iso.datetime().optional(),
});
export type ParkedTask = z.infer<typeof ParkedTask>;

/** What `on` says of a task that waits for something other than a task. */
export const parkedFor = (reason: ParkReason): string => `$${reason}`;

/** The write that parks a task for something other than a task, to be made together with its state. */
export function parkedWrite(
  store: ExecutionStore,
  { reason, message, workflowId, at }: { reason: ParkReason; message: TaskMessage; workflowId: string; at: string },
): Write {
  const { tenant, execution } = message.run;
  const key = parkedKey({ tenant, execution, task: message.task });
  const parked: ParkedTask = { on: parkedFor(reason), message, workflowId, parkedAt: at };
  return { Put: { TableName: store.table, Item: { ...key, byParked: parkedPartition(tenant, reason), ...parked } } };
}

/** A parked task by name. */
export async function loadParked(store: ExecutionStore, ref: TaskRef): Promise<ParkedTask | undefined> {
  const Key = { ...parkedKey(ref) };
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  return Item === undefined ? undefined : ParkedTask.parse(Item);
}

/**
 * Parks a task until `on` settles. A task watches one unsettled input at a time: when that one settles the task is
 * looked at again, and parks on the next one still missing. Its row is its own, so whoever settles finds it by name.
 *
 * The caller must look at `on` again afterwards: it may have settled just before the row was there.
 */
export async function saveParked(store: ExecutionStore, parked: ParkedTask): Promise<void> {
  const { tenant, execution } = parked.message.run;
  const key = parkedKey({ tenant, execution, task: parked.message.task });
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...key, ...parked } }));
}

/**
 * Those of `dependents` that wait for `input`. Reads of the same rows that fall together are one: when 50 inputs of a
 * join settle at once, its row is read once.
 */
export async function findParked(
  rows: RowReader,
  input: TaskRef,
  dependents: readonly string[],
): Promise<readonly ParkedTask[]> {
  const { tenant, execution } = input;
  const found = await Promise.all(dependents.map((task) => rows.read(parkedKey({ tenant, execution, task }))));
  return found.flatMap((row) => {
    if (row === undefined) return [];
    const parked = ParkedTask.parse(row);
    return parked.on === input.task ? [parked] : [];
  });
}

/** Forgets a parked task, once its message is queued again; one that parked anew meanwhile stays. */
export async function removeParked(store: ExecutionStore, { on, message, parkedAt }: ParkedTask): Promise<void> {
  const { tenant, execution } = message.run;
  const isSame = parkedAt === undefined ? "" : " AND parkedAt = :parkedAt";
  try {
    await store.db.send(
      new DeleteCommand({
        TableName: store.table,
        Key: { ...parkedKey({ tenant, execution, task: message.task }) },
        ConditionExpression: `#on = :on${isSame}`,
        ExpressionAttributeNames: { "#on": "on" },
        ExpressionAttributeValues: { ":on": on, ...(parkedAt === undefined ? {} : { ":parkedAt": parkedAt }) },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
