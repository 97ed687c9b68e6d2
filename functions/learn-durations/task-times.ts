import * as z from "zod";
import { Usage } from "../../shared/core/usage.ts";
import { queryAll } from "../../shared/aws/query.ts";
import { TaskState } from "../../shared/execution/task/task-record.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import type { ExecutionStore } from "../../shared/execution/store/execution-store.ts";
import { executionPartition, TASK_PREFIX } from "../../shared/execution/store/keys.ts";

/** When a task was at work, how often and at whom, and what it used. */
export const TaskTimes = z.object({
  task: z.string(),
  state: TaskState,
  run: z.int().positive().default(1),
  attempt: z.int().nonnegative(),
  retryBase: z.int().nonnegative().optional(),
  agentId: z.string().optional(),
  dispatchedAt: z.iso.datetime().optional(),
  settledAt: z.iso.datetime().optional(),
  usage: Usage.optional(),
  childUsage: Usage.optional(),
});
export type TaskTimes = z.infer<typeof TaskTimes>;
const TIMES = Object.keys(TaskTimes.shape);

/** Times of all tasks of an execution that have a row: elements of lists, hedges and undos too. */
export async function loadTimes(store: ExecutionStore, { tenant, executionId }: Execution): Promise<readonly TaskTimes[]> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
    ProjectionExpression: TIMES.map((name) => `#${name}`).join(", "),
    ExpressionAttributeNames: Object.fromEntries(TIMES.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: { ":pk": executionPartition(tenant, executionId), ":prefix": TASK_PREFIX },
  });
  return rows.map((row) => TaskTimes.parse(row));
}
