import type { RetryPolicy } from "../../workflow/definition/task-definition.ts";

/**
 * Seconds to wait before the attempt after `attempt` (which counts from 1).
 *
 * @param draw one random number of [0, 1); used when the policy asks for jitter (full jitter, from 0 to the delay).
 */
export function retryDelaySeconds(policy: RetryPolicy, attempt: number, draw: number): number {
  const { backoff, initialDelaySeconds: initial, maxDelaySeconds: max, jitter } = policy;
  if (backoff === "none") return 0;
  const grown = backoff === "exponential" ? initial * 2 ** (attempt - 1) : initial * attempt;
  const delay = Math.min(grown, max);
  return jitter ? delay * draw : delay;
}

/** Whether a failed attempt is followed by another. */
export const mayRetry = (policy: RetryPolicy, attempt: number, failure: { code: string; retryable: boolean }): boolean =>
  failure.retryable && attempt < policy.maxAttempts && !policy.nonRetryable.includes(failure.code);
