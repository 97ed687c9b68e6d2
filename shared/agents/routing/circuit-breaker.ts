/**
 * Keeps calls away from an agent that fails, and lets a few through now and then to see whether it is back.
 *
 *     closed ──threshold failures──▶ open ──recovery timeout──▶ half_open ──enough successes──▶ closed
 *                                      ◀────────one failure────────┘
 *
 * 1. A state is plain JSON, and time a parameter: functions that share the state in a table decide alike.
 * 2. Half-open lets at most `halfOpenMaxCalls` probes be under way. A probe whose result never comes is forgotten after
 *    another recovery timeout, so that a crashed caller cannot hold the breaker half-open for ever.
 * 3. Results of calls that began before the last change of state say nothing about the present and are dropped.
 */
import * as z from "zod";
import { BREAKER } from "../limits.ts";

/** When a breaker opens and closes. */
export interface BreakerPolicy {
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** Part of 32 calls: it also opens when so many of the last 32 failed. @default - only failures in a row */
  readonly failureRatio?: number | undefined;
  readonly recoveryTimeoutMs: number;
  /** Probes under way at once while half-open. */
  readonly halfOpenMaxCalls: number;
  /** Probes that must succeed before it closes. */
  readonly successThreshold: number;
}

/** A breaker as it is stored. Times are milliseconds since 1970. */
export const BreakerState = z.object({
  state: z.enum(["closed", "open", "half_open"]),
  /** When it came into this state. */
  since: z.number(),
  /** Closed: failures in a row. */
  failures: z.int().min(0),
  /** Closed: the last 32 calls, the newest in the lowest bit, 1 for a failure. Kept for `failureRatio` only. */
  recent: z.int().min(0),
  /** Half-open: probes under way, the start of the latest, and how many succeeded. */
  probes: z.int().min(0),
  probedAt: z.number(),
  successes: z.int().min(0),
});
export type BreakerState = z.infer<typeof BreakerState>;

/** A closed breaker that knows nothing. */
export const CLOSED_BREAKER: BreakerState = {
  state: "closed",
  since: 0,
  failures: 0,
  recent: 0,
  probes: 0,
  probedAt: 0,
  successes: 0,
};

/** The policy where a definition states none: 3 failures, 30 s, 5 probes, 2 successes. */
export const DEFAULT_BREAKER_POLICY: BreakerPolicy = {
  failureThreshold: BREAKER.failureThreshold,
  recoveryTimeoutMs: BREAKER.recoveryTimeoutMs,
  halfOpenMaxCalls: BREAKER.halfOpenMaxCalls,
  successThreshold: BREAKER.successThreshold,
};

/** Whether a call may be made. */
export interface BreakerDecision {
  readonly isAllowed: boolean;
  /** The call counts as a probe: store `state` before making it. */
  readonly isProbe: boolean;
  /** The same object when nothing changed. */
  readonly state: BreakerState;
}

/** How a call ended. */
export interface CallResult {
  readonly isSuccess: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Decides about one call at the time `now`. While closed nothing changes, so nothing needs to be stored. */
export function decide(state: BreakerState, policy: BreakerPolicy, now: number): BreakerDecision {
  if (state.state === "closed") return { isAllowed: true, isProbe: false, state };
  if (untilProbeMs(state, policy, now) > 0) return { isAllowed: false, isProbe: false, state };
  const halfOpen = state.state === "open" ? { ...CLOSED_BREAKER, state: "half_open" as const, since: now } : state;
  const isForgotten = now - halfOpen.probedAt >= policy.recoveryTimeoutMs;
  const probes = (isForgotten ? 0 : halfOpen.probes) + 1;
  return { isAllowed: true, isProbe: true, state: { ...halfOpen, probes, probedAt: now } };
}

/** The breaker after a call. The same object when the result changes nothing. */
export function onResult(state: BreakerState, result: CallResult, policy: BreakerPolicy): BreakerState {
  if (result.startedAt < state.since) return state;
  switch (state.state) {
    case "closed":
      return afterCall(state, result, policy);
    case "open":
      return state;
    case "half_open":
      return afterProbe(state, result, policy);
    default:
      return state.state satisfies never;
  }
}

/** Milliseconds until `decide` allows a call: 0 when it would now. */
export function untilProbeMs(state: BreakerState, policy: BreakerPolicy, now: number): number {
  switch (state.state) {
    case "closed":
      return 0;
    case "open":
      return Math.max(0, state.since + policy.recoveryTimeoutMs - now);
    case "half_open":
      return state.probes < policy.halfOpenMaxCalls ? 0 : Math.max(0, state.probedAt + policy.recoveryTimeoutMs - now);
    default:
      return state.state satisfies never;
  }
}

/** A breaker opened by hand, or by an incident. */
export const openBreaker = (now: number): BreakerState => ({ ...CLOSED_BREAKER, state: "open", since: now });

function afterCall(state: BreakerState, { isSuccess, endedAt }: CallResult, policy: BreakerPolicy): BreakerState {
  if (isSuccess && state.failures === 0 && policy.failureRatio === undefined) return state;
  const failures = isSuccess ? 0 : state.failures + 1;
  const recent = ((state.recent << 1) | (isSuccess ? 0 : 1)) >>> 0;
  const bearable = (policy.failureRatio ?? Infinity) * BREAKER.ratioCalls;
  if (failures >= policy.failureThreshold || onesOf(recent) >= bearable) return openBreaker(endedAt);
  return { ...state, failures, recent };
}

function afterProbe(state: BreakerState, { isSuccess, endedAt }: CallResult, policy: BreakerPolicy): BreakerState {
  if (!isSuccess) return openBreaker(endedAt);
  const successes = state.successes + 1;
  if (successes >= policy.successThreshold) return { ...CLOSED_BREAKER, since: endedAt };
  return { ...state, successes, probes: Math.max(0, state.probes - 1) };
}

function onesOf(bits: number): number {
  let ones = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) ones += 1;
  return ones;
}
