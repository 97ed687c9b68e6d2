import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { ChainHead, type ChainLink, emptyChain, headAfter, linkKey } from "../audit/audit-chain.ts";
import { LIMITS } from "../../core/limits.ts";
import { everyRow } from "./execution-queries.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import { LOG_PREFIX, logKey, progressKey } from "./keys.ts";

/** How far an execution's changes have been projected. */
export interface Standing {
  /** Sequence number of the last change that was. Absent: none was. */
  readonly last?: string | undefined;
  readonly chain: ChainHead;
}

/** An execution, by name. */
export interface ExecutionName {
  readonly tenant: string;
  readonly execution: string;
}

/** Standings as a warm function remembers them: guesses, which every write verifies by its condition. */
export type Standings = Pick<LRUCache<string, Standing>, "get" | "set">;

/** An empty memory of standings. */
export const rememberedStandings = (): Standings => new LRUCache<string, Standing>({ max: LIMITS.cachedStandings });

/** Key of an execution among `Standings`. */
export const standingKey = ({ tenant, execution }: ExecutionName): string => `${tenant} ${execution}`;

/** Where an execution stands that nothing was projected of. */
export const untouched = ({ tenant, execution }: ExecutionName): Standing => ({ chain: emptyChain(tenant, execution) });

/** Whatever stands there: a row that somebody tampered with must not stop the others' projection. */
const Row = z.object({
  lastSequence: z.string().optional().catch(undefined),
  chainLength: ChainHead.shape.length.optional().catch(undefined),
  chainHead: z.string().optional().catch(undefined),
});

/** The standing on record. */
export async function loadStanding(store: ExecutionStore, name: ExecutionName): Promise<Standing> {
  const Key = progressKey(name.tenant, name.execution);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  const { lastSequence: last, chainLength: length, chainHead: hash } = Row.parse(Item ?? {});
  return { last, chain: length === undefined || hash === undefined ? untouched(name).chain : { length, hash } };
}

/** Links in one look; each holds the events of one batch. */
const LINKS_PER_LOOK = 16;

/** Those of `keys` that are in the audit chain already, looked for from its end. */
export async function loadChained(
  store: ExecutionStore,
  name: ExecutionName,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  const missing = new Set(keys);
  const found = new Set<string>();
  if (missing.size === 0) return found;
  for await (const row of everyRow(store, name, { prefix: LOG_PREFIX, perPage: LINKS_PER_LOOK, descending: true })) {
    for (const key of Chained.parse(row).keys) if (missing.delete(key)) found.add(key);
    if (missing.size === 0) break;
  }
  return found;
}

const Chained = z.object({ keys: z.array(z.string()).catch([]) });

/** What a batch adds to an execution's read models. */
export interface Advance {
  readonly from: Standing;
  /** Sequence number of the batch's last change. */
  readonly last: string;
  /** Time of its latest change. */
  readonly at: string;
  /** By state, how many tasks more or fewer are in it. */
  readonly counts: ReadonlyMap<string, number>;
  /** Absent: the batch holds no events. */
  readonly link: ChainLink | undefined;
}

/** Where an execution stands once a batch is projected. */
export const standingAfter = ({ from, last, link }: Advance): Standing => ({
  last,
  chain: link === undefined ? from.chain : headAfter(link),
});

/**
 * Adds a batch to the counters and to the audit chain in one transaction, as long as they stand where `from` says; so
 * a batch counts once, however often it comes. `stale`: they stand elsewhere.
 */
export function saveAdvance(store: ExecutionStore, name: ExecutionName, advance: Advance): Promise<CommitOutcome> {
  const { tenant, execution } = name;
  const { link } = advance;
  const { table: TableName } = store;
  const progress: Write = { Update: { TableName, Key: progressKey(tenant, execution), ...updateOf(advance) } };
  if (link === undefined) return store.committer.commit([progress]);
  const Item = { ...logKey(tenant, execution, linkKey(link.from)), ...link };
  return store.committer.commit([progress, { Put: { TableName, Item, ConditionExpression: "attribute_not_exists(pk)" } }]);
}

function updateOf({ from, last, at, counts, link }: Advance) {
  const moved = [...counts].filter(([, by]) => by !== 0);
  const names = moved.map(([state], index) => [`#s${index}`, `count_${state}`] as const);
  const additions = names.map(([name], index) => `${name} :n${index}`).join(", ");
  const head = link === undefined ? undefined : headAfter(link);
  const isFirst = from.last === undefined;
  const sets = ["lastSequence = :last", "lastEventAt = :at"];
  if (head !== undefined) sets.push("chainLength = :length", "chainHead = :head");
  return {
    UpdateExpression: `SET ${sets.join(", ")}${additions === "" ? "" : ` ADD ${additions}`}`,
    ConditionExpression: isFirst ? "attribute_not_exists(lastSequence)" : "lastSequence = :from",
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: Object.fromEntries(names) }),
    ExpressionAttributeValues: {
      ":last": last,
      ":at": at,
      ...(isFirst ? {} : { ":from": from.last }),
      ...(head === undefined ? {} : { ":length": head.length, ":head": head.hash }),
      ...Object.fromEntries(moved.map(([, by], index) => [`:n${index}`, by])),
    },
  };
}
