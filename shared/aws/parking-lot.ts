import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { TaskMessage } from "../schemas/messages.ts";
import type { RowReader } from "./row-reader.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import { parkedKey } from "./keys.ts";

/** A waiting task: the message that starts it, kept until the input it watches has settled. */
export const ParkedTask = z.object({
  /** The one unsettled input that it watches. */
  on: z.string(),
  message: TaskMessage,
});
export type ParkedTask = z.infer<typeof ParkedTask>;

/**
 * Parks a task until `on` settles. A task watches one unsettled input at a time: when that one settles the task is
 * looked at again, and parks on the next one still missing. Its row is its own, so whoever settles finds it by name.
 *
 * The caller must look at `on` again afterwards: it may have settled just before the row was there.
 */
export async function parkTask(store: ExecutionStore, parked: ParkedTask): Promise<void> {
  const { tenant, execution } = parked.message.run;
  const Item = { ...parkedKey({ tenant, execution, task: parked.message.task }), ...parked };
  await store.db.send(new PutCommand({ TableName: store.table, Item }));
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
export async function unparkTask(store: ExecutionStore, { on, message }: ParkedTask): Promise<void> {
  const { tenant, execution } = message.run;
  try {
    await store.db.send(
      new DeleteCommand({
        TableName: store.table,
        Key: { ...parkedKey({ tenant, execution, task: message.task }) },
        ConditionExpression: "#on = :on",
        ExpressionAttributeNames: { "#on": "on" },
        ExpressionAttributeValues: { ":on": on },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
