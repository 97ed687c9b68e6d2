import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import { eachKey } from "./keys.ts";

/**
 * Where a `for_each` stands. Counters only steer: they may count too much when something happens twice, and whoever
 * ends the task looks at the instances themselves.
 */
export const EachState = z.object({
  run: z.int(),
  count: z.int(),
  /** Index of the next instance to start. */
  next: z.int(),
  /** Chains of instances that came to their end. */
  ended: z.int().default(0),
  failed: z.set(z.number()).default(new Set()),
  /** Instances that the task itself waits for, once all chains have ended. */
  awaited: z.string().optional(),
  /** When its instances are compared with what it started, if anybody asked for that; may be over. */
  comparedAt: z.iso.datetime().optional(),
});
export type EachState = z.infer<typeof EachState>;

/** Where it stands; nothing before it began. */
export async function loadEach(store: ExecutionStore, ref: TaskRef): Promise<EachState | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...eachKey(ref) }, ConsistentRead: true }));
  return Item === undefined ? undefined : EachState.parse(Item);
}

/** Begins, or begins anew in a later run. `started` instances are on their way already. */
export async function openEach(
  store: ExecutionStore,
  ref: TaskRef,
  { run, count, started }: { run: number; count: number; started: number },
): Promise<void> {
  await ignoreStale(
    store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...eachKey(ref) },
        UpdateExpression: "SET #run = :run, #count = :count, #next = :next, ended = :zero REMOVE failed, awaited, comparedAt",
        ConditionExpression: "attribute_not_exists(pk) OR #run < :run",
        ExpressionAttributeNames: { "#run": "run", "#count": "count", "#next": "next" },
        ExpressionAttributeValues: { ":run": run, ":count": count, ":next": started, ":zero": 0 },
      }),
    ),
  );
}

/** Takes the next instance of the list; nothing when all have been taken. A plain update: no transaction touches the row. */
export async function claimNext(store: ExecutionStore, ref: TaskRef): Promise<number | undefined> {
  try {
    const { Attributes } = await store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...eachKey(ref) },
        UpdateExpression: "ADD #next :one",
        ConditionExpression: "#next < #count",
        ExpressionAttributeNames: { "#next": "next", "#count": "count" },
        ExpressionAttributeValues: { ":one": 1 },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    const next: unknown = Attributes?.["next"];
    return typeof next === "number" ? next - 1 : undefined;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return undefined;
  }
}

/** Counts a chain that found nothing more to start. */
export async function endChain(store: ExecutionStore, ref: TaskRef): Promise<EachState> {
  const { Attributes } = await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key: { ...eachKey(ref) },
      UpdateExpression: "ADD ended :one",
      ExpressionAttributeValues: { ":one": 1 },
      ReturnValues: "ALL_NEW",
    }),
  );
  return EachState.parse(Attributes);
}

/** Notes a failed instance; the same one twice is one. @returns how many failed by now. */
export async function noteFailed(store: ExecutionStore, ref: TaskRef, index: number): Promise<number> {
  const { Attributes } = await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key: { ...eachKey(ref) },
      UpdateExpression: "ADD failed :index",
      ExpressionAttributeValues: { ":index": new Set([index]) },
      ReturnValues: "UPDATED_NEW",
    }),
  );
  const failed: unknown = Attributes?.["failed"];
  return failed instanceof Set ? failed.size : 1;
}

/** Nothing more is started. */
export async function closeEach(store: ExecutionStore, ref: TaskRef): Promise<void> {
  await ignoreStale(
    store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...eachKey(ref) },
        UpdateExpression: "SET #next = #count",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeNames: { "#next": "next", "#count": "count" },
      }),
    ),
  );
}

/** Notes the instance that the task waits for, so that others need not ask. */
export async function noteAwaited(store: ExecutionStore, ref: TaskRef, instance: string): Promise<void> {
  await store.db.send(
    new UpdateCommand({
      TableName: store.table,
      Key: { ...eachKey(ref) },
      UpdateExpression: "SET awaited = :instance",
      ExpressionAttributeValues: { ":instance": instance },
    }),
  );
}

/** Notes when instances are compared next, so that others need not ask. */
export async function noteComparison(store: ExecutionStore, ref: TaskRef, at: string): Promise<void> {
  await ignoreStale(
    store.db.send(
      new UpdateCommand({
        TableName: store.table,
        Key: { ...eachKey(ref) },
        UpdateExpression: "SET comparedAt = :at",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":at": at },
      }),
    ),
  );
}

async function ignoreStale(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
