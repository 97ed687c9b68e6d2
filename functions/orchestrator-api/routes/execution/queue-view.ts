import { countAhead, loadAdmissionSnapshot } from "../../../../shared/execution/store/admission-store.ts";
import { meanExecutionSeconds } from "../../../../shared/execution/store/task-stats.ts";
import { roomOf, sizeOf, waitSeconds } from "../../../../shared/execution/admission/admission.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { WorkflowCapacity } from "../../../../shared/execution/views/capacity.ts";
import type { QueuePosition } from "../../../../shared/execution/views/executions.ts";
import type { ApiDeps } from "../../route.ts";

type Deps = Pick<ApiDeps, "executions" | "admission">;

/** Where an execution that waits stands in the queue, and how long it will wait; nothing for any other. */
export async function queuePosition(
  { executions, admission }: Deps,
  execution: Execution,
): Promise<QueuePosition | undefined> {
  if (execution.status !== "queued") return undefined;
  const ahead = await countAhead(executions, execution);
  const mean = (await meanExecutionSeconds(executions, execution.tenant)) ?? execution.estimatedSeconds;
  const seconds = waitSeconds(ahead, admission, mean);
  return { position: ahead + 1, estimated_wait_seconds: seconds, estimated_wait_time_minutes: seconds / 60 };
}

/** How many of a tenant's workflows are under way and wait, and how many may. */
export async function workflowCapacity({ executions, admission }: Deps, tenant: string): Promise<WorkflowCapacity> {
  const { own, all, waiting } = await loadAdmissionSnapshot(executions, tenant);
  const mean = await meanExecutionSeconds(executions, tenant);
  const available = Math.min(roomOf(own, admission.perTenant), roomOf(all, admission.total));
  const wait = available > 0 && waiting === 0 ? 0 : mean === undefined ? null : waitSeconds(waiting, admission, mean) / 60;
  return {
    running: sizeOf(own),
    available,
    waiting,
    estimated_wait_time_minutes: wait,
    max_concurrent_workflows: admission.total,
    max_concurrent_workflows_per_tenant: admission.perTenant,
    max_queue_size: admission.queue,
    queue_overflow_strategy: "reject_low_priority",
  };
}
