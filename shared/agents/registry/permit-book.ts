import * as z from "zod";
import type { GroupLimits } from "../limit-group.ts";
import { present } from "../../core/present.ts";

/**
 * How much of its limits a group has used, as all dispatchers share it.
 *
 * 1. A lease gives one dispatcher some permits to send, which it may use for a second. It counts until a minute after
 *    its last use may have been, so no sixty seconds see more sends than the limit, however dispatchers share the work.
 * 2. A hold stops all sends until a time: the provider asked for it.
 * 3. An attempt is at work until its end is told, or until the time at which it must have ended.
 */
export interface PermitBook {
  /** When they were given, and how many permits each has; oldest first. */
  readonly leases: readonly Entry[];
  /** Tokens as they were reported, by the second. */
  readonly tokens: readonly Entry[];
  /** Nothing is sent before, in milliseconds since 1970. */
  readonly heldUntil: number;
  /** Attempts at work, where that is limited: how each is known, and until when it counts at most. */
  readonly atWork: readonly (readonly [id: string, until: number])[];
}

type Entry = readonly [at: number, count: number];

/** Of a group that was not asked yet. */
export const EMPTY_BOOK: PermitBook = { leases: [], tokens: [], heldUntil: 0, atWork: [] };

/** How long a dispatcher may use a lease, and as much again for the way from the permit to the send. */
export const LEASE_MS = 1000;
const MINUTE_MS = 60_000;
const COUNTED_MS = MINUTE_MS + 2 * LEASE_MS;

const Entries = z.array(z.tuple([z.number(), z.number()]));
const Stored = z.object({ leases: Entries, tokens: Entries, heldUntil: z.number(), atWork: z.array(z.tuple([z.string(), z.number()])) });

/** Reads a book as its row has it; none, or one of another release, is empty. */
export function readBook(text: unknown): PermitBook {
  if (typeof text !== "string") return EMPTY_BOOK;
  return Stored.catch({ leases: [], tokens: [], heldUntil: 0, atWork: [] }).parse(JSON.parse(text));
}

/** What asking for permits comes to. */
export type Leasing =
  | { readonly kind: "leased"; readonly book: PermitBook; readonly permits: number }
  /** Nothing counts sends here. */
  | { readonly kind: "free" }
  | { readonly kind: "wait"; readonly waitMs: number };

/** Takes permits: a sixtieth of a minute's, at least one, so that a dispatcher writes about once a second. */
export function lease(book: PermitBook, limits: GroupLimits, now: number): Leasing {
  const waitMs = Math.max(book.heldUntil - now, untilTokens(book, limits, now));
  if (waitMs > 0) return { kind: "wait", waitMs };
  const { requests_per_minute: most } = limits;
  if (most === undefined) return { kind: "free" };
  const leases = book.leases.filter(([at]) => at + COUNTED_MS > now);
  const free = most - sumOf(leases);
  if (free <= 0) return { kind: "wait", waitMs: present(leases[0])[0] + COUNTED_MS - now };
  const permits = Math.min(free, Math.ceil(most / 60));
  return { kind: "leased", permits, book: { ...book, leases: [...leases, [now, permits]] } };
}

/** Milliseconds until so many of the tokens are a minute old that the rest is below the limit. */
function untilTokens({ tokens }: PermitBook, { tokens_per_minute: most }: GroupLimits, now: number): number {
  if (most === undefined) return 0;
  const counted = tokens.filter(([at]) => at + MINUTE_MS > now);
  let used = sumOf(counted);
  for (const [at, count] of counted) {
    if (used < most) break;
    used -= count;
    if (used < most) return at + MINUTE_MS - now;
  }
  return 0;
}

/** Counts an attempt as at work; nothing where as many are as may be. Those whose time is over make room. */
export function enter(book: PermitBook, { id, until }: { id: string; until: number }, { most, now }: { most: number; now: number }): PermitBook | undefined {
  const others = book.atWork.filter(([known, end]) => end > now && known !== id);
  return others.length >= most ? undefined : { ...book, atWork: [...others, [id, until]] };
}

/** An attempt is at work no longer. The same book when it was not counted. */
export const leave = (book: PermitBook, id: string): PermitBook =>
  book.atWork.some(([known]) => known === id) ? { ...book, atWork: book.atWork.filter(([known]) => known !== id) } : book;

/** Counts tokens that an agent reports. */
export function useTokens(book: PermitBook, count: number, now: number): PermitBook {
  const second = Math.floor(now / 1000) * 1000;
  const tokens = book.tokens.filter(([at]) => at + MINUTE_MS > now);
  const last = tokens.at(-1);
  const next: Entry[] = last?.[0] === second ? [...tokens.slice(0, -1), [second, last[1] + count]] : [...tokens, [second, count]];
  return { ...book, tokens: next };
}

/** Stops all sends until a time, or longer where that is known already. */
export const hold = (book: PermitBook, until: number): PermitBook => ({ ...book, heldUntil: Math.max(book.heldUntil, until) });

/** Permits and tokens of the last minute, as they are counted. */
export const usedOf = ({ leases, tokens }: PermitBook, now: number): { requests: number; tokens: number } => ({
  requests: sumOf(leases.filter(([at]) => at + MINUTE_MS > now)),
  tokens: sumOf(tokens.filter(([at]) => at + MINUTE_MS > now)),
});

const sumOf = (entries: readonly Entry[]): number => entries.reduce((sum, [, count]) => sum + count, 0);
