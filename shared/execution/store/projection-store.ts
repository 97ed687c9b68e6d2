import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import { ChainHead, ChainLink, emptyChain, eventsIn, headAfter, keyOfEvent, linkKey, type Tally } from "../audit/audit-chain.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { EventOrigin } from "../new-event.ts";
import { everyRow } from "./execution-queries.ts";
import type { ExecutionStore } from "./execution-store.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { linkRow, unpackLink } from "./link-row.ts";
import { LOG_PREFIX, logKey, metaKey, progressKey } from "./keys.ts";
import { atMost } from "../../core/at-most.ts";

/** How far an execution's changes have been projected. */
export interface Standing {
  /** Sequence number of the last change that was. Absent: none was. */
  readonly last?: string | undefined;
  readonly chain: ChainHead;
  /** A part of the chain was made from rows: what the stream brings may be in it, whatever its number. */
  readonly isRebuilt?: boolean | undefined;
}

/** An execution, by name. */
export interface ExecutionName {
  readonly tenant: string;
  readonly execution: string;
}

/** Standings as a warm function remembers them: guesses, which every write verifies by its condition. */
export type Standings = Pick<LRUCache<string, Standing>, "get" | "set">;

const REMEMBERED = atMost(EXECUTION_LIMITS.cachedStandings);

/** An empty memory of standings. */
export const rememberedStandings = (): Standings => new LRUCache<string, Standing>(REMEMBERED);

/** What heads of events say of their executions, as a warm function remembers it: it never changes. */
export type Origins = Pick<LRUCache<string, EventOrigin>, "get" | "set">;

/** An empty memory of origins. */
export const rememberedOrigins = (): Origins => new LRUCache<string, EventOrigin>(REMEMBERED);

/** Key of an execution among `Standings` and `Origins`. */
export const standingKey = ({ tenant, execution }: ExecutionName): string => `${tenant} ${execution}`;

/** Where an execution stands that nothing was projected of. */
export const untouched = ({ tenant, execution }: ExecutionName): Standing => ({ chain: emptyChain(tenant, execution) });

/** Whatever stands there: a row that somebody tampered with must not stop the others' projection. */
const Row = z.object({
  lastSequence: z.string().optional().catch(undefined),
  chainLength: ChainHead.shape.length.optional().catch(undefined),
  chainHead: z.string().optional().catch(undefined),
  isRebuilt: z.boolean().optional().catch(undefined),
});

/** The standing on record. */
export async function loadStanding(store: ExecutionStore, name: ExecutionName): Promise<Standing> {
  const Key = progressKey(name.tenant, name.execution);
  const { Item } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  const { lastSequence: last, chainLength: length, chainHead: hash, isRebuilt } = Row.parse(Item ?? {});
  return { last, chain: length === undefined || hash === undefined ? untouched(name).chain : { length, hash }, isRebuilt };
}

const Named = z.object({ workflowId: z.string().catch(""), traceId: z.string().catch("") });

/** What heads of an execution's events say of it. An execution whose head is gone must not hold up the others. */
export async function loadOrigin(store: ExecutionStore, { tenant, execution }: ExecutionName): Promise<EventOrigin> {
  const Key = metaKey(tenant, execution);
  const { Item } = await store.db.send(
    new GetCommand({ TableName: store.table, Key, ConsistentRead: true, ProjectionExpression: "workflowId, traceId" }),
  );
  return { tenant, executionId: execution, ...Named.parse({ workflowId: "", traceId: "", ...Item }) };
}

/** Links in one look; each holds the events of one batch. */
const LINKS_PER_LOOK = 16;

const Chained = z.object({ head: z.string().catch("{}"), events: z.array(z.string()).catch([]) });

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
    for (const key of eventsIn(Chained.parse(unpackLink(row))).map(keyOfEvent)) if (missing.delete(key)) found.add(key);
    if (missing.size === 0) break;
  }
  return found;
}

