import type { Write } from "../../shared/aws/group-commit.ts";
import type { TaskMessage } from "../../shared/execution/messages.ts";
import { parkedKey } from "../../shared/execution/store/keys.ts";
import { commitTransition, type ExecutionStore, loadTask } from "../../shared/execution/store/execution-store.ts";
import { loadParked, parkedFor } from "../../shared/execution/store/parking-lot.ts";
import type { Hooked } from "../../shared/execution/task/hooked.ts";
import { hookedNext, madeNow } from "../../shared/execution/task/task-rules.ts";
import type { Made } from "../../shared/execution/task/made.ts";
import { hooksRan } from "../../shared/execution/task/waiting-transitions.ts";
import type { PayloadRef } from "../../shared/execution/payload.ts";
import { changesOf, type HookPatch } from "../../shared/hooks/hook-changes.ts";
import type { Hook } from "../../shared/hooks/hook.ts";
import type { HookOrder } from "../../shared/hooks/hook-order.ts";
import type { HookRun } from "../../shared/hooks/hook-run.ts";

/** What letting a task go on stands on. */
export interface ReleaseDeps {
  readonly executions: ExecutionStore;
  /** Puts a task's message back on the queue of its run. */
  readonly sendTask: (message: TaskMessage) => Promise<void>;
  readonly now: () => Date;
}

/** What a list of hooks came to, in the order in which it ran. */
export type Ended = readonly { readonly hook: Hook; readonly run: HookRun }[];

/**
 * Lets a task go on that waited for its hooks, with what they changed. Once only: a task that went on, was cancelled or
 * started over meanwhile is left alone, and one that has not heard of it yet gets its message again.
 */
export async function releaseHooked(
  deps: ReleaseDeps,
  { tenant, event, waiting }: HookOrder & { readonly waiting: NonNullable<HookOrder["waiting"]> },
  ended: Ended,
): Promise<void> {
  const { execution_id: execution = "", workflow_id: workflowId = "", trace_id: traceId = "" } = event;
  const ref = { tenant, execution, task: waiting.task.task };
  const record = await loadTask(deps.executions, ref);
  if (record === undefined || record.attempt + 1 !== waiting.attempt) return;
  if (record.state === "queued" && hookedNext(record) !== undefined) return deps.sendTask({ ...waiting.task, token: record.token });
  if (record.state !== "parked" || record.reason !== "hooks") return;
  const hooks = ended.map(({ run: { hook_id, hook_name, status } }) => ({ hook_id, hook_name, status }));
  const hooked = await hookedBy(deps, { tenant, attempt: waiting.attempt, ended, made: madeNow(record) });
  const transition = hooksRan(record, { hooked, hooks, at: deps.now().toISOString() });
  // A newer run may have sent a message of its own meanwhile, which is the one to go on with.
  const parked = await loadParked(deps.executions, ref);
  const forget: Write = {
    Delete: {
      TableName: deps.executions.table,
      Key: { ...parkedKey(ref) },
      ConditionExpression: "attribute_not_exists(pk) OR #on = :on",
      ExpressionAttributeNames: { "#on": "on" },
      ExpressionAttributeValues: { ":on": parkedFor("hooks") },
    },
  };
  const head = { tenant, executionId: execution, workflowId, traceId };
  const outcome = await commitTransition(deps.executions, { head, transition, also: [forget] });
  if (outcome === "written") await deps.sendTask(parked?.message ?? waiting.task);
}

async function hookedBy(
  { executions }: Pick<ReleaseDeps, "executions">,
  { tenant, attempt, ended, made }: { tenant: string; attempt: number; ended: Ended; made: Made | undefined },
): Promise<Hooked> {
  const { agent_id: agentId, input, labels, skip, failure, ...changes } = changesOf(ended);
  if (made !== undefined) return { attempt, failure, output: "output" in changes ? { json: JSON.stringify(changes.output ?? null) } : made.output };
  const output = skip === undefined ? undefined : await outputOf(executions, tenant, skip);
  return { attempt, agentId, input, labels, output, failure };
}

/** Another task's output stays where it lies; one that is gone by now is none, and the agent is asked. */
async function outputOf(executions: ExecutionStore, tenant: string, skip: NonNullable<HookPatch["skip"]>): Promise<PayloadRef | undefined> {
  if (!("output_of" in skip)) return { json: JSON.stringify(skip.output ?? null) };
  const { execution_id: execution, task_id: task } = skip.output_of;
  return (await loadTask(executions, { tenant, execution, task }))?.output;
}
