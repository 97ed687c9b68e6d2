import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Table } from "../../aws/query.ts";
import type { TaskRef } from "../../execution/store/execution-store.ts";
import { HOOK_LIMITS } from "../limits.ts";
import { cacheKey } from "./keys.ts";

const Asked = z.object({ execution: z.string(), task: z.string() });

/** The task that asked something first; nothing when nobody did lately. */
export async function findAsked({ db, table }: Table, tenant: string, hash: string): Promise<TaskRef | undefined> {
  const { Item } = await db.send(new GetCommand({ TableName: table, Key: { ...cacheKey(tenant, hash) }, ConsistentRead: true }));
  return Item === undefined ? undefined : { tenant, ...Asked.parse(Item) };
}

/** Puts on record that a task asks something. `expiresAt`: until when it is asked for, in seconds since 1970. */
export async function noteAsked({ db, table }: Table, { hash, first, expiresAt }: { hash: string; first: TaskRef; expiresAt: number }): Promise<void> {
  const { tenant, execution, task } = first;
  // The task has yet to be done: its result is good for so long from then on.
  const Item = { ...cacheKey(tenant, hash), execution, task, expiresAt: expiresAt + HOOK_LIMITS.logSeconds };
  await db.send(new PutCommand({ TableName: table, Item }));
}