/** The link that begins at a place of the chain, whoever wrote it. Nothing for what is none. */
export async function loadLink(store: ExecutionStore, name: ExecutionName, from: number): Promise<ChainLink | undefined> {
  const Key = logKey(name.tenant, name.execution, linkKey(from));
  const { Item = {} } = await store.db.send(new GetCommand({ TableName: store.table, Key, ConsistentRead: true }));
  const { pk: _, sk: __, ...row } = Item;
  return ChainLink.safeParse(unpackLink(row)).data;
}

/** Where an execution stands once a link is chained and counted. */
export const standingAfter = (from: Standing, link: ChainLink): Standing => ({
  last: link.tally.last ?? from.last,
  chain: headAfter(link),
  isRebuilt: link.tally.rebuilt ?? from.isRebuilt,
});

/** Puts a link where the chain ends. `stale`: another stands there. No transaction: the counters follow from it. */
export async function saveLink(store: ExecutionStore, { tenant, execution }: ExecutionName, link: ChainLink): Promise<CommitOutcome> {
  const Item = { ...logKey(tenant, execution, linkKey(link.from)), ...linkRow(link) };
  return unlessStale(store.db.send(new PutCommand({ TableName: store.table, Item, ConditionExpression: "attribute_not_exists(pk)" })));
}

/** Brings the counters up to a link, once: they must stand where it begins. `stale`: they stand elsewhere. */
export function saveProgress(store: ExecutionStore, { tenant, execution }: ExecutionName, link: ChainLink): Promise<CommitOutcome> {
  const { from, tally } = link;
  const { length, hash } = headAfter(link);
  const { sets, values, ...counts } = countingOf(tally);
  sets.push("chainLength = :length", "chainHead = :head");
  if (tally.rebuilt === true) sets.push("isRebuilt = :rebuilt");
  const update = {
    UpdateExpression: `SET ${sets.join(", ")}${counts.additions}`,
    ConditionExpression: from === 0 ? "attribute_not_exists(chainLength)" : "chainLength = :from",
    ...counts.names,
    ExpressionAttributeValues: {
      ...values,
      ":length": length,
      ":head": hash,
      ...(from === 0 ? {} : { ":from": from }),
      ...(tally.rebuilt === true ? { ":rebuilt": true } : {}),
    },
  };
  const Key = progressKey(tenant, execution);
  return unlessStale(store.db.send(new UpdateCommand({ TableName: store.table, Key, ...update })));
}

/** Counts what no link could be written for, as long as the counters have heard of nothing since. */
export function saveUnchained(
  store: ExecutionStore,
  { tenant, execution, last }: ExecutionName & Pick<Standing, "last">,
  tally: Tally,
): Promise<CommitOutcome> {
  const { sets, values, ...counts } = countingOf(tally);
  const update = {
    UpdateExpression: `SET ${sets.join(", ")}${counts.additions}`,
    ConditionExpression: last === undefined ? "attribute_not_exists(lastSequence)" : "lastSequence = :seen",
    ...counts.names,
    ExpressionAttributeValues: { ...values, ...(last === undefined ? {} : { ":seen": last }) },
  };
  const Key = progressKey(tenant, execution);
  return unlessStale(store.db.send(new UpdateCommand({ TableName: store.table, Key, ...update })));
}

function countingOf({ last, at, counts }: Tally) {
  const moved = Object.entries(counts).filter(([, by]) => by !== 0);
  const names = Object.fromEntries(moved.map(([state], index) => [`#s${index}`, `count_${state}`]));
  const additions = moved.map((_, index) => `#s${index} :n${index}`).join(", ");
  return {
    sets: ["lastEventAt = :at", ...(last === undefined ? [] : ["lastSequence = :last"])],
    additions: additions === "" ? "" : ` ADD ${additions}`,
    names: moved.length === 0 ? {} : { ExpressionAttributeNames: names },
    values: {
      ":at": at,
      ...(last === undefined ? {} : { ":last": last }),
      ...Object.fromEntries(moved.map(([, by], index) => [`:n${index}`, by])),
    },
  };
}

/** A repeat by the SDK whose first try did get through looks stale too; looking again finds it done. */
async function unlessStale(write: Promise<unknown>): Promise<CommitOutcome> {
  try {
    await write;
    return "written";
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return "stale";
    throw error;
  }
}
