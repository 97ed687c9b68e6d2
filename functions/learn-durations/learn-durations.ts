import * as z from "zod";
import { queryAll } from "../../shared/aws/query.ts";
import { type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { executionPartition, TASK_PREFIX } from "../../shared/execution/store/keys.ts";
import { type ExecutionLesson, learnDurations, type Pupil } from "../../shared/execution/store/task-stats.ts";
import { observe, type Observation, type Observed } from "../../shared/execution/service-level/durations.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { TaskState } from "../../shared/execution/task/task-record.ts";
import { ExecutionId, TenantId } from "../../shared/core/ids.ts";

/** The part of `workflow.status_changed` that says which execution ended. */
export const Ended = z.object({ tenant: TenantId, execution_id: ExecutionId });
export type Ended = z.infer<typeof Ended>;

/**
 * Learns how long tasks take, and how often they fail, from executions that ended. An execution is learnt from as a
 * whole: one read of its tasks and a share of one write, where an event per task would cost a write each.
 *
 * @returns ends that could not be learnt from now, with the reason.
 */
export async function learnFromEnds(store: ExecutionStore, ends: readonly Ended[]): Promise<Map<Ended, unknown>> {
  const failed = new Map<Ended, unknown>();
  const found: { end: Ended; pupil: Pupil; lesson: ExecutionLesson }[] = [];
  for (const end of ends) {
    try {
      const read = await readLesson(store, end);
      if (read !== undefined) found.push({ end, ...read });
    } catch (error) {
      failed.set(end, error);
    }
  }
  const groups = Map.groupBy(found, ({ pupil }) => `${pupil.tenant} ${pupil.workflowId} ${pupil.taskCount}`);
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    try {
      await learnDurations(store, first.pupil, latestRuns(group.map(({ lesson }) => lesson)));
    } catch (error) {
      for (const { end } of group) failed.set(end, error);
    }
  }
  return failed;
}

/** An execution that ended twice in one batch is learnt from once: its tasks were read after both. */
const latestRuns = (lessons: readonly ExecutionLesson[]): readonly ExecutionLesson[] =>
  [...Map.groupBy(lessons, ({ execution }) => execution).values()].flatMap((same) => same.toSorted((a, b) => b.run - a.run).slice(0, 1));

async function readLesson(store: ExecutionStore, end: Ended): Promise<{ pupil: Pupil; lesson: ExecutionLesson } | undefined> {
  const execution = await find(store, end);
  // Whatever started it again will end as well.
  if (execution === undefined || !isFinished(execution.status)) return undefined;
  const { tenant, executionId, workflowId, taskCount, run } = execution;
  const tasks = await loadTimes(store, execution);
  const observed = tasks.flatMap((task) => {
    const observation = observationOf(task);
    return observation === undefined ? [] : [{ task: task.task, run: task.run, observation }];
  });
  const lesson: ExecutionLesson = {
    execution: executionId,
    run,
    tasks: (learntRun) => {
      const fresh = observed.filter((seen) => seen.run > learntRun);
      return new Map(fresh.map(({ task, observation }) => [task, (before: Observed) => observe(before, observation)]));
    },
    whole: (before) => observeWhole(before, execution),
  };
  return { pupil: { tenant, workflowId, taskCount }, lesson };
}

async function find(store: ExecutionStore, { tenant, execution_id: id }: Ended): Promise<Execution | undefined> {
  try {
    return await loadExecution(store, tenant, id);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** A cancelled execution says nothing of how long one takes. */
function observeWhole(before: Observed, { status, startedAt, completedAt }: Execution): Observed {
  if (status === "cancelled" || startedAt === undefined || completedAt === undefined) return before;
  const outcome = status === "completed" ? ("success" as const) : ("failed" as const);
  return observe(before, { outcome, seconds: secondsBetween(startedAt, completedAt), attempts: 1 });
}

const TaskTimes = z.object({
  task: z.string(),
  state: TaskState,
  run: z.int().positive().default(1),
  attempt: z.int().nonnegative(),
  retryBase: z.int().nonnegative().optional(),
  dispatchedAt: z.iso.datetime().optional(),
  settledAt: z.iso.datetime().optional(),
});
type TaskTimes = z.infer<typeof TaskTimes>;
const TIMES = Object.keys(TaskTimes.shape);

async function loadTimes(store: ExecutionStore, { tenant, executionId }: Execution): Promise<readonly TaskTimes[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ProjectionExpression: TIMES.map((name) => `#${name}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(TIMES.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ":pk": executionPartition(tenant, executionId), ":prefix": TASK_PREFIX },
  });
  return rows.map((row) => TaskTimes.parse(row)).filter(({ task }) => !NOT_OF_THE_PLAN.test(task));
}

/** Elements of a list, hedges and undos: the first are part of their group, which has a row of its own. */
const NOT_OF_THE_PLAN = /[[~]/;

function observationOf({ state, attempt, retryBase = 0, dispatchedAt, settledAt }: TaskTimes): Observation | undefined {
  const attempts = Math.max(1, attempt - retryBase);
  if (state === "skipped") return { outcome: "skipped", seconds: 0, attempts };
  if (dispatchedAt === undefined || settledAt === undefined) return undefined;
  const seconds = secondsBetween(dispatchedAt, settledAt);
  if (state === "completed") return { outcome: "success", seconds, attempts };
  return state === "failed" ? { outcome: "failed", seconds, attempts } : undefined;
}

const secondsBetween = (start: string, end: string): number => Math.max(0, (Date.parse(end) - Date.parse(start)) / 1000);
