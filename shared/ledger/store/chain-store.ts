import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import type { Table } from "../../aws/query.ts";
import type { LedgerStore } from "./intent-store.ts";
import { CHAIN_KEY } from "./keys.ts";

/** The chain that the ledger is on. */
export const KnownChain = z.object({
  chain: z.string(),
  signer: z.string(),
  /** The block at which it was first seen: nothing before concerns us. */
  since: z.int().nonnegative(),
  at: z.iso.datetime(),
});
export type KnownChain = z.output<typeof KnownChain>;

/** The chain that the ledger was on last; nothing before it was on any. */
export async function findChain(store: Table): Promise<KnownChain | undefined> {
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key: { ...CHAIN_KEY }, ConsistentRead: true }),
  );
  return Item === undefined ? undefined : KnownChain.parse(Item);
}

/** Notes the chain that the ledger is on. `stale`: somebody noted another first. */
export const saveChain = (
  store: LedgerStore,
  known: KnownChain,
  before: KnownChain | undefined,
): Promise<CommitOutcome> =>
  store.committer.commit([
    {
      Put: {
        TableName: store.table,
        Item: { ...CHAIN_KEY, ...known },
        ...(before === undefined
          ? { ConditionExpression: "attribute_not_exists(pk)" }
          : {
              ConditionExpression: "#chain = :before",
              ExpressionAttributeNames: { "#chain": "chain" },
              ExpressionAttributeValues: { ":before": before.chain },
            }),
      },
    },
  ]);
