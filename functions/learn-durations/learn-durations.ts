import * as z from "zod";
import { type ExecutionStore, loadExecution } from "../../shared/execution/store/execution-store.ts";
import { type Alongside, type ExecutionLesson, learnDurations, type Learnt, type Pupil, UNLEARNT } from "../../shared/execution/store/task-stats.ts";
import type { Table } from "../../shared/aws/query.ts";
import { ANALYTICS_LIMITS } from "../../shared/analytics/limits.ts";
import { additionsOf, type CountedEnd } from "../../shared/analytics/series.ts";
import { additionWrites, type NamedSeries, nameSeries, rowsOf } from "../../shared/analytics/store/aggregate-store.ts";
import { observe, type Observation, type Observed } from "../../shared/execution/service-level/durations.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { type Execution, isFinished } from "../../shared/execution/execution.ts";
import { ExecutionId, TenantId } from "../../shared/core/ids.ts";
import { countedEnd, usedIn } from "./count-ends.ts";
import { loadTimes, type TaskTimes } from "./task-times.ts";

/** The part of `workflow.status_changed` that says which execution ended. */
export const Ended = z.object({ tenant: TenantId, execution_id: ExecutionId });
export type Ended = z.infer<typeof Ended>;

/** What learning stands on. */
export interface LearnDeps {
  readonly executions: ExecutionStore;
  /** Where figures are added up. */
  readonly aggregates: Table;
  readonly known: NamedSeries;
}

/** A lesson, and what its end counts for with the tasks that were done after a run. */
interface Read {
  readonly end: Ended;
  readonly pupil: Pupil;
  readonly lesson: ExecutionLesson & { readonly counted: (learnt: Learnt) => CountedEnd | undefined };
}

/**
 * Learns how long tasks take, and how often they fail, from executions that ended, and counts them: in one transaction,
 * so that each run's end counts once, however often it is told. An execution is learnt from as a whole: one read of its
 * tasks and a share of one write, where an event per task would cost a write each.
 *
 * @returns ends that could not be learnt from now, with the reason.
 */
export async function learnFromEnds(deps: LearnDeps, ends: readonly Ended[]): Promise<Map<Ended, unknown>> {
  const failed = new Map<Ended, unknown>();
  const found: Read[] = [];
  for (const end of ends) {
    try {
      const read = await readLesson(deps.executions, end);
      if (read !== undefined) found.push({ end, ...read });
    } catch (error) {
      failed.set(end, error);
    }
  }
  const groups = Map.groupBy(found, ({ pupil }) => `${pupil.tenant} ${pupil.workflowId} ${pupil.taskCount}`);
  for (const group of [...groups.values()].flatMap(fittingParts)) {
    try {
      await learnTogether(deps, group);
    } catch (error) {
      for (const { end } of group) failed.set(end, error);
    }
  }
  return failed;
}

async function learnTogether({ executions, aggregates, known }: LearnDeps, group: readonly Read[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { tenant } = first.pupil;
  const countOf = new Map(group.map(({ lesson }) => [lesson.execution, lesson.counted]));
  const alongside: Alongside = async (fresh) => {
    const counted = fresh.flatMap(({ lesson, learnt }) => countOf.get(lesson.execution)?.(learnt) ?? []);
    const added = { tenant, additions: counted.flatMap(additionsOf) };
    await nameSeries(aggregates, known, added);
    return additionWrites(aggregates.table, added);
  };
  await learnDurations(executions, first.pupil, { lessons: latestRuns(group.map(({ lesson }) => lesson)), alongside });
}

/** Parts of a group whose additions fit into one transaction each; one end's always do. */
function fittingParts(group: readonly Read[]): Read[][] {
  const parts: Read[][] = [];
  let rows = new Set<string>();
  for (const read of group) {
    const own = rowsOf({ tenant: read.pupil.tenant, additions: [read.lesson.counted(UNLEARNT) ?? []].flat().flatMap(additionsOf) });
    const together = new Set([...rows, ...own]);
    const part = parts.at(-1);
    if (part === undefined || together.size > ANALYTICS_LIMITS.additions) parts.push([read]);
    else part.push(read);
    rows = parts.at(-1)?.length === 1 ? own : together;
  }
  return parts;
}

/** An execution that ended twice in one batch is learnt from once: its tasks were read after both. */
const latestRuns = (lessons: readonly ExecutionLesson[]) =>
  [...Map.groupBy(lessons, ({ execution }) => execution).values()].flatMap((same) => same.toSorted((a, b) => b.run - a.run).slice(0, 1));

async function readLesson(store: ExecutionStore, end: Ended): Promise<Omit<Read, "end"> | undefined> {
  const execution = await find(store, end);
  // Whatever started it again will end as well.
  if (execution === undefined || !isFinished(execution.status)) return undefined;
  const { tenant, executionId, workflowId, taskCount, run } = execution;
  const tasks = await loadTimes(store, execution);
  const observed = tasks.flatMap((task) => {
    const observation = NOT_OF_THE_PLAN.test(task.task) ? undefined : observationOf(task);
    return observation === undefined ? [] : [{ task: task.task, run: task.run, observation }];
  });
  const lesson: Read["lesson"] = {
    execution: executionId,
    run,
    used: usedIn(tasks),
    tasks: (learnt) => {
      const fresh = observed.filter((seen) => seen.run > learnt.run);
      return new Map(fresh.map(({ task, observation }) => [task, (before: Observed) => observe(before, observation)]));
    },
    whole: (before) => observeWhole(before, execution),
    counted: (learnt) => countedEnd(execution, tasks, learnt),
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
