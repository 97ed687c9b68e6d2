import { EXECUTION_LIMITS } from "../limits.ts";
import type { ParkReason, TaskState } from "../task/task-record.ts";
import type { Plan, PlanTask } from "../../workflow/plan/plan.ts";
import { type DurationModel, modelOf, type Observed, UNOBSERVED } from "./durations.ts";
import { type Activity, quantile, simulate } from "./monte-carlo.ts";
import { hashText } from "../../agents/routing/hash.ts";
import { present } from "../../core/present.ts";

/** What is known of a task under way. */
export interface TaskStanding {
  readonly state: TaskState;
  /** Seconds since its current attempt was dispatched. */
  readonly runningSeconds: number;
  /** Attempts so far, the current one included, as the retry policy counts them. */
  readonly attempts: number;
  /** Seconds until its next attempt may start. */
  readonly waitSeconds: number;
  /** What it is parked for. */
  readonly reason?: ParkReason | undefined;
  /** No agent is known that can do it. */
  readonly lacksAgent?: boolean | undefined;
}

/** How the rest of an execution is likely to go. */
export interface Outlook {
  /** Seconds until the end, in the middle of what may happen, and in nine cases of ten. */
  readonly remainingSeconds: number;
  readonly remainingP90Seconds: number;
  /**
   * Chance that the execution completes within the time left; without a deadline, that it completes at all. 0 while it
   * lacks an agent: as things stand it does not complete.
   */
  readonly successProbability: number;
  /** Tasks that wait for a person or an event: nobody knows how long, so their waits count as nothing here. */
  readonly openWaits: readonly string[];
  /** Whether a task waits for an agent that can do it, and none is known. When that changes nobody can tell. */
  readonly lacksAgent: boolean;
}

/** What an outlook goes by. */
export interface Circumstances {
  readonly standings: ReadonlyMap<string, TaskStanding>;
  /** Absent: there is no deadline. */
  readonly secondsLeft: number | undefined;
  /** What was observed of a task in earlier executions. */
  readonly observed?: ((task: string) => Observed | undefined) | undefined;
  /** Equal for equal seeds, standings and times. */
  readonly seed: string;
}

const SETTLED: ReadonlySet<TaskState> = new Set(["completed", "failed", "skipped", "cancelled"]);
const AT_WORK: ReadonlySet<TaskState> = new Set(["dispatched", "running"]);

/**
 * Looks ahead by playing the rest of the plan many times: every unsettled task's duration and luck are drawn from what
 * was observed of it, or widely around its estimate; for one under way, given how long it runs already; retries follow
 * its policy; the longest path decides.
 */
export function lookAhead(plan: Plan, circumstances: Circumstances): Outlook {
  const { standings, secondsLeft, seed } = circumstances;
  const open = openTasks(plan, standings);
  const activities = activitiesOf(plan, open, circumstances);
  const samples = samplesFor(open.length);
  const lacksAgent = [...standings.values()].some((standing) => standing.lacksAgent === true);
  const { seconds } = simulate(activities, { samples, seed: hashText(`${seed} ${stateOf(open, standings)}`) });
  const [median = 0, p90 = 0] = [quantile(seconds, 0.5), quantile(seconds, 0.9)];
  return {
    remainingSeconds: median,
    remainingP90Seconds: p90,
    successProbability: lacksAgent ? 0 : Math.round((1000 * countWithin(seconds, secondsLeft)) / samples) / 1000,
    openWaits: open.flatMap((task) => (waitsForOthers(task, standings.get(task.id)) ? [task.id] : [])),
    lacksAgent,
  };
}

function samplesFor(tasks: number): number {
  const { outlookSamples: most, outlookLeastSamples: least, outlookDraws: draws } = EXECUTION_LIMITS;
  return Math.min(most, Math.max(least, Math.floor(draws / Math.max(1, tasks))));
}

/** Unsettled tasks, each after those it needs: a task of a lower level never needs one of a higher. */
const openTasks = (plan: Plan, standings: Circumstances["standings"]): readonly PlanTask[] =>
  plan.tasks
    .filter(({ id }) => {
      const standing = standings.get(id);
      return standing === undefined || !SETTLED.has(standing.state);
    })
    .sort((a, b) => a.level - b.level);

function activitiesOf(plan: Plan, open: readonly PlanTask[], { standings, observed }: Circumstances): readonly Activity[] {
  const positions = new Map(open.map(({ id }, index) => [id, index]));
  return open.map((task) => {
    const standing = standings.get(task.id);
    const isAtWork = standing !== undefined && AT_WORK.has(standing.state);
    return {
      model: durationOf(task, observed?.(task.id)),
      needs: task.needs.flatMap((id) => positions.get(id) ?? []),
      timeoutSeconds: task.kind === "workflow" ? Infinity : task.timeoutSeconds,
      retry: present(plan.retryPolicies[task.retryPolicy]),
      attempts: Math.max(0, (standing?.attempts ?? 0) - (isAtWork ? 1 : 0)),
      elapsedSeconds: isAtWork ? standing.runningSeconds : undefined,
      waitSeconds: standing?.waitSeconds ?? 0,
      isTolerated: task.onFailure === "continue",
    };
  });
}

/** Gates and emitted events take no time of their own, and do not fail by chance. */
const INSTANT: DurationModel = { mu: -Infinity, sigma: 0, failure: 0, skip: 0 };

const durationOf = ({ kind, estimateSeconds }: PlanTask, observed: Observed = UNOBSERVED): DurationModel =>
  kind === "gate" || kind === "emit" ? INSTANT : modelOf(estimateSeconds, observed);

const OUT_OF_OUR_HANDS: ReadonlySet<string> = new Set(["event", "approval", "operator", "budget", "hold"]);

/** Whether a person or an event must come first. What it began with is behind a task that has started. */
function waitsForOthers(task: PlanTask, standing: TaskStanding | undefined): boolean {
  if (standing?.state === "input_required") return true;
  if (standing?.state === "parked" && standing.reason !== undefined) return OUT_OF_OUR_HANDS.has(standing.reason);
  const hasBegun = standing !== undefined && (standing.attempts > 0 || AT_WORK.has(standing.state));
  return !hasBegun && (task.waitFor !== undefined || task.approval !== undefined);
}

function countWithin(sorted: Float64Array, secondsLeft: number | undefined): number {
  if (secondsLeft === undefined) return sorted.length;
  const first = sorted.findIndex((seconds) => seconds > secondsLeft);
  return secondsLeft < 0 ? 0 : first === -1 ? sorted.length : first;
}

const stateOf = (open: readonly PlanTask[], standings: Circumstances["standings"]): string =>
  open
    .flatMap(({ id }) => {
      const standing = standings.get(id);
      return standing === undefined ? [] : [`${id} ${standing.state} ${standing.attempts}`];
    })
    .join();
