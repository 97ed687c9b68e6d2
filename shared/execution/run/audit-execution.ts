import { type AuditTrail, loadAuditTrail } from "../store/audit-store.ts";
import { type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import type { ExecutionName } from "../store/projection-store.ts";
import { ChainLink, type ChainVerdict, digestEvent, eventsIn, type EventRow, keyOfEvent, verifyChain } from "../audit/audit-chain.ts";
import { inMoveOrder } from "../audit/move-order.ts";
import { AuditedTask, compareReplay, inTimeOrder, replay, type ReplayDifference } from "../audit/replay.ts";
import { StoredEvent } from "../new-event.ts";

/** What examining an execution found. */
export interface AuditReport {
  readonly chain: ChainVerdict;
  /** How many events were replayed, and what the rows say differently. */
  readonly events: number;
  readonly differences: readonly ReplayDifference[];
}

/** Rows and events of a running execution are read one after another: what differs in all of these looks is real. */
const LOOKS = 3;

/**
 * Verifies the audit chain of an execution, and that its events alone lead to the state in its rows.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 */
export async function auditExecution(store: ExecutionStore, name: ExecutionName): Promise<AuditReport> {
  let report = await lookOnce(store, name);
  for (let look = 1; look < LOOKS && report.differences.length > 0; look += 1) report = await lookOnce(store, name);
  return report;
}

async function lookOnce(store: ExecutionStore, name: ExecutionName): Promise<AuditReport> {
  const execution = await loadExecution(store, name.tenant, name.execution);
  const trail = await loadAuditTrail(store, execution);
  const chain = verifyChain({ ...trail, events: trail.events.map(({ key, row }) => digestEvent(key, row)) });
  const events = eventsOf(trail);
  const records = trail.tasks.map(({ row }) => AuditedTask.parse(row));
  return { chain, events: events.length, differences: compareReplay(replay(events), records, execution) };
}

/** An execution's events by their sequence; those not in its log yet come last, from the rows that tell them. */
export async function loadEvents(store: ExecutionStore, name: ExecutionName): Promise<StoredEvent[]> {
  const execution = await loadExecution(store, name.tenant, name.execution);
  return eventsOf(await loadAuditTrail(store, execution));
}

/** Rows that are no events any more, or links that are none, are for the chain's verdict to name. */
function eventsOf(trail: AuditTrail): StoredEvent[] {
  const chained = trail.links.flatMap(({ row }) => {
    const link = ChainLink.safeParse(row).data;
    return link === undefined ? [] : eventsIn(link);
  });
  const found = [...chained, ...unchainedEvents(trail, new Set(chained.map(keyOfEvent)))];
  return inMoveOrder(found.flatMap((row) => StoredEvent.safeParse(row).data ?? []), trail.moves);
}

/**
 * What rows tell that is not in the log, in the order in which it was told, as far as that is known: a task's by its
 * moves, the others by time.
 */
export function unchainedEvents({ events, moves }: Pick<AuditTrail, "events" | "moves">, chained: ReadonlySet<string>): EventRow[] {
  const left = new Map(events.flatMap(({ key, row }) => (chained.has(key) ? [] : [[key, row] as const])));
  const known = [...left.values()].flatMap((row) => StoredEvent.safeParse(row).data ?? []);
  return inMoveOrder(inTimeOrder(known), moves).map((event) => left.get(keyOfEvent(event)) ?? event);
}
