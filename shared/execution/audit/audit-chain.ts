import * as z from "zod";
import { EXECUTION_LIMITS } from "../limits.ts";
import { contentHash, sortKeys } from "../../core/canonical-json.ts";

/**
 * The audit trail of an execution: its events in the order in which they were projected, chained by SHA-256.
 *
 * 1. A link holds the events that were chained together: where they begin in the whole chain, their bodies, the hash of
 *    the link before, and a hash over all of that. The first link's predecessor names the execution. An event's index
 *    in the chain is its sequence in the execution: streams and cursors speak it.
 * 2. Every event stands in two places: in the chain, and in the row that it was written with. An event is compared by
 *    its key and every attribute, so no byte of either can change unnoticed.
 * 3. The counters of the execution repeat length and head, so links missing at the end are noticed. A link holds what
 *    it adds to the counters, so that they can be brought up to it at any later time.
 *
 * The chain proves that nothing changed since it was written. Whoever can rewrite all of it, counters included, can
 * forge another: keep a head elsewhere to rule that out.
 */

const Hash = z.string().regex(/^[0-9a-f]{64}$/);
const Attributes = z.record(z.string(), z.unknown());

/** What a link adds to the counters of its execution. */
export const Tally = z.strictObject({
  /** Sequence number of the last change of the stream that it takes in; absent where there was no stream. */
  last: z.string().optional(),
  /** Time of its latest change. */
  at: z.string(),
  /** By state, how many tasks more or fewer are in it. */
  counts: z.record(z.string(), z.int()),
  /** It was made from rows: changes that the stream brings later may be in it already. */
  rebuilt: z.literal(true).optional(),
});
export type Tally = z.infer<typeof Tally>;

/** A stretch of the chain. Strict: an attribute too many is as wrong as one too few. */
export const ChainLink = z.strictObject({
  /** Index of its first event in the chain. */
  from: z.int().nonnegative(),
  /** What all of its events have in common, as JSON. */
  head: z.string(),
  /** The rest of each event as JSON, in the order of the chain. */
  events: z.array(z.string()).min(1),
  tally: Tally,
  previous: Hash,
  hash: Hash,
});
export type ChainLink = z.infer<typeof ChainLink>;

/** How far the chain reaches. */
export const ChainHead = z.object({ length: z.int().nonnegative(), hash: Hash });
export type ChainHead = z.infer<typeof ChainHead>;

/** An event as a row: every attribute but the keys of the table. */
export type EventRow = Readonly<Record<string, unknown>>;

/** An event as the chain knows it. Keys begin with the event's time, ISO 8601. */
export interface EventDigest {
  readonly key: string;
  readonly hash: string;
}

/** The chain of an execution before its first event. */
export const emptyChain = (tenant: string, execution: string): ChainHead => ({
  length: 0,
  hash: contentHash(JSON.stringify(["a2a.audit", 2, tenant, execution])),
});

/** What an event is compared by: a hash over its key and its row, whatever the order of attributes. */
export const digestEvent = (key: string, row: EventRow): EventDigest => ({
  key,
  hash: contentHash(JSON.stringify([key, sortKeys(row)])),
});

/** Names an event among those of its execution; names sort by time. */
export const keyOfEvent = ({ timestamp, event_id: id }: EventRow): string => `${String(timestamp)}#${String(id)}`;

/** The link that adds events to a chain; at least one. */
export function linkOf(head: ChainHead, events: readonly EventRow[], tally: Tally): ChainLink {
  const common = commonOf(events);
  const content = {
    from: head.length,
    head: JSON.stringify(sortKeys(common)),
    events: events.map((event) => entryOf(event, common)),
    tally,
    previous: head.hash,
  };
  return { ...content, hash: hashOf(content) };
}

/** Attributes of the head that all events share: a few hundred bytes less for each of them. */
function commonOf([first = {}, ...others]: readonly EventRow[]): EventRow {
  const shared = HEAD.filter((name) => first[name] !== undefined && others.every((event) => event[name] === first[name]));
  return Object.fromEntries(shared.map((name) => [name, first[name]]));
}

const HEAD = ["version", "tenant", "workflow_id", "execution_id", "trace_id"] as const;

const entryOf = (event: EventRow, common: EventRow): string =>
  JSON.stringify(sortKeys(Object.fromEntries(Object.entries(event).filter(([name]) => !Object.hasOwn(common, name)))));

/** The events of a link, in the order of the chain. What is no event any more is left out. */
export function eventsIn({ head, events }: Pick<ChainLink, "head" | "events">): EventRow[] {
  const common = attributesOf(head);
  return events.flatMap((entry) => {
    const own = attributesOf(entry);
    return common === undefined || own === undefined ? [] : [{ ...common, ...own }];
  });
}

function attributesOf(text: string): EventRow | undefined {
  try {
    return Attributes.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The chain with a link added. */
export const headAfter = ({ from, events, hash }: ChainLink): ChainHead => ({ length: from + events.length, hash });

const hashOf = ({ from, previous, head, events, tally }: Omit<ChainLink, "hash">): string =>
  contentHash(JSON.stringify([from, previous, head, events, sortKeys(tally)]));

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
    const chained = eventsIn(found).map((row) => digestEvent(keyOfEvent(row), row));
    const defect = eventDefect(found.from, chained, left);
    if (defect !== undefined) return { ...head, unchained: 0, defect };
    for (const { key } of chained) {
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
  if (expected !== actual) return { kind: "link_altered", index: from, link, expected, actual };
  if (linkKey(from) !== link) return { kind: "order_changed", index, link, expected: link, actual: linkKey(from) };
  if (from > index) return { kind: "link_missing", index, link: linkKey(index) };
  if (from < index) return { kind: "order_changed", index, link, expected: linkKey(index), actual: link };
  if (data.previous === head.hash) return data;
  return { kind: "link_altered", index, link, expected: head.hash, actual: data.previous };
}

function eventDefect(from: number, chained: readonly EventDigest[], stored: ReadonlyMap<string, string>): ChainDefect | undefined {
  const link = linkKey(from);
  for (const [place, { key: event, hash: expected }] of chained.entries()) {
    const actual = stored.get(event);
    if (actual === expected) continue;
    const at = { index: from + place, link, event, expected };
    return actual === undefined ? { kind: "event_missing", ...at } : { kind: "event_altered", ...at, actual };
  }
  return undefined;
}

/** Events are chained in the order of commit: one much older than a chained one was not committed as events are. */
function foreignEvent(head: ChainHead, unchained: readonly string[], newest: string): ChainDefect | undefined {
  const since = Date.parse(timeOf(newest)) - EXECUTION_LIMITS.eventCommitSeconds * 1000;
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
