import * as z from "zod";
import { InvalidRequestError } from "../../core/errors.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { eventsIn, linkKey } from "../audit/audit-chain.ts";
import type { Execution } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { StoredEvent } from "../new-event.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { everyRow, queryRows } from "./execution-queries.ts";
import { executionPartition, LOG_PREFIX } from "./keys.ts";
import { unpackLink } from "./link-row.ts";

/** Links in one look. */
const LINKS_PER_LOOK = 16;

const Link = z.object({ from: z.int().catch(0), head: z.string().catch("{}"), events: z.array(z.string()).catch([]) });

/** Where a page ended: the link, and the sequence of its last event that was shown. */
interface LogPlace {
  readonly link: number;
  readonly sequence: number;
}

/**
 * Events of an execution by their sequence, as far as they are in its log: a moment behind its rows. Each of them comes
 * once, however the log grows while it is read.
 *
 * @throws {InvalidRequestError} `after` is no place of a log.
 */
export async function listEvents(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  page: PageRequest,
): Promise<Page<StoredEvent>> {
  const { limit, descending = false } = page;
  const place = page.after === undefined ? undefined : placeIn(page.after);
  const found: { event: StoredEvent; place: LogPlace }[] = [];
  let after: Record<string, unknown> | undefined = place === undefined ? undefined : startKey(at, place, descending);
  do {
    const { rows, next }: Page<Record<string, unknown>> = await queryRows(store, at, { prefix: LOG_PREFIX, limit: LINKS_PER_LOOK, descending, after });
    for (const row of rows) found.push(...entriesOf(row, { place, descending }));
    after = next;
  } while (after !== undefined && found.length <= limit);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const next = found.length > limit && last !== undefined ? cursorOf(at, last.place) : undefined;
  return { rows: shown.map(({ event }) => event), next };
}

/** Events of a link beyond the place where the last page ended. */
function entriesOf(row: Record<string, unknown>, { place, descending }: { place: LogPlace | undefined; descending: boolean }) {
  const link = Link.parse(unpackLink(row));
  const entries = sequenced(link).flatMap(({ sequence, event }) => {
    const isShown = place !== undefined && (descending ? sequence >= place.sequence : sequence <= place.sequence);
    return isShown ? [] : [{ event, place: { link: link.from, sequence } }];
  });
  return descending ? entries.toReversed() : entries;
}

const cursorOf = ({ tenant, execution }: { tenant: string; execution: string }, { link, sequence }: LogPlace) => ({
  pk: executionPartition(tenant, execution),
  sk: `${LOG_PREFIX}${linkKey(link)}#${linkKey(sequence)}`,
});

function placeIn({ sk }: Record<string, unknown>): LogPlace {
  const [, link, sequence] = /^LOG#(\d{10})#(\d{10})$/.exec(String(sk)) ?? [];
  if (link === undefined || sequence === undefined) {
    throw new InvalidRequestError([{ field: "query.cursor", message: "is not a cursor of this listing; leave it out to start" }]);
  }
  return { link: Number(link), sequence: Number(sequence) };
}

/** An event and where it stands among those of its execution. */
export interface SequencedEvent {
  readonly sequence: number;
  readonly event: StoredEvent;
}

/**
 * Follows an execution's log: each call gives what was added since the last one, the first what stands after `after`.
 * What cannot be read is left out, so the next sequence is higher than expected by as much.
 *
 * @param after sequence of the last event known; nothing gives all of them. It must be one of the log's.
 */
export function followLog(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  after: number | undefined,
): () => AsyncGenerator<SequencedEvent> {
  let next = (after ?? -1) + 1;
  let isAligned = next === 0;
  return async function* read() {
    // Readers stop where they like, within a link too; this one only ever after whole links.
    const link = isAligned ? next : await linkWith(store, at, next);
    isAligned = true;
    let page: Record<string, unknown> | undefined = startKey(at, { link, sequence: next }, false);
    do {
      const { rows, next: rest } = await queryRows(store, at, { prefix: LOG_PREFIX, limit: LINKS_PER_LOOK, after: page });
      for (const row of rows) {
        const { from, head, events } = Link.parse(unpackLink(row));
        for (const { sequence, event } of sequenced({ from, head, events })) if (sequence >= next) yield { sequence, event };
        next = Math.max(next, from + events.length);
      }
      page = rest;
    } while (page !== undefined);
  };
}

/** Where the link begins that holds a sequence, or would if it were there yet. */
async function linkWith(store: ExecutionStore, at: { tenant: string; execution: string }, sequence: number): Promise<number> {
  const after = startKey(at, { link: sequence, sequence }, true);
  const { rows } = await queryRows(store, at, { prefix: LOG_PREFIX, limit: 1, descending: true, after });
  const [row] = rows;
  return row === undefined ? 0 : Link.parse(unpackLink(row)).from;
}

/** Whether the log tells of the end that an execution has come to; a moment later than its head does. */
export async function isEndLogged(
  store: ExecutionStore,
  { tenant, executionId: execution, completedAt }: Pick<Execution, "tenant" | "executionId" | "completedAt">,
): Promise<boolean> {
  if (completedAt === undefined) return false;
  const earliest = Date.parse(completedAt) - EXECUTION_LIMITS.eventCommitSeconds * 1000;
  for await (const row of everyRow(store, { tenant, execution }, { prefix: LOG_PREFIX, perPage: LINKS_PER_LOOK, descending: true })) {
    const told = sequenced(Link.parse(unpackLink(row)));
    if (told.some(({ event }) => event.type === "workflow.status_changed" && event.timestamp === completedAt)) return true;
    if (told.length > 0 && told.every(({ event }) => Date.parse(event.timestamp) < earliest)) return false;
  }
  return false;
}

const sequenced = (link: z.infer<typeof Link>): SequencedEvent[] =>
  eventsIn(link).flatMap((entry, index) => {
    const event = StoredEvent.safeParse(entry).data;
    return event === undefined ? [] : [{ sequence: link.from + index, event }];
  });

/** A key that stands just before the link of a place, in the direction of reading. */
function startKey({ tenant, execution }: { tenant: string; execution: string }, { link }: LogPlace, descending: boolean) {
  const before = descending ? link : link - 1;
  return before < 0 ? undefined : { pk: executionPartition(tenant, execution), sk: `${LOG_PREFIX}${linkKey(before)}~` };
}

/** Where an event stands in an execution's log, looked for from its end. Nothing: it is not there, or not yet. */
export async function findSequence(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  eventId: string,
): Promise<number | undefined> {
  for await (const row of everyRow(store, at, { prefix: LOG_PREFIX, perPage: LINKS_PER_LOOK, descending: true })) {
    const found = sequenced(Link.parse(unpackLink(row))).find(({ event }) => event.event_id === eventId);
    if (found !== undefined) return found.sequence;
  }
  return undefined;
}
