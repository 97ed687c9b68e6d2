import { newEvent } from "../store/execution-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import { heldFor, holdWrite, unparkTask } from "../store/parking-lot.ts";
import { LIMITS } from "../../core/limits.ts";
import { waitsFor } from "../run/graph-run.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { isStillWithheld } from "../attempt/withholding.ts";
import type { HoldReason, TaskRecord } from "../execution.ts";
import type { Failure } from "../../core/failure.ts";
import type { Step } from "./begin-task.ts";
import { type Candidate, writeTask } from "./candidate.ts";

/** Why a task is parked, and what its row remembers meanwhile. */
export interface Holding {
  readonly record: TaskRecord | undefined;
  readonly reason: HoldReason;
  readonly set?: Pick<Partial<TaskRecord>, "waitSince" | "waitUntil" | "failure">;
  readonly also?: readonly Write[];
}

/**
 * Parks a task whose inputs are there until somebody removes the reason: state, event and parked message in one
 * transaction. A task that is parked for it already only keeps the newer message.
 */
export async function holdTask(runtime: Runtime, candidate: Candidate, holding: Holding): Promise<Step> {
  const { record, reason, set = {}, also = [] } = holding;
  const { task, execution } = candidate;
  const message = { ...candidate.message, seen: waitsFor(candidate.message.run, task).length };
  const at = isoNow(runtime);
  const outcome = await writeTask(runtime, candidate, {
    record,
    set: { state: "parked", reason, ...set },
    events: record?.state === "parked" && record.reason === reason ? [] : [parkedEvent(holding, task.id, at)],
    also: [holdWrite(runtime.executions, { reason, message, workflowId: execution.workflowId, at }), ...also],
  });
  if (outcome === "stale") return record === undefined ? "exists" : "done";
  if ((reason === "paused" || reason === "hold") && !(await isStillWithheld(runtime, execution))) {
    // Not at once: until its view of the head is older than a second, a dispatcher would park it again.
    await runtime.mail.task(message, LIMITS.executionCacheSeconds);
    await unparkTask(runtime.executions, { on: heldFor(reason), message });
  }
  return "done";
}

function parkedEvent({ record, reason, set }: Holding, task: string, at: string) {
  const attempt = record?.attempt ?? 0;
  const error: Failure | undefined = set?.failure;
  const facts = { task_id: task, attempt, reason, ...(error === undefined ? {} : { error }) };
  return newEvent("task.parked", { id: `${task}.${attempt}.${reason}.${at}`, at, facts });
}
