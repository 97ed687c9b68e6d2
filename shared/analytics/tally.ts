import { sumUsage, type Usage } from "../core/usage.ts";
import { bucketOf } from "../agents/registry/quantile-sketch.ts";

/**
 * What happened within a window of time, as numbers that only add up: the order of ends does not matter, and windows
 * add up to longer ones.
 *
 * | name | counts |
 * |---|---|
 * | `n` `f` `c` | executions that completed, failed, were cancelled |
 * | `v` | executions that violated their service level |
 * | `k` | tasks that agents worked on |
 * | `t` `u` | attempts, and those of them that failed |
 * | `s` `q` | milliseconds that executions ran (not cancelled ones), and that they waited to start |
 * | `g` | milliseconds of the attempts that ended tasks |
 * | `x` `m` | cost in millionths, and the executions whose cost is known |
 * | `o` `r` `h` `a` `z` `y` | tokens, records, milliseconds of CPU, bytes of memory, network and storage, as agents report them |
 * | `j` | tasks of the plans of all that ended |
 * | `w<i>` | executions whose plan has at most as many tasks as bound `i` of `TASK_COUNT_BOUNDS`, and more than the one before |
 * | `e<i>` `d<i>` | executions, and attempts, whose duration is in bucket `i` of a quantile sketch |
 */
export type Tally = Readonly<Record<string, number>>;

/** Bounds of task counts (spec 004 §8.2); a last one stands for all beyond. */
export const TASK_COUNT_BOUNDS = [1, 5, 10, 50, 100, 500, 1000] as const;

/** How an execution ended, and what was done in it since its end was last counted. */
export interface EndedRun {
  readonly status: "completed" | "failed" | "cancelled";
  readonly isViolated: boolean;
  readonly runMs: number;
  readonly queueMs: number;
  /** Tasks of its plan. */
  readonly taskCount: number;
  readonly tasks: readonly EndedTask[];
  /** What agents report that they used, by agent. Executions inside it count their own. */
  readonly used: UsedByAgent;
}

/** What agents of an execution used, by their ids. */
export type UsedByAgent = ReadonlyMap<string, Usage>;

/** A task that an agent worked on. */
export interface EndedTask {
  readonly agentId: string;
  readonly isSuccess: boolean;
  readonly attempts: number;
  /** Of its last attempt. */
  readonly milliseconds: number;
}

const STATUS_NAMES = { completed: "n", failed: "f", cancelled: "c" } as const;

/** What an end adds to the figures of its tenant, workflow, version and pattern. */
export function tallyOfRun({ status, isViolated, runMs, queueMs, taskCount, tasks, used }: EndedRun): Tally {
  const bound = TASK_COUNT_BOUNDS.findIndex((most) => taskCount <= most);
  const size = { j: taskCount, [`w${bound === -1 ? TASK_COUNT_BOUNDS.length : bound}`]: 1 };
  const ran = status === "cancelled" ? {} : { s: runMs, [`e${bucketOf(runMs)}`]: 1 };
  const own = { [STATUS_NAMES[status]]: 1, v: isViolated ? 1 : 0, q: queueMs, ...size, ...ran };
  return addTallies([own, tallyOfTasks(tasks, sumUsage(used.values()))]);
}

/** What was used. `m` is there where a price is known, if only of nothing. */
const tallyOfUsage = ({ cost, tokens = 0, records = 0, cpu_seconds: cpu = 0, ...bytes }: Usage): Tally => ({
  ...(cost === undefined ? {} : { x: Math.round(cost * 1e6), m: 1 }),
  o: tokens,
  r: records,
  h: Math.round(cpu * 1000),
  a: bytes.memory_bytes ?? 0,
  z: bytes.network_bytes ?? 0,
  y: bytes.storage_bytes ?? 0,
});

/** What tasks, and what they used, add to the figures of the agent that did them. */
export const tallyOfTasks = (tasks: readonly EndedTask[], used: Usage = {}): Tally =>
  addTallies([
    tallyOfUsage(used),
    ...tasks.map(({ isSuccess, attempts, milliseconds }) => ({
      k: 1,
      t: attempts,
      u: attempts - (isSuccess ? 1 : 0),
      g: milliseconds,
      [`d${bucketOf(milliseconds)}`]: 1,
    })),
  ]);

/** Tallies added up; what is 0 is left out. */
export function addTallies(tallies: readonly Tally[]): Tally {
  const sum = new Map<string, number>();
  for (const tally of tallies) {
    for (const [name, value] of Object.entries(tally)) if (value !== 0) sum.set(name, (sum.get(name) ?? 0) + value);
  }
  return Object.fromEntries(sum);
}
