import type { Runtime, Stores } from "../runtime/runtime.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { evaluateInputs, loadInputs, ownInput } from "../attempt/inputs.ts";
import { afterSettled } from "../attempt/instances.ts";
import { withholding } from "../attempt/withholding.ts";
import { isoAfter, isoNow } from "../runtime/clock.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { type TaskRecord } from "../task/task-record.ts";
import { hasSettled, isAtWork, nextGate } from "../task/task-rules.ts";
import { rebound } from "../task/steering-transitions.ts";
import {
  afterStale,
  attemptOf,
  bindingOf,
  commit,
  type DispatchContext,
  type DispatchOutcome,
  loadRecord,
  taskRefOf,
  type Unseen,
} from "../runtime/attempt.ts";
import { expandItems, lookAtItems, scatterTask } from "./expand-task.ts";
import { failOnExpression, type Inputs, isToBeSkipped, openGate, parkTask, settleWithoutAgent } from "./gates.ts";
import { hooksFirst } from "./hooks-first.ts";
import { startAgent } from "./start-agent.ts";
import { askedTask } from "../task/asked.ts";
import type { PatternTask } from "../../workflow/plan/plan.ts";
import { ExecutionId } from "../../core/ids.ts";
import { childIdOf, launchChild } from "../run/child-execution.ts";
import { childStarted, patternBegun } from "../task/waiting-transitions.ts";

/**
 * Takes a task whose inputs are there one step on: held, skipped, waiting for its event or decision, expanded, or at
 * work.
 */
export async function beginTask(runtime: Runtime, context: DispatchContext): Promise<void> {
  const withheld = await withholding(runtime, context.execution);
  const outcome =
    withheld === undefined ? await takeStep(runtime, context) : await parkTask(runtime, context, { reason: withheld });
  if (outcome === "handled") return;
  const found = await loadRecord(runtime, context);
  if (found !== undefined) await continueTask(runtime, context, found);
}

async function takeStep(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome> {
  const { task, record } = context;
  const inputs = await loadInputs(runtime, attemptOf(context, record));
  try {
    if (await isToBeSkipped(runtime, context, inputs)) return await settleWithoutAgent(runtime, context, { state: "skipped" });
    const gate = nextGate(task, record);
    if (gate !== undefined || record.decision?.verdict === "rejected") return await openGate(runtime, context, gate);
    if (task.forEach !== undefined) return await expandItems(runtime, context, inputs);
    return await startWork(runtime, context, inputs);
  } catch (error) {
    return failOnExpression(runtime, context, error);
  }
}

async function startWork(runtime: Runtime, context: DispatchContext, inputs: Inputs): Promise<DispatchOutcome> {
  const { task, record } = context;
  switch (task.kind) {
    case "agent":
      if (task.scatter !== undefined) return scatterTask(runtime, context, task.scatter);
      return (await hooksFirst(runtime, context)) ?? startAgent(runtime, context);
    case "workflow":
      return startChild(runtime, context);
    case "pattern":
      return startPattern(runtime, context, task.pattern);
    case "emit": {
      const { detailType } = task.emit;
      const detail = { ...task.emit.detail, ...(await evaluateInputs(runtime, attemptOf(context, record), inputs)) };
      return settleWithoutAgent(runtime, context, { state: "completed", output: detail, emitted: { detailType, detail } });
    }
    case "gate":
      return settleWithoutAgent(runtime, context, { state: "completed", output: await gateOutput(runtime, context, inputs) });
    default:
      return task satisfies never;
  }
}

/** A task that only waits gives what it waited for; one that waits for nothing gives its input. */
async function gateOutput(runtime: Stores, context: DispatchContext, inputs: Inputs): Promise<unknown> {
  const { record } = context;
  const { decision } = record;
  const event = record.event === undefined ? undefined : await runtime.load(record.event);
  const approval = decision && { approved_by: decision.by, reason: decision.reason ?? null, at: decision.at };
  if (event !== undefined && approval !== undefined) return { event, approval };
  return event ?? approval ?? ownInput(runtime, attemptOf(context, record), inputs);
}

/** The task's row exists: go on from where it stands. */
export async function continueTask(runtime: Runtime, unseen: Unseen, record: TaskRecord): Promise<void> {
  const { message } = unseen;
  if (record.run > message.run.run) return;
  if (hasSettled(record)) {
    const bound = { ...record, ...bindingOf(unseen) };
    return afterSettled(runtime, attemptOf(unseen, bound), bound, { isRepeat: record.run === message.run.run });
  }
  const task = askedTask(unseen.task, record, unseen.view);
  if (isAtWork(record)) return rebind(runtime, { ...unseen, task, record });
  const wait = record.notBefore === undefined ? 0 : (Date.parse(record.notBefore) - runtime.now().getTime()) / 1000;
  if (wait > 0) return runtime.mail.task(message, Math.min(Math.ceil(wait), EXECUTION_LIMITS.longestDelaySeconds));
  const context = { ...unseen, task, record };
  if (record.reason === "operator") {
    await parkTask(runtime, context, { reason: "operator" });
    return;
  }
  return beginTask(runtime, context);
}

/** It is at work: the newest token is the one to answer, and the agent is asked how it goes. */
async function rebind(runtime: Runtime, context: DispatchContext<InHands>): Promise<void> {
  const { message, record } = context;
  const bound = bindingOf(context);
  if (bound.token !== record.token || bound.run !== record.run) {
    const transition = rebound(record, bound);
    if ((await commit(runtime, context, { transition })) === "stale") return runtime.mail.task(message, 1);
  }
  if (record.items !== undefined || context.task.kind === "pattern") return lookAtItems(runtime, context, { ...record, ...bound });
  const { tenant, execution } = message.run;
  await runtime.mail.watch({ dispatch: { tenant, execution, task: record.task, attempt: record.attempt }, looks: 0 }, 0);
}

/** Hands a task to an execution of another workflow: recorded first, then started. Its own deadline is the child's. */
export async function startChild(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome> {
  const child = ExecutionId.parse(childIdOf({ ...taskRefOf(context), attempt: context.record.attempt + 1 }));
  const transition = childStarted(context.record, { ...bindingOf(context), child, at: isoNow(runtime) });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await launchChild(runtime, attemptOf(context, transition.row));
  return "handled";
}

/** Has agents work together on a task: recorded first, then their pattern takes its first turn. */
async function startPattern(
  runtime: Runtime,
  context: DispatchContext,
  { name: pattern, maxCalls, maxSeconds }: PatternTask["pattern"],
): Promise<DispatchOutcome> {
  const deadlineAt = maxSeconds === undefined ? undefined : isoAfter(runtime, maxSeconds);
  const transition = patternBegun(context.record, { ...bindingOf(context), pattern, maxCalls, deadlineAt, at: isoNow(runtime) });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await runtime.turnPattern(attemptOf(context, transition.row));
  return "handled";
}
