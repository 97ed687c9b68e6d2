import type { Failure } from "../../core/failure.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import type { Approval, WaitForEvent } from "../../workflow/definition/workflow-definition.ts";
import { lookBack } from "../attempt/deliver-event.ts";
import { waitsFor } from "../run/graph-run.ts";
import { isoAfter, type Runtime } from "../runtime/runtime.ts";
import { waitWrite } from "../store/event-log.ts";
import { type DispatchContext, type DispatchOutcome, refOf } from "./dispatch-context.ts";
import { parkTask } from "./park-task.ts";
import { failBeforeDispatch } from "./settle-without-agent.ts";

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

function refusalOf(runtime: Runtime, { task, record }: DispatchContext, gate: Gate | undefined): Failure | undefined {
  if (record.decision?.verdict === "rejected") {
    const { by, reason = "no reason given" } = record.decision;
    return { code: "ApprovalRejected", message: `${by} rejected '${task.id}': ${reason}` };
  }
  if (record.waitUntil === undefined || Date.parse(record.waitUntil) > runtime.now().getTime()) return undefined;
  return gate === "event"
    ? { code: "EventTimedOut", message: `no event for '${task.id}' came within ${task.waitFor?.timeoutSeconds ?? "?"} s` }
    : { code: "ApprovalTimedOut", message: `no decision about '${task.id}' came within ${task.approval?.timeoutSeconds ?? "?"} s` };
}

async function awaitEvent(runtime: Runtime, context: DispatchContext, rule: WaitForEvent): Promise<DispatchOutcome> {
  const { record } = context;
  const waitSince = record.waitSince ?? earliest(runtime, context, rule);
  const waitUntil = record.waitUntil ?? untilOf(runtime, rule);
  const wait = { ...refOf(context), pattern: rule.pattern, since: waitSince };
  const also = [waitWrite(runtime.executions, wait)];
  const outcome = await parkTask(runtime, context, { reason: "event", waitSince, waitUntil, also });
  if (outcome === "row-exists") return outcome;
  await lookAtDeadline(runtime, context, waitUntil);
  await lookBack(runtime, wait);
  return "handled";
}

async function awaitDecision(
  runtime: Runtime,
  context: DispatchContext,
  rule: Approval | undefined,
): Promise<DispatchOutcome> {
  const waitUntil = context.record.waitUntil ?? untilOf(runtime, rule);
  const outcome = await parkTask(runtime, context, { reason: "approval", waitUntil });
  if (outcome === "handled") await lookAtDeadline(runtime, context, waitUntil);
  return outcome;
}

const untilOf = (runtime: Runtime, rule: { timeoutSeconds?: number | undefined } | undefined): string | undefined =>
  rule?.timeoutSeconds === undefined ? undefined : isoAfter(runtime, rule.timeoutSeconds);

/**
 * An event of another time cannot be meant: the look-back ends at the execution's own submission. EventBridge keeps
 * time in whole seconds, so the second in which it falls counts altogether.
 */
function earliest(runtime: Runtime, { execution }: DispatchContext, rule: WaitForEvent): string {
  const back = isoAfter(runtime, -rule.lookBackSeconds);
  const since = back > execution.submittedAt ? back : execution.submittedAt;
  return `${since.slice(0, "2026-11-21T10:00:00".length)}.000Z`;
}

/** Has the task looked at when its wait is over; a long wait is looked at now and then. */
async function lookAtDeadline(runtime: Runtime, { message, task }: DispatchContext, waitUntil: string | undefined): Promise<void> {
  if (waitUntil === undefined) return;
  const left = (Date.parse(waitUntil) - runtime.now().getTime()) / 1000;
  const seconds = Math.min(Math.max(Math.ceil(left), 1), AWS_QUOTAS.sqs.delaySeconds);
  await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, seconds);
}
