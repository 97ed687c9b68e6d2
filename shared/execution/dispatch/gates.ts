import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import type { Failure } from "../../core/failure.ts";
import type { Write } from "../../aws/group-commit.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { isStillWithheld } from "../attempt/withholding.ts";
import { failRun, waitsFor } from "../run/graph-run.ts";
import { parkedFor, parkedWrite, removeParked } from "../store/parking-lot.ts";
import type { ParkReason, TaskRecord } from "../task/task-record.ts";
import { concluded, type Conclusion, type Emission, parked } from "../task/waiting-transitions.ts";
import {
  afterStale,
  attemptOf,
  bindingOf,
  commit,
  type DispatchContext,
  type DispatchOutcome,
  taskRefOf,
} from "../runtime/attempt.ts";
import type { OpenBudget, Use } from "../run/budget.ts";
import { newEvent } from "../new-event.ts";
import { markWarned } from "../store/budget-store.ts";
import { appendEvent } from "../store/execution-store.ts";
import { LIMITS } from "../../core/limits.ts";
import { evaluateCondition, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { scopeOf, TASK_VARIABLES } from "../attempt/inputs.ts";
import { afterSettled } from "../attempt/instances.ts";
import { savePayload } from "../store/payload-store.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { isSkippedByInputs } from "../task/task-rules.ts";
import type { Approval, WaitForEvent } from "../../workflow/definition/task-definition.ts";
import { lookBack } from "../attempt/deliver-event.ts";
import { waitWrite } from "../store/event-log.ts";

/** Why a task is parked, and what its row remembers meanwhile. */
export interface Parking {
  readonly reason: ParkReason;
  readonly waitSince?: string | undefined;
  readonly waitUntil?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly also?: readonly Write[];
}

/**
 * Parks a task whose inputs are there until its reason is removed: state, event and parked message in one transaction. A
 * task that is parked for it already only keeps the newer message.
 */
export async function parkTask(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  parking: Parking,
): Promise<DispatchOutcome> {
  const { also = [], ...why } = parking;
  const { reason } = why;
  const { task, execution, record } = context;
  const message = { ...context.message, seen: waitsFor(context.message.run, task).length };
  const at = isoNow(runtime);
  const transition = parked(record, { ...bindingOf(context), ...why, at });
  const { workflowId } = execution;
  const lot = parkedWrite(runtime.executions, { reason, message, workflowId, at });
  if ((await commit(runtime, context, { transition, also: [lot, ...also] })) === "stale") return afterStale(context);
  if ((reason === "paused" || reason === "hold") && !(await isStillWithheld(runtime, execution))) {
    // Not at once: until its view of the head is older than a second, a dispatcher would park it again.
    await runtime.mail.task(message, EXECUTION_LIMITS.executionCacheSeconds);
    await removeParked(runtime.executions, { on: parkedFor(reason), message });
  }
  return "handled";
}

/** Code of a run that was stopped because its budget is used up. */
export const BUDGET_EXCEEDED = "BudgetExceeded";

/** A ceiling is reached: the run ends, or the task waits until it is raised, as the definition chose. */
export async function haltForBudget(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  { open, excess }: { open: OpenBudget; excess: Use },
): Promise<DispatchOutcome> {
  const { execution, message, task } = context;
  if (await markWarned(runtime.executions, open.ref, `${excess.resource}:exceeded`)) {
    const id = `budget.${excess.resource}.exceeded`;
    await appendEvent(runtime.executions, execution, newEvent("budget.exceeded", { id, at: isoNow(runtime), facts: excess }));
  }
  if (open.budget.onExceeded === "park") return parkTask(runtime, context, { reason: "budget" });
  const { resource, used, limit } = excess;
  const text = `the run used ${used} of ${limit} ${resource}; raise its budget and redrive it`;
  await failRun(runtime, message, { task: task.id, code: BUDGET_EXCEEDED, message: text });
  return "handled";
}

/** The settled tasks that a task depends on, by name. */
export type Inputs = ReadonlyMap<string, TaskRecord>;

/** Whether the task's inputs or its condition rule it out. Asked once: one that waited or was tried already goes on. */
export async function isToBeSkipped(runtime: Stores, context: DispatchContext, inputs: Inputs): Promise<boolean> {
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
export async function settleWithoutAgent(
  runtime: Runtime,
  context: DispatchContext,
  end: End,
): Promise<DispatchOutcome> {
  const transition = concluded(context.record, {
    ...bindingOf(context),
    end: await storedEnd(runtime, context, end),
    at: isoNow(runtime),
  });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await afterSettled(runtime, attemptOf(context, transition.row), transition.row);
  return "handled";
}

async function storedEnd(runtime: Stores, context: DispatchContext, end: End): Promise<Conclusion> {
  if (end.state !== "completed") return end;
  const key = attemptPayload({ ...taskRefOf(context), attempt: context.record.attempt }, "output");
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

type Gate = "event" | "approval";

/** Parks a task until its event or decision comes, or ends it when that took too long or was a refusal. */
export async function openGate(
  runtime: Runtime,
  context: DispatchContext,
  gate: Gate | undefined,
): Promise<DispatchOutcome> {
  const { task } = context;
  const failure = refusalOf(runtime, context, gate);
  if (failure !== undefined) return failBeforeDispatch(runtime, context, failure);
  if (gate === "event" && task.waitFor !== undefined) return awaitEvent(runtime, context, task.waitFor);
  return awaitDecision(runtime, context, task.approval);
}

function refusalOf(runtime: Clock, { task, record }: DispatchContext, gate: Gate | undefined): Failure | undefined {
  if (record.decision?.verdict === "rejected") {
    const { by, reason = "no reason given" } = record.decision;
    return { code: "ApprovalRejected", message: `${by} rejected '${task.id}': ${reason}` };
  }
  if (record.waitUntil === undefined || Date.parse(record.waitUntil) > runtime.now().getTime()) return undefined;
  return gate === "event"
    ? { code: "EventTimedOut", message: `no event for '${task.id}' came within ${task.waitFor?.timeoutSeconds ?? "?"} s` }
    : { code: "ApprovalTimedOut", message: `no decision about '${task.id}' came within ${task.approval?.timeoutSeconds ?? "?"} s` };
}

async function awaitEvent(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  rule: WaitForEvent,
): Promise<DispatchOutcome> {
  const { record } = context;
  const waitSince = record.waitSince ?? earliest(runtime, context, rule);
  const waitUntil = record.waitUntil ?? untilOf(runtime, rule);
  const wait = { ...taskRefOf(context), pattern: rule.pattern, since: waitSince };
  const also = [waitWrite(runtime.executions, wait)];
  const outcome = await parkTask(runtime, context, { reason: "event", waitSince, waitUntil, also });
  if (outcome === "row-exists") return outcome;
  await lookAtDeadline(runtime, context, waitUntil);
  await lookBack(runtime, wait);
  return "handled";
}

async function awaitDecision(
  runtime: Stores & Engine & Clock,
  context: DispatchContext,
  rule: Approval | undefined,
): Promise<DispatchOutcome> {
  const waitUntil = context.record.waitUntil ?? untilOf(runtime, rule);
  const outcome = await parkTask(runtime, context, { reason: "approval", waitUntil });
  if (outcome === "handled") await lookAtDeadline(runtime, context, waitUntil);
  return outcome;
}

const untilOf = (runtime: Clock, rule: { timeoutSeconds?: number | undefined } | undefined): string | undefined =>
  rule?.timeoutSeconds === undefined ? undefined : isoAfter(runtime, rule.timeoutSeconds);

/**
 * An event of another time cannot be meant: the look-back ends at the execution's own submission. EventBridge keeps
 * time in whole seconds, so the second in which it falls counts altogether.
 */
function earliest(runtime: Clock, { execution }: DispatchContext, rule: WaitForEvent): string {
  const back = isoAfter(runtime, -rule.lookBackSeconds);
  const since = back > execution.submittedAt ? back : execution.submittedAt;
  return `${since.slice(0, "2026-11-21T10:00:00".length)}.000Z`;
}

/** Has the task looked at when its wait is over; a long wait is looked at now and then. */
async function lookAtDeadline(
  runtime: Engine & Clock,
  { message, task }: DispatchContext,
  waitUntil: string | undefined,
): Promise<void> {
  if (waitUntil === undefined) return;
  const left = (Date.parse(waitUntil) - runtime.now().getTime()) / 1000;
  const seconds = Math.min(Math.max(Math.ceil(left), 1), EXECUTION_LIMITS.longestDelaySeconds);
  await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, seconds);
}
