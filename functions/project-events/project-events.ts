import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from "@aws-sdk/client-eventbridge";
import type { ExecutionStore } from "../../shared/execution/store/execution-store.ts";
import {
  type Advance,
  loadChained,
  loadStanding,
  saveAdvance,
  type Standing,
  standingAfter,
  standingKey,
  type Standings,
  untouched,
} from "../../shared/execution/store/projection-store.ts";
import { digestEvent, linkOf } from "../../shared/execution/audit/audit-chain.ts";
import { StoreUnavailableError } from "../../shared/core/errors.ts";
import type { StoredEvent } from "../../shared/execution/execution-events.ts";
import { AWS_QUOTAS, LIMITS } from "../../shared/core/limits.ts";
import { toEntry } from "./bus-entry.ts";
import type { StreamRow } from "./stream-row.ts";

/** What `projectEvents` stands on. */
export interface ProjectEventsDeps {
  readonly executions: ExecutionStore;
  readonly standings: Standings;
  readonly bus: EventBridgeClient;
  readonly busName: string;
}

/**
 * Carries changes of the executions table on: events to the bus and into the audit chain of their execution, task
 * states into its counters.
 *
 * Everything may arrive twice. Rows of one execution come in order (one partition, one shard), so the counters remember
 * the last sequence number that went into them and the chain; consumers on the bus de-duplicate by `event_id`. An event
 * from before that number is looked for in the chain: DynamoDB may split a hot execution over two shards, and what
 * comes late must not be missing. Executions of one batch share transactions (group commit).
 */
export async function projectEvents(deps: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  await publish(deps, rows.flatMap((row) => (row.kind === "event" ? [row.event] : [])));
  const news = rows.filter((row) => row.kind === "event" || row.from !== row.to);
  await Promise.all([...Map.groupBy(news, standingKey).values()].map((changes) => project(deps, changes)));
}

async function publish(deps: ProjectEventsDeps, events: readonly StoredEvent[]): Promise<void> {
  const { entriesPerCall } = AWS_QUOTAS.eventBridge;
  const calls: Promise<void>[] = [];
  for (let start = 0; start < events.length; start += entriesPerCall) {
    calls.push(putEvents(deps, events.slice(start, start + entriesPerCall).map((event) => toEntry(deps.busName, event))));
  }
  await Promise.all(calls);
}

async function putEvents({ bus }: ProjectEventsDeps, entries: PutEventsRequestEntry[]): Promise<void> {
  const { FailedEntryCount = 0 } = await bus.send(new PutEventsCommand({ Entries: entries }));
  if (FailedEntryCount > 0) throw new StoreUnavailableError(`${FailedEntryCount} events were not taken by the bus`);
}

/**
 * Adds what is new of one execution to its counters and chain. What is remembered of them is a guess: the row decides.
 * Where somebody damaged the chain so that no link fits, its events stay unchained, which an audit shows: one execution
 * must not hold up all others.
 */
async function project({ executions, standings }: ProjectEventsDeps, rows: readonly StreamRow[]): Promise<void> {
  const [name] = rows;
  if (name === undefined) return;
  const key = standingKey(name);
  let standing = standings.get(key) ?? untouched(name);
  let isDamaged = false;
  for (let tries = 0; tries < LIMITS.projectionTries; tries += 1) {
    const whole = advanceBy(standing, await newRows({ executions, standing }, rows));
    if (whole === undefined) return;
    const advance = isDamaged ? { ...whole, link: undefined } : whole;
    if ((await saveAdvance(executions, name, advance)) === "written") {
      standings.set(key, standingAfter(advance));
      return;
    }
    const found = await loadStanding(executions, name);
    isDamaged = found.last === standing.last && found.chain.length === standing.chain.length;
    standing = found;
    standings.set(key, found);
  }
  throw new StoreUnavailableError(`the counters of ${name.execution} keep moving`);
}

/** What is left of a batch once everything that went in before is taken out. */
async function newRows(
  { executions, standing: { last } }: Pick<ProjectEventsDeps, "executions"> & { standing: Standing },
  rows: readonly StreamRow[],
): Promise<readonly StreamRow[]> {
  const [name] = rows;
  if (name === undefined || last === undefined || name.sequence > last) return rows;
  const early = rows.flatMap((row) => (row.kind === "event" && row.sequence <= last ? [row.key] : []));
  const chained = await loadChained(executions, name, early);
  return rows.filter((row) => row.sequence > last || (row.kind === "event" && !chained.has(row.key)));
}

/** Nothing when there is nothing new. */
function advanceBy(from: Standing, rows: readonly StreamRow[]): Advance | undefined {
  const newest = rows.at(-1)?.sequence;
  if (newest === undefined) return undefined;
  const counts = new Map<string, number>();
  const add = (state: string | undefined, by: number): void => {
    if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + by);
  };
  for (const row of rows) {
    if (row.kind !== "task") continue;
    add(row.from, -1);
    add(row.to, 1);
  }
  const events = rows.flatMap((row) => (row.kind === "event" ? [digestEvent(row.key, row.row)] : []));
  const link = events.length === 0 ? undefined : linkOf(from.chain, events);
  const at = rows.reduce((latest, row) => (row.at > latest ? row.at : latest), "");
  const last = from.last !== undefined && from.last > newest ? from.last : newest;
  return { from, last, at, counts, link };
}
