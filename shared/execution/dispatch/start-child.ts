import { newEvent } from "../store/execution-store.ts";
import { childIdOf, launchChild } from "../run/child-execution.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { ExecutionId } from "../../core/ids.ts";
import type { TaskRecord } from "../execution.ts";
import type { Step } from "./begin-task.ts";
import { attemptOf, blankRecord, type Candidate, refOf, writeTask } from "./candidate.ts";

/** Hands a task to an execution of another workflow: recorded first, then started. Its own deadline is the child's. */
export async function startChild(runtime: Runtime, candidate: Candidate, record: TaskRecord | undefined): Promise<Step> {
  const { message } = candidate;
  const attempt = (record?.attempt ?? 0) + 1;
  const child = ExecutionId.parse(childIdOf({ ...refOf(candidate), attempt }));
  const set = {
    state: "running" as const,
    attempt,
    child,
    dispatchedAt: isoNow(runtime),
    deadlineAt: undefined,
    notBefore: undefined,
    reason: undefined,
  };
  const facts = { task_id: candidate.task.id, attempt, child_execution_id: child };
  const id = `${candidate.task.id}.${attempt}.child`;
  const events = [newEvent("task.child_started", { id, at: set.dispatchedAt, facts })];
  if ((await writeTask(runtime, candidate, { record, set, events })) === "stale") return record === undefined ? "exists" : "done";
  const before = record ?? blankRecord(runtime, candidate);
  await launchChild(runtime, attemptOf(candidate, { ...before, ...set, token: message.token, run: message.run.run }));
  return "done";
}
