import type { Runtime, Stores } from "../runtime/runtime.ts";
import { createHash } from "node:crypto";
import { loadExecution } from "../store/execution-store.ts";
import { NotFoundError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { loadInputs, overlay, ownInput, readQuestion } from "../attempt/inputs.ts";
import type { FinalOutcome } from "../attempt/end-attempt.ts";
import { settleAttempt } from "../attempt/settle-attempt.ts";

/** Id of the execution that runs as an attempt: equal whoever works it out, so that an attempt starts one. */
export function childIdOf({ tenant, execution, task, attempt }: DispatchRef): string {
  const text = JSON.stringify(["child", tenant, execution, task, attempt]);
  return `exec_${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
}

/** Starts the execution of an attempt that is on record. Safe to repeat. */
export async function launchChild(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { run, task, record } = attempt;
  if (task.kind !== "workflow") return;
  const parent = await runtime.execution(run.tenant, run.execution);
  if ((parent.depth ?? 0) >= EXECUTION_LIMITS.nestedExecutions) return settleAttempt(runtime, attempt, tooDeep(task.workflow.name));
  const input = await inputOf(runtime, attempt, parent);
  const wish = { parent, task: record.task, attempt: record.attempt, workflow: task.workflow, input };
  try {
    await runtime.startChild(wish);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const failure = { code: NotFoundError.code, message: error.message };
    return settleAttempt(runtime, attempt, { kind: "failed", failure, retryable: false });
  }
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: 0 }, EXECUTION_LIMITS.backstopSeconds);
}

/** What a workflow gets: the parent's input with the task's own over it, or the question of a pattern. */
async function inputOf(runtime: Stores, attempt: Attempt, parent: Execution): Promise<unknown> {
  const { asked } = attempt.record;
  if (asked !== undefined) return readQuestion(runtime, attempt, asked);
  return overlay(await runtime.load(parent.input), await ownInput(runtime, attempt, await loadInputs(runtime, attempt)));
}

const tooDeep = (name: string): FinalOutcome => ({
  kind: "failed",
  failure: { code: "NestedTooDeep", message: `'${name}' would be more than ${EXECUTION_LIMITS.nestedExecutions} workflows deep` },
  retryable: false,
});

/**
 * Looks how an attempt's execution stands: ends the attempt with it, starts it when it never began or is only on record,
 * or looks again later, unless this is to happen `once`.
 */
export async function pollChild(
  runtime: Runtime,
  attempt: Attempt,
  { looks, once }: { looks: number; once?: boolean | undefined },
): Promise<void> {
  const child = await findChild(runtime, attempt);
  if (child === undefined || (child.status === "submitted" && child.pending === undefined)) return launchChild(runtime, attempt);
  if (isFinished(child.status)) return settleAttempt(runtime, attempt, await outcomeOf(runtime, child));
  if (once === true) return;
  const delay = Math.min(EXECUTION_LIMITS.backstopSeconds * 2 ** looks, EXECUTION_LIMITS.childLookSeconds);
  await runtime.mail.watch({ dispatch: refOf(attempt), looks: looks + 1 }, delay);
}

async function findChild(runtime: Stores, { run, record }: Attempt): Promise<Execution | undefined> {
  if (record.child === undefined) return undefined;
  try {
    return await loadExecution(runtime.executions, run.tenant, record.child);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

async function outcomeOf(runtime: Stores, child: Execution): Promise<FinalOutcome> {
  if (child.status === "completed") {
    return { kind: "completed", output: child.output === undefined ? null : await runtime.load(child.output), usage: child.usage };
  }
  const { code, message } = child.failure ?? { code: child.status, message: `it was ${child.status}` };
  const failure = { code: "ChildFailed", message: `execution ${child.executionId} of '${child.workflowId}' failed: ${code}: ${message}` };
  return { kind: "failed", failure, retryable: child.status === "failed", usage: child.usage };
}
