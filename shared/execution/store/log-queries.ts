import * as z from "zod";
import { InvalidRequestError } from "../../core/errors.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { eventsIn, linkKey } from "../audit/audit-chain.ts";
import { StoredEvent } from "../new-event.ts";
import type { ExecutionStore } from "./execution-store.ts";
import { queryRows } from "./execution-queries.ts";
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
  const entries = eventsIn(link).flatMap((entry, index) => {
    const event = StoredEvent.safeParse(entry).data;
    const sequence = link.from + index;
    const isShown = place !== undefined && (descending ? sequence >= place.sequence : sequence <= place.sequence);
    return event === undefined || isShown ? [] : [{ event, place: { link: link.from, sequence } }];
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

/** A key that stands just before the link of a place, in the direction of reading. */
function startKey({ tenant, execution }: { tenant: string; execution: string }, { link }: LogPlace, descending: boolean) {
  const before = descending ? link : link - 1;
  return before < 0 ? undefined : { pk: executionPartition(tenant, execution), sk: `${LOG_PREFIX}${linkKey(before)}~` };
}
