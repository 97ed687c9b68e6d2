import { LRUCache } from "lru-cache";
import type { GroupLimits } from "../limit-group.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { enter, hold, leave, lease, LEASE_MS, type PermitBook, useTokens } from "../registry/permit-book.ts";
import { type LimitRef, type LimitRow, loadLimits, saveBook } from "../store/limit-store.ts";
import type { AgentStore } from "../store/vital-store.ts";
import { atMost } from "../../core/at-most.ts";

/** Groups remembered by a warm function. */
const REMEMBERED = 1000;

/** An attempt that wants to be sent. */
export interface Sender {
  /** Its message id. */
  readonly id: string;
  /** Until when it is at work at most, in milliseconds since 1970. */
  readonly until: number;
}

/** Whether an attempt may be sent now; if not, when to ask again. */
export type Permit = { readonly isAllowed: true } | { readonly isAllowed: false; readonly waitMs: number };

interface Known {
  row: LimitRow;
  readAt: number;
  /** Permits of our own, and until when they may be used. */
  permits: number;
  usableUntil: number;
  /** When the next of those who wait here is to ask again. */
  nextTurn: number;
}

/**
 * What groups of agents may be asked together, counted over all functions. A function's view of a group is half a second
 * old at most; it writes about once a second for a busy group, and never for agents without one.
 *
 * Who must wait is given a turn at the group's pace, so that hundreds that wait do not all ask at once.
 */
export class LimitGroups {
  readonly #store: AgentStore;
  readonly #known = new LRUCache<string, Known>(atMost(REMEMBERED));

  constructor(store: AgentStore) {
    this.#store = store;
  }

  /** Takes a permit, and counts the attempt as at work where the group limits that. */
  async take(ref: LimitRef, sender: Sender, now: number): Promise<Permit> {
    const known = await this.#of(ref, now);
    for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
      const found = ask(known, sender, now);
      if (found.waitMs > 0) return { isAllowed: false, waitMs: turnOf(known, found.waitMs, now) };
      if (found.book === known.row.book || (await this.#save(ref, known, found.book))) {
        known.permits = found.permits;
        if (found.isLeased) known.usableUntil = now + LEASE_MS;
        return { isAllowed: true };
      }
      await this.#read(ref, known, now);
    }
    return { isAllowed: false, waitMs: turnOf(known, LEASE_MS, now) };
  }

  /** Gives back what was taken for an attempt that is not sent after all. */
  async giveBack(ref: LimitRef, { id }: Pick<Sender, "id">, now: number): Promise<void> {
    const known = await this.#of(ref, now);
    known.permits += 1;
    await this.#change(ref, now, (book) => leave(book, id));
  }

  /** Stops the group until a time. */
  async hold(ref: LimitRef, until: number, now: number): Promise<void> {
    await this.#change(ref, now, (book) => hold(book, until));
  }

  /** An attempt has ended, and its agent says how many tokens it used. */
  async end(ref: LimitRef, { id, tokens = 0 }: { id?: string | undefined; tokens?: number | undefined }, now: number): Promise<void> {
    const { group } = (await this.#of(ref, now)).row;
    const counts = tokens > 0 && group?.tokens_per_minute !== undefined;
    if (!counts && group?.concurrency === undefined) return;
    await this.#change(ref, now, (book) => {
      const left = id === undefined ? book : leave(book, id);
      return counts ? useTokens(left, tokens, now) : left;
    });
  }

  async #change(ref: LimitRef, now: number, change: (book: PermitBook) => PermitBook): Promise<void> {
    const known = await this.#of(ref, now);
    for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
      const next = change(known.row.book);
      if (next === known.row.book || (await this.#save(ref, known, next))) return;
      await this.#read(ref, known, now);
    }
  }

  async #save(ref: LimitRef, known: Known, book: PermitBook): Promise<boolean> {
    const { revision } = known.row;
    if ((await saveBook(this.#store, ref, { book, from: revision })) === "stale") return false;
    known.row = { ...known.row, book, revision: revision + 1 };
    return true;
  }

  async #of(ref: LimitRef, now: number): Promise<Known> {
    const key = `${ref.tenant} ${ref.group}`;
    const known = this.#known.get(key);
    if (known === undefined) {
      const first = { row: await loadLimits(this.#store, ref), readAt: now, permits: 0, usableUntil: 0, nextTurn: 0 };
      const other = this.#known.get(key);
      if (other !== undefined) return other;
      this.#known.set(key, first);
      return first;
    }
    if (now >= known.readAt + AGENT_LIMITS.groupViewMs) await this.#read(ref, known, now);
    return known;
  }

  async #read(ref: LimitRef, known: Known, now: number): Promise<void> {
    known.row = await loadLimits(this.#store, ref);
    known.readAt = now;
  }
}

/** What asking comes to: a wait, or the book as it is when the attempt is sent, and what is left of our own permits. */
interface Asked {
  readonly waitMs: number;
  readonly book: PermitBook;
  readonly permits: number;
  readonly isLeased: boolean;
}

function ask({ row, permits, usableUntil }: Known, sender: Sender, now: number): Asked {
  const { book } = row;
  const group: GroupLimits = row.group ?? {};
  const ours = permits > 0 && now < usableUntil && now >= book.heldUntil;
  const found = ours ? undefined : lease(book, group, now);
  if (found?.kind === "wait") return { waitMs: found.waitMs, book, permits, isLeased: false };
  const isLeased = found?.kind === "leased";
  const leased = isLeased ? found.book : book;
  const most = group.concurrency;
  const entered = most === undefined ? leased : enter(leased, sender, { most, now });
  if (entered === undefined) return { waitMs: AGENT_LIMITS.noCapacityRetrySeconds * 1000, book, permits, isLeased: false };
  const left = isLeased ? found.permits - 1 : ours ? permits - 1 : 0;
  return { waitMs: 0, book: entered, permits: left, isLeased };
}

/** Twice the group's pace: other functions have tasks that wait as well, and a turn without a permit is a new turn. */
function turnOf(known: Known, waitMs: number, now: number): number {
  const { requests_per_minute: most } = known.row.group ?? {};
  const turn = Math.max(known.nextTurn, now + waitMs);
  known.nextTurn = turn + (most === undefined ? AGENT_LIMITS.groupTurnMs : Math.max(1, 30_000 / most));
  return Math.min(turn - now, AGENT_LIMITS.groupWaitMs);
}
