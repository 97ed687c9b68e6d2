import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BreakerState, CLOSED_BREAKER, decide, DEFAULT_BREAKER_POLICY, onResult, openBreaker, untilProbeMs, type BreakerPolicy, type CallResult } from "../../../../shared/agents/routing/circuit-breaker.ts";

const policy: BreakerPolicy = { failureThreshold: 3, recoveryTimeoutMs: 30_000, halfOpenMaxCalls: 2, successThreshold: 2 };
const START = 1_000_000;

/** The breaker after calls that each took a millisecond, one after the other: `+` succeeded, `-` failed. */
const after = (calls: string, state: BreakerState = CLOSED_BREAKER, of: BreakerPolicy = policy, from = START): BreakerState =>
  calls.split("").reduce((now, call, index) => onResult(now, { isSuccess: call === "+", startedAt: from + index, endedAt: from + index + 1 }, of), state);

/** Half-open with so many probes under way. */
const probing = (probes: number, now = START + 30_000): BreakerState =>
  Array.from({ length: probes }).reduce<BreakerState>((state) => decide(state, policy, now).state, openBreaker(START));

describe("a closed breaker", () => {
  it.each([
    { calls: "", state: "closed" },
    { calls: "--", state: "closed" },
    { calls: "---", state: "open" },
    { calls: "--+--", state: "closed" },
    { calls: "--+---", state: "open" },
  ])("is $state after '$calls'", ({ calls, state }) => {
    expect(after(calls).state).toBe(state);
  });

  it("costs nothing while calls succeed: the state stays the same object", () => {
    expect(after("+++")).toBe(CLOSED_BREAKER);
    expect(decide(CLOSED_BREAKER, policy, START)).toEqual({ isAllowed: true, isProbe: false, state: CLOSED_BREAKER });
  });

  it("opens at an error ratio too, when asked to: here at 16 failures of the last 32 calls", () => {
    const half = { ...policy, failureThreshold: 100, failureRatio: 0.5 };
    expect(after("-+".repeat(15), CLOSED_BREAKER, half).state).toBe("closed");
    expect(after("-+".repeat(15) + "-", CLOSED_BREAKER, half).state).toBe("open");
    expect(after("-++".repeat(40), CLOSED_BREAKER, half).state).toBe("closed");
  });
});

describe("an open breaker", () => {
  const open = openBreaker(START);

  it("refuses until the recovery timeout has passed, and says how long that is", () => {
    expect([0, 1, 29_999, 30_000, 99_999].map((ms) => [decide(open, policy, START + ms).isAllowed, untilProbeMs(open, policy, START + ms)])).toEqual([
      [false, 30_000],
      [false, 29_999],
      [false, 1],
      [true, 0],
      [true, 0],
    ]);
  });

  it("opens at the moment of the failure that was one too many", () => {
    expect(after("---")).toEqual({ ...CLOSED_BREAKER, state: "open", since: START + 3 });
  });

  it("ignores calls that were under way when it opened", () => {
    expect(onResult(open, { isSuccess: true, startedAt: START - 5, endedAt: START + 5 }, policy)).toBe(open);
  });
});

describe("a half-open breaker", () => {
  it("lets as many probes through at once as allowed, then waits", () => {
    const now = START + 30_000;
    expect([0, 1, 2].map((probes) => decide(probing(probes), policy, now).isAllowed)).toEqual([true, true, false]);
    expect(untilProbeMs(probing(2), policy, now + 10_000)).toBe(20_000);
  });

  it("closes after enough successes", () => {
    const state = probing(2);
    const once = after("+", state, policy, START + 31_000);
    expect([once.state, once.probes, once.successes]).toEqual(["half_open", 1, 1]);
    expect(after("+", once, policy, START + 32_000)).toEqual({ ...CLOSED_BREAKER, since: START + 32_001 });
  });

  it("opens again with the first failure, for the whole timeout", () => {
    expect(after("+-", probing(2), policy, START + 31_000)).toEqual(openBreaker(START + 31_002));
  });

  it("is not moved by a call from before it was half-open", () => {
    const state = probing(1);
    expect(onResult(state, { isSuccess: true, startedAt: START + 29_999, endedAt: START + 31_000 }, policy)).toBe(state);
    expect(onResult(state, { isSuccess: false, startedAt: START + 29_999, endedAt: START + 31_000 }, policy)).toBe(state);
  });

  it("forgets probes that never came back", () => {
    const stuck = probing(2);
    const later = decide(stuck, policy, START + 60_000);
    expect([later.isAllowed, later.state.probes]).toEqual([true, 1]);
  });
});

describe("BreakerState", () => {
  const events = fc.array(fc.record({ wait: fc.nat(20_000), tookMs: fc.nat(40_000), isSuccess: fc.boolean(), returns: fc.boolean() }), { maxLength: 60 });

  it("survives JSON, never has more probes under way than allowed, and never blocks for longer than the timeout", () => {
    fc.assert(
      fc.property(events, fc.boolean(), (drawn, byRatio) => {
        const of = byRatio ? { ...policy, failureRatio: 0.3 } : policy;
        let [state, now] = [CLOSED_BREAKER, START];
        let underWay: CallResult[] = [];
        for (const { wait, tookMs, isSuccess, returns } of drawn) {
          now += wait;
          const ended = underWay.filter(({ endedAt }) => endedAt <= now).sort((a, b) => a.endedAt - b.endedAt);
          underWay = underWay.filter(({ endedAt }) => endedAt > now);
          for (const result of ended) state = onResult(state, result, of);
          const decision = decide(state, of, now);
          expect(decision.isAllowed).toBe(untilProbeMs(state, of, now) === 0);
          expect(decide(state, of, now + untilProbeMs(state, of, now)).isAllowed).toBe(true);
          expect(untilProbeMs(state, of, now)).toBeLessThanOrEqual(of.recoveryTimeoutMs);
          state = decision.state;
          if (decision.isAllowed && returns) underWay.push({ isSuccess, startedAt: now, endedAt: now + tookMs });
          expect(state.probes).toBeLessThanOrEqual(of.halfOpenMaxCalls);
          expect(BreakerState.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
        }
      }),
    );
  });

  it("has spec 000's defaults", () => {
    expect(DEFAULT_BREAKER_POLICY).toEqual({ failureThreshold: 3, recoveryTimeoutMs: 30_000, halfOpenMaxCalls: 5, successThreshold: 2 });
  });
});
