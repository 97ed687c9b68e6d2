import { DeleteCommand, GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { type CommitOutcome, GroupCommitter } from "../../aws/group-commit.ts";
import { queryAll, type Table } from "../../aws/query.ts";
import { WatchMemory } from "../detection/watch.ts";
import { memoryKey, TROUBLE_PREFIX, troubleKey, UNTOLD_PREFIX, untoldKey, watchPartition } from "./keys.ts";

/** The incident that a fingerprint has, or had until just now. */
export const Trouble = z.object({
  fingerprint: z.string(),
  incident_id: z.string(),
  isOpen: z.boolean(),
  rule: z.string().optional(),
  resolved_at: z.iso.datetime().optional(),
  resolved_by: z.string().optional(),
  reopened_at: z.array(z.iso.datetime()),
});
export type Trouble = z.output<typeof Trouble>;

/** A move of an incident that is yet to be told. */
export const Untold = z.object({ incident_id: z.string(), revision: z.int(), event: z.string(), isQuiet: z.boolean(), at: z.iso.datetime() });
export type Untold = z.output<typeof Untold>;

/** What is known of a tenant's trouble before a pass. */
export interface Watched {
  readonly memory: WatchMemory | undefined;
  /** Number of the pass that left the memory; 0: there was none. */
  readonly revision: number;
  readonly troubles: readonly Trouble[];
  readonly untold: readonly Untold[];
}

const MemoryRow = z.object({ revision: z.int(), memory: z.string() });

/** Reads all of it with one query. */
export async function loadWatched(store: Table, tenant: string): Promise<Watched> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": watchPartition(tenant) },
    ConsistentRead: true,
  });
  const having = (prefix: string) => rows.filter(({ sk }) => String(sk).startsWith(prefix));
  const row = MemoryRow.safeParse(rows.find(({ sk }) => sk === memoryKey(tenant).sk)).data;
  return {
    memory: row === undefined ? undefined : WatchMemory.safeParse(JSON.parse(row.memory)).data,
    revision: row?.revision ?? 0,
    troubles: having(TROUBLE_PREFIX).map((each) => Trouble.parse(each)),
    untold: having(UNTOLD_PREFIX).map((each) => Untold.parse(each)),
  };
}

/** Keeps what a pass remembers. `stale`: another pass came first, and this one counts for nothing. */
export function saveMemory(store: Table, tenant: string, { memory, revision }: { memory: WatchMemory; revision: number }): Promise<CommitOutcome> {
  const condition =
    revision === 0
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :seen", ExpressionAttributeValues: { ":seen": revision } };
  const Item = { ...memoryKey(tenant), revision: revision + 1, memory: JSON.stringify(memory) };
  return new GroupCommitter(store.db).commit([{ Put: { TableName: store.table, Item, ...condition } }]);
}

/** The incident of a fingerprint, or nothing. */
export async function findTrouble(store: Table, tenant: string, fingerprint: string): Promise<Trouble | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...troubleKey(tenant, fingerprint) }, ConsistentRead: true }));
  return Item === undefined ? undefined : Trouble.parse(Item);
}

/** A move that is yet to be told; nothing when it was. */
export async function findUntold(store: Table, tenant: string, { incident, revision }: { incident: string; revision: number }): Promise<Untold | undefined> {
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key: { ...untoldKey(tenant, incident, revision) }, ConsistentRead: true }));
  return Item === undefined ? undefined : Untold.parse(Item);
}

/** Notes that a move was told. Twice is once. */
export async function markTold(store: Table, tenant: string, { incident, revision }: { incident: string; revision: number }): Promise<void> {
  await store.db.send(new DeleteCommand({ TableName: store.table, Key: { ...untoldKey(tenant, incident, revision) } }));
}
