import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mayRetry, retryDelaySeconds } from "../../../../shared/execution/task/retry-delay.ts";
import type { RetryPolicy } from "../../../../shared/workflow/definition/task-definition.ts";

const policy = (more: Partial<RetryPolicy> = {}): RetryPolicy => ({
  maxAttempts: 3,
  backoff: "exponential",
  initialDelaySeconds: 2,
  maxDelaySeconds: 10,
  jitter: false,
  nonRetryable: [],
  circuitBreaker: true,
  ...more,
});

const anyPolicy = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 100 }),
  backoff: fc.constantFrom("exponential" as const, "linear" as const, "none" as const),
  initialDelaySeconds: fc.double({ min: 0, max: 1000, noNaN: true }),
  maxDelaySeconds: fc.double({ min: 0, max: 1000, noNaN: true }),
  jitter: fc.boolean(),
  nonRetryable: fc.constant<string[]>([]),
  circuitBreaker: fc.boolean(),
});
const attempts = fc.integer({ min: 1, max: 99 });
const draws = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("retryDelaySeconds", () => {
  it.each([
    { backoff: "exponential" as const, delays: [2, 4, 8, 10, 10] },
    { backoff: "linear" as const, delays: [2, 4, 6, 8, 10] },
    { backoff: "none" as const, delays: [0, 0, 0, 0, 0] },
  ])("grows $backoff up to its ceiling", ({ backoff, delays }) => {
    expect([1, 2, 3, 4, 5].map((attempt) => retryDelaySeconds(policy({ backoff }), attempt, 0.5))).toEqual(delays);
  });

  it("draws from zero to the delay when asked to spread", () => {
    expect([0, 0.25, 0.999].map((draw) => retryDelaySeconds(policy({ jitter: true }), 3, draw))).toEqual([0, 2, 7.992]);
  });

  it("stays between zero and the ceiling", () => {
    fc.assert(
      fc.property(anyPolicy, attempts, draws, (drawn, attempt, draw) => {
        const delay = retryDelaySeconds(drawn, attempt, draw);
        return delay >= 0 && delay <= drawn.maxDelaySeconds;
      }),
    );
  });

  it("never shrinks from one attempt to the next, for the same draw", () => {
    fc.assert(
      fc.property(anyPolicy, attempts, draws, (drawn, attempt, draw) => retryDelaySeconds(drawn, attempt, draw) <= retryDelaySeconds(drawn, attempt + 1, draw)),
    );
  });
});

describe("mayRetry", () => {
  it.each([
    { what: "a passing failure", attempt: 1, failure: { code: "Busy", retryable: true }, may: true },
    { what: "the last attempt", attempt: 3, failure: { code: "Busy", retryable: true }, may: false },
    { what: "a considered no", attempt: 1, failure: { code: "AgentRejected", retryable: false }, may: false },
    { what: "a code the definition excludes", attempt: 1, failure: { code: "BadInput", retryable: true }, may: false },
  ])("says $may to $what", ({ attempt, failure, may }) => {
    expect(mayRetry(policy({ nonRetryable: ["BadInput"] }), attempt, failure)).toBe(may);
  });
});
