import type { Failure } from "../../core/failure.ts";
import { LIMITS } from "../../core/limits.ts";
import { evaluateCondition, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { scopeOf, TASK_VARIABLES } from "../attempt/expression-scope.ts";
import { afterSettled } from "../attempt/settle-attempt.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { savePayload } from "../store/payload-store.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { isSkippedByInputs } from "../task/task-rules.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { concluded, type Conclusion, type Emission } from "../task/waiting-transitions.ts";
import { afterStale, attemptOf, bindingOf, commit, type DispatchContext, type DispatchOutcome, refOf } from "./dispatch-context.ts";
import { parkTask } from "./park-task.ts";

/** The settled tasks that a task depends on, by name. */
export type Inputs = ReadonlyMap<string, TaskRecord>;

/** Whether the task's inputs or its condition rule it out. Asked once: one that waited or was tried already goes on. */
export async function isToBeSkipped(runtime: Runtime, context: DispatchContext, inputs: Inputs): Promise<boolean> {
  const { task, record } = context;
  const { attempt, retryBase = 0, event, decision } = record;
  if (attempt > retryBase || event !== undefined || decision !== undefined) return false;
  if (isSkippedByInputs(task, inputs)) return true;
  if (task.when === undefined) return false;
  const expression = expressionOf(task.when, TASK_VARIABLES);
  return !evaluateCondition(expression, await scopeOf(runtime, attemptOf(context, record), { expressions: [expression], inputs }));
}

/** An end that needs no agent. */
export type End =
  | { readonly state: "completed"; readonly output: unknown; readonly emitted?: Emission | undefined }
  | Exclude<Conclusion, { state: "completed" }>;

/** Settles a task at once: row and event in one transaction, then what waits for it goes on. */
export async function settleWithoutAgent(runtime: Runtime, context: DispatchContext, end: End): Promise<DispatchOutcome> {
  const transition = concluded(context.record, {
    ...bindingOf(context),
    end: await storedEnd(runtime, context, end),
    at: isoNow(runtime),
  });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await afterSettled(runtime, attemptOf(context, transition.row), transition.row);
  return "handled";
}

async function storedEnd(runtime: Runtime, context: DispatchContext, end: End): Promise<Conclusion> {
  if (end.state !== "completed") return end;
  const key = attemptPayload({ ...refOf(context), attempt: context.record.attempt }, "output");
  return { ...end, output: await savePayload(runtime.payloads, key, end.output) };
}

/** Ends a task that cannot start for a reason of its own, or parks it where its definition says so. */
export const failBeforeDispatch = (runtime: Runtime, context: DispatchContext, failure: Failure): Promise<DispatchOutcome> =>
  context.task.onFailure === "park"
    ? parkTask(runtime, context, { reason: "operator", failure })
    : settleWithoutAgent(runtime, context, { state: "failed", failure });

/** Turns an expression that failed on the data at hand into the task's failure; anything else is rethrown. */
export function failOnExpression(runtime: Runtime, context: DispatchContext, error: unknown): Promise<DispatchOutcome> {
  if (!(error instanceof ExpressionError)) throw error;
  const failure = { code: ExpressionError.code, message: error.message.slice(0, LIMITS.failureCharacters) };
  return failBeforeDispatch(runtime, context, failure);
}
