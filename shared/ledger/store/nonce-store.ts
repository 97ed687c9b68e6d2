import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import { queryAll, type Table } from "../../aws/query.ts";
import type { Intent } from "../intent.ts";
import { NonceRow, SignerRow } from "../nonce.ts";
import { intentWrite, type LedgerStore } from "./intent-store.ts";
import { NONCE_PREFIX, nonceKey, nonceSort, signerKey, signerPartition } from "./keys.ts";

/** What is known of a signer; nothing before it sent anything here. */
export async function findSigner(store: Table, chain: string, signer: string): Promise<SignerRow | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...signerKey(chain, signer) }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : SignerRow.parse(Item);
}

/** Begins to count a signer's nonces, at how many it has used. `stale`: they are counted already. */
export const openSigner = (store: LedgerStore, row: SignerRow): Promise<CommitOutcome> =>
  store.committer.commit([
    {
      Put: {
        TableName: store.table,
        Item: { ...signerKey(row.chain, row.signer), ...row },
        ConditionExpression: "attribute_not_exists(pk)",
      },
    },
  ]);

/** Transactions that are not final, lowest first. */
export async function openNonces(store: Table, { chain, signer, floor }: SignerRow): Promise<readonly NonceRow[]> {
  const rows = await noncesFrom(store, { chain, signer, from: floor });
  return rows.filter(({ state }) => state !== "final");
}

/** Transactions of a signer from a number on, lowest first. */
export async function noncesFrom(
  store: Table,
  { chain, signer, from }: { readonly chain: string; readonly signer: string; readonly from: number },
): Promise<readonly NonceRow[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :last",
    ExpressionAttributeValues: {
      ":pk": signerPartition(chain, signer),
      ":from": nonceSort(from),
      ":last": `${NONCE_PREFIX}~`,
    },
    ConsistentRead: true,
  });
  return rows.map((row) => NonceRow.parse(row));
}

/** Gives the next nonce away: the number, the transaction and its intents move together or not at all. */
export const giveNonce = (
  store: LedgerStore,
  signer: SignerRow,
  { row, intents }: { readonly row: NonceRow; readonly intents: readonly Intent[] },
): Promise<CommitOutcome> =>
  store.committer.commit([
    {
      Update: {
        TableName: store.table,
        Key: { ...signerKey(signer.chain, signer.signer) },
        UpdateExpression: "SET #next = :after",
        ConditionExpression: "#next = :before",
        ExpressionAttributeNames: { "#next": "next" },
        ExpressionAttributeValues: { ":before": row.nonce, ":after": row.nonce + 1 },
      },
    },
    nonceWrite(store, row),
    ...intents.map((intent) => intentWrite(store, intent)),
  ]);

/** The write that takes a transaction from one revision to the next. */
function nonceWrite(store: Table, row: NonceRow): Write {
  const condition =
    row.revision === 1
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "revision = :before", ExpressionAttributeValues: { ":before": row.revision - 1 } };
  return { Put: { TableName: store.table, Item: { ...nonceKey(row), ...row }, ...condition } };
}

/** Moves a transaction, and the intents that it carries. `stale`: somebody else moved one of them first. */
export const saveNonce = (store: LedgerStore, row: NonceRow, intents: readonly Intent[] = []): Promise<CommitOutcome> =>
  store.committer.commit([nonceWrite(store, row), ...intents.map((intent) => intentWrite(store, intent))]);

/**
 * Notes below which number every nonce is final: it saves reading them.
 *
 * @param before what was known when the transactions were read; nothing: it counts whatever others say.
 */
export const saveFloor = (
  store: LedgerStore,
  { chain, signer }: Pick<SignerRow, "chain" | "signer">,
  { floor, before }: { readonly floor: number; readonly before?: number },
): Promise<CommitOutcome> =>
  store.committer.commit([
    {
      Update: {
        TableName: store.table,
        Key: { ...signerKey(chain, signer) },
        UpdateExpression: "SET #floor = :floor ADD floor_revision :one",
        ConditionExpression: before === undefined ? "attribute_exists(pk)" : "floor_revision = :before",
        ExpressionAttributeNames: { "#floor": "floor" },
        ExpressionAttributeValues: {
          ":floor": floor,
          ":one": 1,
          ...(before === undefined ? {} : { ":before": before }),
        },
      },
    },
  ]);
