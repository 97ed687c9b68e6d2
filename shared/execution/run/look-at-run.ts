import type { Usage } from "../../core/usage.ts";
import { type Execution, isFinished } from "../execution.ts";
import { planOf } from "../runtime/attempt.ts";
import { taskRows } from "../store/execution-queries.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import { loadPayload, type PayloadStore } from "../store/payload-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import { findTask } from "../task/for-each.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { usageOfRows } from "./execution-usage.ts";
import { openWaits, type WaitKind } from "./open-waits.ts";
import { lastTasks, type Made, outputsSoFar } from "./outputs-so-far.ts";

/** What looks at runs are made of. */
export interface RunSource {
  readonly executions: ExecutionStore;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
}

/** Something that a run waits for a person for: what an agent asks, or what is to be approved. */
export type AskedOfPeople = {
  /** The execution whose task waits: the run's own, or one that runs as a task of it. */
  readonly execution: string;
  readonly task: string;
  readonly kind: WaitKind;
  readonly since: string;
} & ({ readonly question: unknown } | { readonly prompt: string | undefined });

/** A run as it is now. */
export interface RunLook {
  /** Rows of the tasks that the plan has; of one that is over, of those that made its outputs. */
  readonly records: readonly TaskRecord[];
  readonly waits: readonly AskedOfPeople[];
  readonly made: readonly Made[];
  /** What its tasks used so far, as far as was reported. */
  readonly usage: Usage | undefined;
}

/** Reads every row of a run under way, and only what made outputs of one that is over. */
export async function lookAtRun(source: RunSource, execution: Execution, { outputs }: { outputs: boolean }): Promise<RunLook> {
  const place = { tenant: execution.tenant, execution: execution.executionId };
  const { plan } = await source.plan(execution.tenant, execution.plan);
  const isOver = isFinished(execution.status);
  const rows = await taskRows(source.executions, place, isOver ? (outputs ? lastTasks(plan) : []) : undefined);
  const [waits, made] = await Promise.all([
    isOver ? [] : waitsOf(source, execution, rows),
    outputs ? outputsSoFar(source.payloads, execution, { plan, rows }) : [],
  ]);
  const records = plan.tasks.flatMap(({ id }) => rows.get(id) ?? []);
  // Of one that is over not all rows were read: its head says it.
  return { records, waits, made, usage: isOver ? execution.usage : usageOfRows(rows.values()) };
}

async function waitsOf(
  source: RunSource,
  execution: Execution,
  rows: ReadonlyMap<string, TaskRecord>,
): Promise<readonly AskedOfPeople[]> {
  const waits = await openWaits(source.executions, execution, { rows: rows.values() });
  const asked = waits.map(async ({ execution: at, record: { task, question }, kind, since }): Promise<AskedOfPeople> => {
    const named = { execution: at.executionId, task, kind, since };
    if (question !== undefined) return { ...named, question: await loadPayload(source.payloads, question) };
    const { tasks } = await source.plan(at.tenant, planOf(at));
    return { ...named, prompt: findTask(tasks, task)?.approval?.prompt };
  });
  return Promise.all(asked);
}
