import { type Execution, isFinished } from "../../execution/execution.ts";
import { usageOfRows } from "../../execution/run/execution-usage.ts";
import { openWaits } from "../../execution/run/open-waits.ts";
import { planOf } from "../../execution/runtime/attempt.ts";
import { taskRows } from "../../execution/store/execution-queries.ts";
import { type ExecutionStore, loadExecution } from "../../execution/store/execution-store.ts";
import { loadPayload, type PayloadStore } from "../../execution/store/payload-store.ts";
import type { PlanView } from "../../execution/store/plan-store.ts";
import { findTask } from "../../execution/task/for-each.ts";
import type { TaskRecord } from "../../execution/task/task-record.ts";
import { loadHistory } from "../store/conversation-store.ts";
import type { TaskPicture } from "../task-view.ts";
import { approvalParts, questionParts, type Wait } from "../waits.ts";
import { artifactsOf, lastTasks } from "./artifacts.ts";

/** What pictures of tasks are taken of. */
export interface PictureSource {
  readonly executions: ExecutionStore;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
}

/** What a picture is to hold beside the state. @default - everything */
export interface Focus {
  readonly history?: boolean;
  readonly artifacts?: boolean;
}

/**
 * An execution as a caller over A2A sees it, as it is now. Reads every row of an execution under way, and only what made
 * outputs of one that is over.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 */
export const loadPicture = async (
  source: PictureSource,
  place: { tenant: string; execution: string },
  focus: Focus = {},
): Promise<TaskPicture> =>
  pictureOf(source, await loadExecution(source.executions, place.tenant, place.execution), focus);

/** As `loadPicture`, of a head that was read a moment ago. */
export async function pictureOf(
  source: PictureSource,
  execution: Execution,
  { history = true, artifacts = true }: Focus = {},
): Promise<TaskPicture> {
  const { tenant, executionId } = execution;
  const place = { tenant, execution: executionId };
  const { plan } = await source.plan(tenant, execution.plan);
  const isOver = isFinished(execution.status);
  const [rows, said] = await Promise.all([
    taskRows(source.executions, place, isOver ? (artifacts ? lastTasks(plan) : []) : undefined),
    history ? loadHistory({ ...source.executions, payloads: source.payloads }, place) : [],
  ]);
  const [waits, made] = await Promise.all([
    isOver ? [] : waitsOf(source, execution, rows),
    artifacts ? artifactsOf(source.payloads, execution, { plan, rows }) : [],
  ]);
  const records = plan.tasks.flatMap(({ id }) => rows.get(id) ?? []);
  // Of one that is over not all rows were read: its head says it.
  const usage = isOver ? execution.usage : usageOfRows(rows.values());
  return { execution, records, waits, artifacts: made, history: said, usage };
}

/** What an execution waits for its caller for, as the caller reads it. */
async function waitsOf(
  source: PictureSource,
  execution: Execution,
  rows: ReadonlyMap<string, TaskRecord>,
): Promise<readonly Wait[]> {
  const waits = await openWaits(source.executions, execution, { rows: rows.values() });
  const shown = waits.map(async ({ execution: at, record: { task, question }, kind, since }): Promise<Wait> => {
    const { tasks } = await source.plan(at.tenant, planOf(at));
    const parts =
      question === undefined
        ? approvalParts(task, findTask(tasks, task)?.approval?.prompt)
        : questionParts(await loadPayload(source.payloads, question));
    return { execution: at.executionId, task, kind, since, parts };
  });
  return Promise.all(shown);
}
