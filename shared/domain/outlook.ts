import type { TaskState } from "../schemas/execution.ts";
import type { Plan } from "../schemas/plan.ts";

/** What is known of a task under way. */
export interface TaskStanding {
  readonly state: TaskState;
  /** Seconds since its current attempt was dispatched. */
  readonly runningSeconds: number;
}

/** How the rest of an execution is likely to go. */
export interface Outlook {
  /** Longest chain of work left, by estimates. */
  readonly remainingSeconds: number;
  /** Chance that this chain ends within the time left; 1 without a deadline. */
  readonly successProbability: number;
}

/**
 * Spread of a task's duration as a share of its estimate. Until durations are learnt per agent, the value for which
 * an estimate is the 68 % band's half width: a task of 30 s usually takes 15 to 45 s.
 */
const RELATIVE_SPREAD = 0.5;

/**
 * Looks ahead along the longest chain of unsettled tasks. Durations are taken as independent with mean `estimate` and
 * spread `RELATIVE_SPREAD × estimate`, their sum as normal.
 */
export function lookAhead(
  plan: Plan,
  standings: ReadonlyMap<string, TaskStanding>,
  secondsLeft: number | undefined,
): Outlook {
  const chains = new Map<string, { mean: number; variance: number }>();
  let longest = { mean: 0, variance: 0 };
  // Tasks of a lower level never depend on one of a higher level.
  for (const task of [...plan.tasks].sort((a, b) => a.level - b.level)) {
    const before = task.needs.map((id) => chains.get(id) ?? { mean: 0, variance: 0 });
    const start = before.reduce((far, chain) => (chain.mean > far.mean ? chain : far), { mean: 0, variance: 0 });
    const own = remainingOf(task.estimateSeconds, standings.get(task.id));
    const chain = { mean: start.mean + own, variance: start.variance + (RELATIVE_SPREAD * own) ** 2 };
    chains.set(task.id, chain);
    if (chain.mean > longest.mean) longest = chain;
  }
  return { remainingSeconds: longest.mean, successProbability: chanceWithin(longest, secondsLeft) };
}

const SETTLED: ReadonlySet<TaskState> = new Set(["completed", "failed", "skipped", "cancelled"]);

function remainingOf(estimate: number, standing: TaskStanding | undefined): number {
  if (standing === undefined) return estimate;
  if (SETTLED.has(standing.state)) return 0;
  return Math.max(estimate - standing.runningSeconds, 0);
}

function chanceWithin({ mean, variance }: { mean: number; variance: number }, secondsLeft: number | undefined): number {
  if (secondsLeft === undefined || mean === 0) return secondsLeft === undefined || secondsLeft >= 0 ? 1 : 0;
  if (secondsLeft <= 0) return 0;
  const chance = normalCdf((secondsLeft - mean) / Math.sqrt(variance));
  return Math.round(chance * 1000) / 1000;
}

/** Standard normal distribution function; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
function normalCdf(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const upper = (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return x >= 0 ? 1 - upper : upper;
}
