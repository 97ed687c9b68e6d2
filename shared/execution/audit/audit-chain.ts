import * as z from "zod";
import { LIMITS } from "../../core/limits.ts";
import { contentHash, sortKeys } from "../../core/canonical-json.ts";

/**
 * The audit trail of an execution: its events in the order in which they were committed, chained by SHA-256.
 *
 * 1. A link covers events that were chained together: where they begin in the whole chain, the key and the hash of
 *    each, the hash of the link before, and a hash over all of that. The first link's predecessor names the execution.
 * 2. An event's hash covers its key and every attribute of its row, so no byte of it can change unnoticed; because
 *    links keep one hash per event, the event that changed is known by name.
 * 3. The counters of the execution repeat length and head, so links missing at the end are noticed.
 *
 * The chain proves that nothing changed since it was written. Whoever can rewrite all of it, counters included, can
 * forge another: keep a head elsewhere to rule that out.
 */

const Hash = z.string().regex(/^[0-9a-f]{64}$/);

/** A stretch of the chain. Strict: an attribute too many is as wrong as one too few. */
export const ChainLink = z.strictObject({
  /** Index of its first event in the chain. */
  from: z.int().nonnegative(),
  /** Keys of its events, in the order of commit. */
  keys: z.array(z.string()).min(1),
  /** Their hashes, in the same order. */
  hashes: z.array(Hash),
  previous: Hash,
  hash: Hash,
});
export type ChainLink = z.infer<typeof ChainLink>;

/** How far the chain reaches. */
export const ChainHead = z.object({ length: z.int().nonnegative(), hash: Hash });
export type ChainHead = z.infer<typeof ChainHead>;

/** An event as the chain knows it. Keys begin with the event's time, ISO 8601. */
export interface EventDigest {
  readonly key: string;
  readonly hash: string;
}

/** The chain of an execution before its first event. */
export const emptyChain = (tenant: string, execution: string): ChainHead => ({
  length: 0,
  hash: contentHash(JSON.stringify(["a2a.audit", 1, tenant, execution])),
});

/** What the chain keeps of an event: a hash over its key and its row, whatever the order of attributes. */
export const digestEvent = (key: string, row: Readonly<Record<string, unknown>>): EventDigest => ({
  key,
  hash: contentHash(JSON.stringify([key, sortKeys(row)])),
});

/** The link that adds events to a chain; at least one. */
export function linkOf(head: ChainHead, events: readonly EventDigest[]): ChainLink {
  const content = {
    from: head.length,
    keys: events.map(({ key }) => key),
    hashes: events.map(({ hash }) => hash),
    previous: head.hash,
  };
  return { ...content, hash: hashOf(content) };
}

/** The chain with a link added. */
export const headAfter = ({ from, keys, hash }: ChainLink): ChainHead => ({ length: from + keys.length, hash });

const hashOf = ({ from, keys, hashes, previous }: Omit<ChainLink, "hash">): string =>
  contentHash(JSON.stringify([from, previous, keys, hashes]));

/** Name of a link among the others: they sort in the order of the chain. */
export const linkKey = (from: number): string => String(from).padStart(10, "0");

