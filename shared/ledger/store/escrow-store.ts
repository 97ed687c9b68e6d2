import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Write } from "../../aws/group-commit.ts";
import type { Key } from "../../aws/key.ts";
import type { Table } from "../../aws/query.ts";
import { TenantId } from "../../core/ids.ts";
import { AccountRecord, EscrowRecord } from "../escrow.ts";
import type { LedgerStore } from "./intent-store.ts";
import { accountKey, escrowKey, escrowRefKey, tenantEscrows, workflowRefKey } from "./keys.ts";

const WorkflowRow = z.object({ tenant: TenantId, execution_id: z.string(), workflow_id: z.string() });
/** An execution that has something on the chain. */
export type ChainedExecution = z.output<typeof WorkflowRow>;

async function findRow(store: Table, key: Key): Promise<Record<string, unknown> | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...key }, ConsistentRead: true }),
  );
  return Item;
}

/** The execution that a workflow on the chain is; nothing: it is a stranger's. */
export async function findWorkflow(store: Table, hash: string): Promise<ChainedExecution | undefined> {
  const row = await findRow(store, workflowRefKey(hash));
  return row === undefined ? undefined : WorkflowRow.parse(row);
}

/** The execution of an escrow; nothing: it is a stranger's. */
export async function findEscrowRef(
  store: Table,
  chain: string,
  escrowId: string,
): Promise<ChainedExecution | undefined> {
  const row = await findRow(store, escrowRefKey(chain, escrowId));
  return row === undefined ? undefined : WorkflowRow.parse(row);
}

/** Notes whose escrow it is. */
export async function saveEscrowRef(
  store: LedgerStore,
  ref: ChainedExecution & { readonly chain: string; readonly escrow_id: string },
): Promise<void> {
  await store.committer.commit([
    { Put: { TableName: store.table, Item: { ...escrowRefKey(ref.chain, ref.escrow_id), ...ref } } },
  ]);
}

/** A later read counts, and one of another chain. A read that is made again after a crash has its number, and may have gone further. */
const newer = (record: { readonly chain: string; readonly version: number; readonly block: number }) => ({
  ConditionExpression:
    "attribute_not_exists(pk) OR #chain <> :chain OR version < :version OR (version = :version AND #block <= :block)",
  ExpressionAttributeNames: { "#chain": "chain", "#block": "block" },
  ExpressionAttributeValues: { ":chain": record.chain, ":version": record.version, ":block": record.block },
});

/** Keeps what was read of an escrow. */
export async function saveEscrow(store: LedgerStore, record: EscrowRecord): Promise<void> {
  const { tenant, execution_id: execution, opened_at: opened } = record;
  const index = { byTenant: tenantEscrows(tenant), name: `${opened}#${execution}` };
  const write: Write = {
    Put: { TableName: store.table, Item: { ...escrowKey(tenant, execution), ...index, ...record }, ...newer(record) },
  };
  await store.committer.commit([write]);
}

/** Keeps what was read of an account. */
export async function saveAccount(store: LedgerStore, record: AccountRecord): Promise<void> {
  await store.committer.commit([
    {
      Put: {
        TableName: store.table,
        Item: { ...accountKey(record.chain, record.account), ...record },
        ...newer(record),
      },
    },
  ]);
}
