import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import type { TaskRecord, TaskState } from "../../../../shared/execution/task/task-record.ts";
import { Plan, type PlanTask } from "../../../../shared/workflow/plan/plan.ts";
import type { RetryPolicy } from "../../../../shared/workflow/definition/task-definition.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

/** Policy of every compensation here. */
export const RETRY: RetryPolicy = {
  maxAttempts: 5,
  backoff: "exponential",
  initialDelaySeconds: 1,
  maxDelaySeconds: 30,
  jitter: true,
  nonRetryable: [],
  circuitBreaker: true,
};
/** What undoes every task here. */
export const compensation = { action: "undo-it", input: { reason: "saga" }, timeoutSeconds: 20, retryPolicy: RETRY };
/** A list of instances. */
export const FOR_EACH = { items: "input.list", maxConcurrency: 10, toleratedFailures: 0, toleratedFailurePercentage: 0 };

/** A plan whose task `t2` waits for the tasks in `inputs[2]`; all have a compensation unless `more` says otherwise. */
export function planOf(inputs: readonly (readonly number[])[], more: Readonly<Record<string, Partial<PlanTask>>> = {}): Plan {
  const plan = planWorkflow(workflowOf(inputs));
  return Plan.parse({ ...plan, tasks: plan.tasks.map((task) => ({ ...task, compensation, ...more[task.id] })) });
}

const minute = (minutes: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + minutes * 60_000).toISOString();

/** A task's row, settled so many minutes after the start. */
export const record = (task: string, state: TaskState, ended: number, more: Partial<TaskRecord> = {}): TaskRecord =>
  taskRow({ task, state, settledAt: minute(ended), ...more });
