import type { AslError } from "./asl-error.ts";
import type { CatcherRule, RetrierRule } from "./state-schema.ts";

/** No Retry and no Catch sees it: the definition itself is at fault. */
const UNCATCHABLE = "States.Runtime";
/** Caught by its own name only. */
const BY_NAME_ONLY = "States.DataLimitExceeded";
const TIMEOUTS = new Set(["States.Timeout", "States.HeartbeatTimeout"]);

/** Whether a list of error names covers an error. */
export function matchesError(names: readonly string[], code: string): boolean {
  if (code === UNCATCHABLE) return false;
  if (names.includes(code)) return true;
  if (code === BY_NAME_ONLY) return false;
  if (code === "States.HeartbeatTimeout" && names.includes("States.Timeout")) return true;
  return names.includes("States.ALL") || (names.includes("States.TaskFailed") && !TIMEOUTS.has(code));
}

/** Index of the first retrier for an error, if that one has attempts left; `undefined` otherwise. */
export function findRetrier(
  rules: readonly RetrierRule[],
  error: AslError,
  attempts: readonly number[],
): number | undefined {
  const index = rules.findIndex(({ ErrorEquals }) => matchesError(ErrorEquals, error.code));
  const rule = rules[index];
  return rule !== undefined && (attempts[index] ?? 0) < rule.MaxAttempts ? index : undefined;
}

export function findCatcher(rules: readonly CatcherRule[], error: AslError): CatcherRule | undefined {
  return rules.find(({ ErrorEquals }) => matchesError(ErrorEquals, error.code));
}

/** Milliseconds to wait before a retry, after `attempts` retries by the same rule. */
export function retryDelayMs(rule: RetrierRule, attempts: number, random: () => number): number {
  const grown = rule.IntervalSeconds * rule.BackoffRate ** attempts;
  const delay = Math.min(grown, rule.MaxDelaySeconds ?? 99_999_999) * 1_000;
  return Math.round(rule.JitterStrategy === "FULL" ? random() * delay : delay);
}
