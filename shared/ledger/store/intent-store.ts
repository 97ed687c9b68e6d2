import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { CommitOutcome, GroupCommitter, Write } from "../../aws/group-commit.ts";
import { type Key, keyName } from "../../aws/key.ts";
import { queryPage, type Table } from "../../aws/query.ts";
import { readAll } from "../../aws/read-all.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import { Intent, newIntent, type NewIntent } from "../intent.ts";
import { intentKey, tenantIntents, WORK_PARTITION, workflowRefKey } from "./keys.ts";

/** Where the ledger's rows are; `committer` groups the writes of one warm function. */
export interface LedgerStore extends Table {
  readonly committer: GroupCommitter;
}

const WRITES_AT_ONCE = 16;

/** The row of an intent. One that waits for its transaction is in the index of work, when it is due. */
function itemOf(intent: Intent): Record<string, unknown> {
  const { tenant, intent_id: id, created_at: created, until, state } = intent;
  const work = state === "queued" ? { byWork: WORK_PARTITION, due: `${until ?? created}#${id}` } : {};
  return { ...intentKey(intent), ...work, byTenant: tenantIntents(tenant), name: `${created}#${id}`, ...intent };
}

/** The write that takes an intent from one revision to the next. */
export function intentWrite(store: Table, intent: Intent): Write {
  const condition =
    intent.revision === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :before", ExpressionAttributeValues: { ":before": intent.revision - 1 } };
  return { Put: { TableName: store.table, Item: itemOf(intent), ...condition } };
}

/** Moves an intent. `stale`: somebody else moved it first. */
export const saveIntent = (store: LedgerStore, intent: Intent): Promise<CommitOutcome> =>
  store.committer.commit([intentWrite(store, intent)]);

/**
 * Records what is to happen, with what finds its execution again by its name on the chain.
 *
 * @returns how many were not on record yet: the same again is nothing new.
 */
export async function recordIntents(
  store: LedgerStore,
  intents: readonly NewIntent[],
  { at, workflow }: { readonly at: string; readonly workflow?: WorkflowRef },
): Promise<number> {
  if (workflow !== undefined) await store.committer.commit([workflowWrite(store, workflow)]);
  const outcomes = await mapConcurrent(intents, WRITES_AT_ONCE, (intent) => saveIntent(store, newIntent(intent, at)));
  return outcomes.filter((outcome) => outcome === "written").length;
}

/** An execution, and what it is called on the chain. */
export interface WorkflowRef {
  readonly hash: string;
  readonly tenant: string;
  readonly execution_id: string;
  readonly workflow_id: string;
}

const workflowWrite = (store: Table, ref: WorkflowRef): Write => ({
  Put: { TableName: store.table, Item: { ...workflowRefKey(ref.hash), ...ref } },
});

/** Intents that are due, the oldest first: a moment behind at most. */
export async function findDue(
  store: Table,
  { now, limit }: { readonly now: string; readonly limit: number },
): Promise<readonly Intent[]> {
  const { rows } = await queryPage(store, {
    IndexName: "byWork",
    KeyConditionExpression: "byWork = :work AND due <= :now",
    ExpressionAttributeValues: { ":work": WORK_PARTITION, ":now": `${now}~` },
    Limit: limit,
  });
  return rows.map((row) => Intent.parse(row));
}

/** When the next intent is due; nothing when none waits. */
export async function nextDue(store: Table): Promise<string | undefined> {
  const { rows } = await queryPage(store, {
    IndexName: "byWork",
    KeyConditionExpression: "byWork = :work",
    ExpressionAttributeValues: { ":work": WORK_PARTITION },
    Limit: 1,
  });
  return rows.map(({ due }) => String(due).split("#")[0])[0];
}

/** Intents by their keys, in order; those that are not there are left out. */
export async function loadIntents(store: Table, keys: readonly Key[]): Promise<readonly Intent[]> {
  if (keys.length === 0) return [];
  const rows = await readAll(store, keys);
  return keys.flatMap((key) => {
    const row = rows.get(keyName(key));
    return row === undefined ? [] : [Intent.parse(row)];
  });
}

/** One intent, or nothing. */
export async function findIntent(store: Table, key: Key): Promise<Intent | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...key }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : Intent.parse(Item);
}
