import { DeleteCommand, PutCommand, QueryCommand, type QueryCommandOutput } from "@aws-sdk/lib-dynamodb";
import { TaskMessage } from "../schemas/messages.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import { executionPartition, type Key, parkedPrefix } from "./keys.ts";

/** A waiting task: the message that starts it, kept until its reason to wait is gone. */
export interface ParkedTask {
  readonly key: Key;
  readonly message: TaskMessage;
}

/**
 * Parks a task until `input` settles. A task watches one unsettled input at a time: when that one settles the task
 * is looked at again, and parks on the next one still missing.
 *
 * The caller must look at `input` again afterwards: it may have settled just before the row was there.
 */
export async function parkTask(store: ExecutionStore, message: TaskMessage, input: string): Promise<ParkedTask> {
  const { tenant, execution } = message.run;
  const key = { pk: executionPartition(tenant, execution), sk: `${parkedPrefix(input)}${message.task}` };
  await store.db.send(new PutCommand({ TableName: store.table, Item: { ...key, message } }));
  return { key, message };
}

/** Tasks that wait for this one, all of them: a page ends at 1 MB, about 800 rows. */
export async function listParked(store: ExecutionStore, input: TaskRef): Promise<readonly ParkedTask[]> {
  const pk = executionPartition(input.tenant, input.execution);
  const parked: ParkedTask[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const reply: QueryCommandOutput = await store.db.send(
      new QueryCommand({
        TableName: store.table,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": pk, ":prefix": parkedPrefix(input.task) },
        ConsistentRead: true,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const { sk, message } of reply.Items ?? []) {
      parked.push({ key: { pk, sk: String(sk) }, message: TaskMessage.parse(message) });
    }
    start = reply.LastEvaluatedKey;
  } while (start !== undefined);
  return parked;
}

/** Forgets a parked task, once its message is queued again. */
export async function unparkTask(store: ExecutionStore, parked: ParkedTask): Promise<void> {
  await store.db.send(new DeleteCommand({ TableName: store.table, Key: { ...parked.key } }));
}
