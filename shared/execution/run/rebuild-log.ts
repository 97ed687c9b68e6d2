import { ChainLink, eventsIn, type EventRow, keyOfEvent, linkOf, type Tally } from "../audit/audit-chain.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { type AuditTrail, loadAuditTrail } from "../store/audit-store.ts";
import { loadProgress } from "../store/execution-queries.ts";
import { type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import { type ExecutionName, loadLink, loadStanding, saveProgress, type Standing, standingAfter } from "../store/projection-store.ts";
import { unchainedEvents } from "./audit-execution.ts";
import { appendLink, bytesOf } from "./extend-log.ts";

/**
 * Brings the log of an execution and its counters up to what its rows tell, without the stream: for when the projection
 * stood still longer than the stream remembers. Where nothing is missing, nothing is written.
 *
 * What the stream brings after all is looked for in the log from then on, so no event gets into it twice. Events come
 * where they were found: a task's in the order of its moves, after whatever the log has already.
 *
 * @returns how many events were missing.
 * @throws {NotFoundError} no such execution for this tenant. @throws {StoreUnavailableError} others keep extending it.
 */
export async function rebuildLog(store: ExecutionStore, name: ExecutionName): Promise<number> {
  const execution = await loadExecution(store, name.tenant, name.execution);
  let added = 0;
  for (let tries = 0; tries < EXECUTION_LIMITS.projectionTries; ) {
    const standing = await countedStanding(store, name);
    const trail = await loadAuditTrail(store, execution);
    const missing = missingFrom(trail);
    const part = firstPart(missing);
    if (part.length === 0) return added;
    const tally = await tallyOf(store, name, { trail, part });
    const { isWritten } = await appendLink(store, name, { standing, link: linkOf(standing.chain, part, tally) });
    if (isWritten) added += part.length;
    if (isWritten && part.length === missing.length) return added;
    if (!isWritten) tries += 1;
  }
  throw new StoreUnavailableError(`the log of ${name.execution} keeps moving`);
}

/** The standing, once a link is counted that somebody was cut off from counting. */
async function countedStanding(store: ExecutionStore, name: ExecutionName): Promise<Standing> {
  const standing = await loadStanding(store, name);
  const next = await loadLink(store, name, standing.chain.length);
  if (next?.previous !== standing.chain.hash) return standing;
  await saveProgress(store, name, next);
  return standingAfter(standing, next);
}

/** What rows tell that no link has. */
function missingFrom(trail: AuditTrail): EventRow[] {
  const chained = trail.links.flatMap(({ row }) => {
    const link = ChainLink.safeParse(row).data;
    return link === undefined ? [] : eventsIn(link).map(keyOfEvent);
  });
  return unchainedEvents(trail, new Set(chained));
}

/** As many events as one link takes. */
function firstPart(events: readonly EventRow[]): readonly EventRow[] {
  let bytes = 0;
  const end = events.findIndex((event, index) => {
    bytes += bytesOf([event]);
    return index > 0 && bytes > EXECUTION_LIMITS.linkBytes;
  });
  return end === -1 ? events : events.slice(0, end);
}

/** The difference between the counters and the rows. */
async function tallyOf(
  store: ExecutionStore,
  name: ExecutionName,
  { trail, part }: { trail: AuditTrail; part: readonly EventRow[] },
): Promise<Tally> {
  const { byState, lastEventAt = "" } = await loadProgress(store, name.tenant, name.execution);
  const counts: Record<string, number> = {};
  for (const [state, count] of Object.entries(byState)) counts[state] = -(count ?? 0);
  for (const { row } of trail.tasks) counts[String(row["state"])] = (counts[String(row["state"])] ?? 0) + 1;
  const moved = Object.entries(counts).filter(([, by]) => by !== 0);
  const at = part.reduce((latest, event) => (String(event["timestamp"]) > latest ? String(event["timestamp"]) : latest), lastEventAt);
  return { at, counts: Object.fromEntries(moved), rebuilt: true };
}
