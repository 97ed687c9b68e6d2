import { type EventRow, keyOfEvent, type ChainLink, linkOf, type Tally } from "../audit/audit-chain.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import {
  type ExecutionName,
  loadChained,
  loadLink,
  loadStanding,
  saveLink,
  saveProgress,
  saveUnchained,
  type Standing,
  standingAfter,
  standingKey,
  type Standings,
  untouched,
} from "../store/projection-store.ts";

/**
 * Extends the log of an execution and its counters.
 *
 * 1. A link is put where the chain ends, on condition that none stands there; then the counters are brought up to it, on
 *    condition that they stand where it begins. Who is cut off in between leaves a link that says what it adds: whoever
 *    comes next counts it first. So neither needs a transaction, and nothing is counted twice.
 * 2. A change of state is counted when its events are chained, in the same link.
 */

/** A change of a row, as the stream tells it. */
export interface Change {
  /** Its place among the changes of its execution, padded so that text order is stream order. */
  readonly sequence: string;
  readonly at: string;
  /** The state that a task left, and the one it took. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly events: readonly EventRow[];
}

/** What `extendLog` stands on. */
export interface LogDeps {
  readonly executions: ExecutionStore;
  readonly standings: Standings;
}

/**
 * Adds what is new of one execution to its log and counters, in the order given. Everything may come twice, and late:
 * what is in the log already is left out. What is remembered of them is a guess: the rows decide. Where somebody damaged
 * the chain so that no link fits, events stay unchained, which an audit shows: one execution must not hold up all others.
 *
 * @throws {StoreUnavailableError} others keep extending it.
 */
export async function extendLog({ executions, standings }: LogDeps, name: ExecutionName, changes: readonly Change[]): Promise<void> {
  const key = standingKey(name);
  let standing = standings.get(key) ?? untouched(name);
  let isDamaged = false;
  for (let tries = 0; tries < EXECUTION_LIMITS.projectionTries; ) {
    const news = await newChanges(executions, name, { standing, changes });
    if (news.length === 0) return;
    const [part, rest] = isDamaged ? [news, []] : firstPart(news);
    const appended = await append(executions, name, { standing, changes: part, isDamaged });
    ({ standing } = appended);
    standings.set(key, standing);
    isDamaged ||= appended.isDamaged;
    if (appended.isWritten && rest.length === 0) return;
    if (!appended.isWritten) tries += 1;
  }
  throw new StoreUnavailableError(`the counters of ${name.execution} keep moving`);
}

/** What came of a link. `isDamaged`: none fits where the counters say that the chain ends. */
export interface Appended {
  readonly standing: Standing;
  readonly isWritten: boolean;
  readonly isDamaged: boolean;
}

/** Puts a link where the chain ends and counts it. Where another stands already, that one is counted, and this is not. */
export async function appendLink(
  store: ExecutionStore,
  name: ExecutionName,
  { standing, link }: { standing: Standing; link: ChainLink },
): Promise<Appended> {
  const isOurs = (await saveLink(store, name, link)) === "written";
  const next = isOurs ? link : await loadLink(store, name, standing.chain.length);
  if (next?.previous === standing.chain.hash && (await saveProgress(store, name, next)) === "written") {
    return { standing: standingAfter(standing, next), isWritten: isOurs, isDamaged: false };
  }
  const found = await loadStanding(store, name);
  const isDamaged = !isOurs && found.last === standing.last && found.chain.length === standing.chain.length;
  return { standing: found, isWritten: isOurs, isDamaged };
}

async function append(
  store: ExecutionStore,
  name: ExecutionName,
  { standing, changes, isDamaged }: { standing: Standing; changes: readonly Change[]; isDamaged: boolean },
): Promise<Appended> {
  const events = changes.flatMap((change) => change.events);
  const tally = tallyOf(standing, changes);
  if (events.length > 0 && !isDamaged) return appendLink(store, name, { standing, link: linkOf(standing.chain, events, tally) });
  const isWritten = (await saveUnchained(store, { ...name, last: standing.last }, tally)) === "written";
  return { standing: isWritten ? { ...standing, last: tally.last } : await loadStanding(store, name), isWritten, isDamaged };
}

/** What is left of a batch once everything that went in before is taken out. */
async function newChanges(
  store: ExecutionStore,
  name: ExecutionName,
  { standing: { last, isRebuilt }, changes }: { standing: Standing; changes: readonly Change[] },
): Promise<readonly Change[]> {
  const isEarly = ({ sequence }: Change): boolean => last !== undefined && sequence <= last;
  const isDoubtful = (change: Change): boolean => isEarly(change) || isRebuilt === true;
  const keys = changes.filter(isDoubtful).flatMap(({ events }) => events.map(keyOfEvent));
  if (keys.length === 0) return changes.filter((change) => !isEarly(change));
  const chained = await loadChained(store, name, keys);
  return changes.filter((change) => {
    if (!isDoubtful(change)) return true;
    return change.events.length === 0 ? !isEarly(change) : change.events.some((event) => !chained.has(keyOfEvent(event)));
  });
}

/** As many changes as one item of the table takes with all their events, at least one. */
function firstPart(changes: readonly Change[]): readonly [part: readonly Change[], rest: readonly Change[]] {
  let bytes = 0;
  const end = changes.findIndex(({ events }, index) => {
    bytes += bytesOf(events);
    return index > 0 && bytes > EXECUTION_LIMITS.linkBytes;
  });
  return end === -1 ? [changes, []] : [changes.slice(0, end), changes.slice(end)];
}

/** An upper bound of what events take in a link. */
export const bytesOf = (events: readonly EventRow[]): number => Buffer.byteLength(JSON.stringify(events));

function tallyOf({ last }: Standing, changes: readonly Change[]): Tally {
  const counts: Record<string, number> = {};
  const add = (state: string | undefined, by: number): void => {
    if (state !== undefined) counts[state] = (counts[state] ?? 0) + by;
  };
  let [newest, at] = [last ?? "", ""];
  for (const change of changes) {
    add(change.from, -1);
    add(change.to, 1);
    if (change.sequence > newest) newest = change.sequence;
    if (change.at > at) at = change.at;
  }
  const moved = Object.entries(counts).filter(([, by]) => by !== 0);
  return { last: newest, at, counts: Object.fromEntries(moved) };
}