/** What is wrong, and where. */
export interface ChainDefect {
  readonly kind:
    | "event_altered"
    | "event_missing"
    | "event_foreign"
    | "link_altered"
    | "link_missing"
    | "order_changed"
    | "head_altered";
  /** Index in the chain: of the event, or of the first event that the link covers or should cover. */
  readonly index: number;
  /** Key of the link as it is stored, or as it should be. */
  readonly link?: string;
  readonly event?: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** What is stored of an execution's audit trail. */
export interface StoredChain {
  readonly start: ChainHead;
  /** What the counters say of the chain. Read before the links: the chain may have grown since. */
  readonly anchor?: ChainHead | undefined;
  /** In the order of their keys; content as it was found. Read before the events. */
  readonly links: readonly { readonly key: string; readonly row: unknown }[];
  readonly events: readonly EventDigest[];
}

/** How an examination went. `length` and `head`: how far the chain is sound. */
export type ChainVerdict = ChainHead & {
  /** Events not chained yet: the projection is a moment behind. */
  readonly unchained: number;
  readonly defect?: ChainDefect;
};

/** Examines an audit trail from its beginning to the first defect, if there is one. O(events). */
export function verifyChain({ start, anchor, links, events }: StoredChain): ChainVerdict {
  const left = new Map(events.map(({ key, hash }) => [key, hash]));
  const heads = new Map([[start.length, start.hash]]);
  let head = start;
  let newest = "";
  for (const stored of links) {
    const found = readLink(head, stored);
    if ("kind" in found) return { ...head, unchained: 0, defect: found };
    const defect = eventDefect(found, left);
    if (defect !== undefined) return { ...head, unchained: 0, defect };
    for (const key of found.keys) {
      left.delete(key);
      if (key > newest) newest = key;
    }
    head = headAfter(found);
    heads.set(head.length, head.hash);
  }
  const defect = foreignEvent(head, [...left.keys()], newest) ?? anchorDefect(head, heads, anchor);
  return { ...head, unchained: left.size, ...(defect === undefined ? {} : { defect }) };
}

/** The link that must come next, or why this is not it. */
function readLink(head: ChainHead, { key: link, row }: StoredChain["links"][number]): ChainLink | ChainDefect {
  const index = head.length;
  const { data } = ChainLink.safeParse(row);
  if (data === undefined) return { kind: "link_altered", index, link };
  const expected = hashOf(data);
  const { from, hash: actual } = data;
  const isWhole = data.keys.length === data.hashes.length;
  if (!isWhole || expected !== actual) return { kind: "link_altered", index: from, link, expected, actual };
  if (linkKey(from) !== link) return { kind: "order_changed", index, link, expected: link, actual: linkKey(from) };
  if (from > index) return { kind: "link_missing", index, link: linkKey(index) };
  if (from < index) return { kind: "order_changed", index, link, expected: linkKey(index), actual: link };
  if (data.previous === head.hash) return data;
  return { kind: "link_altered", index, link, expected: head.hash, actual: data.previous };
}

function eventDefect({ from, keys, hashes }: ChainLink, stored: ReadonlyMap<string, string>): ChainDefect | undefined {
  const link = linkKey(from);
  for (const [place, event] of keys.entries()) {
    const [expected, actual] = [hashes[place] ?? "", stored.get(event)];
    if (actual === expected) continue;
    const at = { index: from + place, link, event, expected };
    return actual === undefined ? { kind: "event_missing", ...at } : { kind: "event_altered", ...at, actual };
  }
  return undefined;
}

/** Events are chained in the order of commit: one much older than a chained one was not committed as events are. */
function foreignEvent(head: ChainHead, unchained: readonly string[], newest: string): ChainDefect | undefined {
  const since = Date.parse(timeOf(newest)) - LIMITS.eventCommitSeconds * 1000;
  const event = unchained.filter((key) => !(Date.parse(timeOf(key)) >= since)).sort()[0];
  return event === undefined || newest === "" ? undefined : { kind: "event_foreign", index: head.length, event };
}

const timeOf = (key: string): string => key.slice(0, key.indexOf("#"));

function anchorDefect(
  head: ChainHead,
  heads: ReadonlyMap<number, string>,
  anchor: ChainHead | undefined,
): ChainDefect | undefined {
  if (anchor === undefined) return undefined;
  const { length: index, hash: expected } = anchor;
  const actual = heads.get(index);
  if (actual === expected) return undefined;
  if (index > head.length) return { kind: "link_missing", index: head.length, link: linkKey(head.length) };
  return { kind: "head_altered", index, expected, ...(actual === undefined ? {} : { actual }) };
}
