import { allTasks } from "../store/execution-queries.ts";
import { type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { DurationReader } from "../store/task-stats.ts";
import { type Circumstances, lookAhead, type Outlook, type TaskStanding } from "../service-level/outlook.ts";
import { type Execution, isFinished } from "../execution.ts";
import { type OpenWait, openWaits } from "./open-waits.ts";
import { type TaskRecord } from "../task/task-record.ts";

/** What status views are made of. */
export interface StatusSource {
  readonly executions: ExecutionStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
  readonly durations: DurationReader;
  readonly now: () => Date;
}

/** An execution with its tasks and what lies ahead. */
export interface Snapshot {
  readonly execution: Execution;
  readonly view: PlanView;
  /** The plan that undoes what was done, once there is one. */
  readonly undoing: PlanView | undefined;
  readonly tasks: ReadonlyMap<string, TaskRecord>;
  /** What people are waited for, here and in executions that run as tasks. */
  readonly waits: readonly OpenWait[];
  /** Worked out when first asked for. */
  readonly outlook: Outlook;
  readonly secondsLeft: number | undefined;
  readonly now: Date;
}

/** @throws {NotFoundError} no such execution for this tenant. */
export async function takeSnapshot(source: StatusSource, tenant: string, id: string): Promise<Snapshot> {
  const execution = await loadExecution(source.executions, tenant, id);
  const view = await source.plan(tenant, execution.plan);
  const { compensation } = execution;
  const undoing = compensation === undefined ? undefined : await source.plan(tenant, compensation.plan);
  const tasks = new Map<string, TaskRecord>();
  for await (const record of allTasks(source.executions, { tenant, execution: id })) tasks.set(record.task, record);
  const waits = isFinished(execution.status) ? [] : await openWaits(source.executions, execution, { rows: tasks.values() });
  const now = source.now();
  const secondsLeft = secondsUntilDeadline(execution, now);
  const observed = isFinished(execution.status) ? undefined : await source.durations(execution);
  let outlook: Outlook | undefined;
  return {
    execution,
    view,
    undoing,
    tasks,
    waits,
    get outlook(): Outlook {
      const standings = new Map([...tasks].map(([task, record]) => [task, standingOf(record, now)]));
      outlook ??= ahead(execution, (undoing ?? view).plan, { standings, secondsLeft, observed, seed: id });
      return outlook;
    },
    secondsLeft,
    now,
  };
}

/** What is undone does not complete any more: what lies ahead is the rest of the undoing. */
function ahead(execution: Execution, plan: PlanView["plan"], circumstances: Circumstances): Outlook {
  const outlook = lookAhead(plan, circumstances);
  const isUndone = execution.compensation !== undefined || execution.pending?.compensate !== undefined;
  return isUndone ? { ...outlook, successProbability: 0 } : outlook;
}

const secondsSince = (at: string | undefined, now: Date): number =>
  at === undefined ? 0 : Math.max(0, (now.getTime() - Date.parse(at)) / 1000);

function standingOf(record: TaskRecord, now: Date): TaskStanding {
  const { state, dispatchedAt, attempt, retryBase = 0, notBefore, reason, wait } = record;
  return {
    state,
    runningSeconds: secondsSince(dispatchedAt, now),
    attempts: attempt - retryBase,
    waitSeconds: notBefore === undefined ? 0 : Math.max(0, (Date.parse(notBefore) - now.getTime()) / 1000),
    reason,
    lacksAgent: wait?.reason === "no_capable_agent",
  };
}

function secondsUntilDeadline({ maxDurationMinutes, submittedAt, completedAt }: Execution, now: Date): number | undefined {
  if (maxDurationMinutes === undefined) return undefined;
  const end = completedAt === undefined ? now.getTime() : Date.parse(completedAt);
  return maxDurationMinutes * 60 - (end - Date.parse(submittedAt)) / 1000;
}

/** Seconds an execution has run, or ran. */
export function runtimeSeconds({ execution, now }: Pick<Snapshot, "execution" | "now">): number {
  const { startedAt, completedAt } = execution;
  if (startedAt === undefined) return 0;
  const end = completedAt === undefined ? now.getTime() : Date.parse(completedAt);
  return Math.max(0, (end - Date.parse(startedAt)) / 1000);
}
