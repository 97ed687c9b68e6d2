import { type AuditTrail, loadAuditTrail } from "../store/audit-store.ts";
import { allTaskRows } from "../store/execution-queries.ts";
import { type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import type { ExecutionName } from "../store/projection-store.ts";
import { ChainLink, type ChainVerdict, digestEvent, verifyChain } from "../audit/audit-chain.ts";
import { AuditedTask, compareReplay, inTimeOrder, replay, type ReplayDifference } from "../audit/replay.ts";
import { StoredEvent } from "../execution-events.ts";

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
  const records: AuditedTask[] = [];
  for await (const row of allTaskRows(store, name)) records.push(AuditedTask.parse(row));
  const trail = await loadAuditTrail(store, name);
  const chain = verifyChain({ ...trail, events: trail.events.map(({ key, row }) => digestEvent(key, row)) });
  const events = eventsOf(trail);
  return { chain, events: events.length, differences: compareReplay(replay(events), records, execution) };
}

/** An execution's events in the order of commit; those not chained yet come last, by time. */
export async function loadEvents(store: ExecutionStore, name: ExecutionName): Promise<StoredEvent[]> {
  await loadExecution(store, name.tenant, name.execution);
  return eventsOf(await loadAuditTrail(store, name));
}

/** Rows that are no events any more, or links that are none, are for the chain's verdict to name. */
function eventsOf({ events: rows, links }: AuditTrail): StoredEvent[] {
  const stored = new Map(rows.map(({ key, row }) => [key, StoredEvent.safeParse(row).data]));
  const chained = links.flatMap(({ row }) => ChainLink.safeParse(row).data?.keys ?? []);
  const events: StoredEvent[] = [];
  for (const key of chained) {
    const event = stored.get(key);
    if (event !== undefined) events.push(event);
    stored.delete(key);
  }
  return [...events, ...inTimeOrder([...stored.values()].filter((event) => event !== undefined))];
}
