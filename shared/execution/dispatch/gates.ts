import { waitWrite } from "../store/event-log.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { lookBack } from "../attempt/deliver-event.ts";
import { waitsFor } from "../run/graph-run.ts";
import { isoAfter, type Runtime } from "../runtime/runtime.ts";
import type { TaskRecord } from "../execution.ts";
import type { Failure } from "../../core/failure.ts";
import type { Approval, WaitForEvent } from "../../workflow/definition/workflow-definition.ts";
import type { Step } from "./begin-task.ts";
import { type Candidate, refOf } from "./candidate.ts";
import { holdTask } from "./hold-task.ts";
import { failTask } from "./settle-now.ts";

type Gate = "event" | "approval";

/** Parks a task until its event or decision comes, or ends it when that took too long or was a refusal. */
export async function openGate(
  runtime: Runtime,
  candidate: Candidate,
  { record, gate }: { record: TaskRecord | undefined; gate: Gate | undefined },
): Promise<Step> {
  const { task } = candidate;
  const failure = refusalOf(runtime, candidate, { record, gate });
  if (failure !== undefined) return failTask(runtime, candidate, { record, failure });
  if (gate === "event" && task.waitFor !== undefined) return awaitEvent(runtime, candidate, { record, rule: task.waitFor });
  return awaitDecision(runtime, candidate, { record, rule: task.approval });
}

function refusalOf(
  runtime: Runtime,
  { task }: Candidate,
  { record, gate }: { record: TaskRecord | undefined; gate: Gate | undefined },
): Failure | undefined {
  if (record?.decision?.verdict === "rejected") {
    const { by, reason = "no reason given" } = record.decision;
    return { code: "ApprovalRejected", message: `${by} rejected '${task.id}': ${reason}` };
  }
  if (record?.waitUntil === undefined || Date.parse(record.waitUntil) > runtime.now().getTime()) return undefined;
  return gate === "event"
    ? { code: "EventTimedOut", message: `no event for '${task.id}' came within ${task.waitFor?.timeoutSeconds ?? "?"} s` }
    : { code: "ApprovalTimedOut", message: `nobody decided about '${task.id}' within ${task.approval?.timeoutSeconds ?? "?"} s` };
}

async function awaitEvent(
  runtime: Runtime,
  candidate: Candidate,
  { record, rule }: { record: TaskRecord | undefined; rule: WaitForEvent },
): Promise<Step> {
  const since = record?.waitSince ?? earliest(runtime, candidate, rule);
  const waitUntil = record?.waitUntil ?? untilOf(runtime, rule);
  const wait = { ...refOf(candidate), pattern: rule.pattern, since };
  const outcome = await holdTask(runtime, candidate, {
    record,
    reason: "event",
    set: { waitSince: since, ...(waitUntil === undefined ? {} : { waitUntil }) },
    also: [waitWrite(runtime.executions, wait)],
  });
  if (outcome === "exists") return outcome;
  await lookAtDeadline(runtime, candidate, waitUntil);
  await lookBack(runtime, wait);
  return "done";
}

async function awaitDecision(
  runtime: Runtime,
  candidate: Candidate,
  { record, rule }: { record: TaskRecord | undefined; rule: Approval | undefined },
): Promise<Step> {
  const waitUntil = record?.waitUntil ?? untilOf(runtime, rule);
  const set = waitUntil === undefined ? {} : { waitUntil };
  const outcome = await holdTask(runtime, candidate, { record, reason: "approval", set });
  if (outcome === "done") await lookAtDeadline(runtime, candidate, waitUntil);
  return outcome;
}

const untilOf = (runtime: Runtime, rule: { timeoutSeconds?: number | undefined } | undefined): string | undefined =>
  rule?.timeoutSeconds === undefined ? undefined : isoAfter(runtime, rule.timeoutSeconds);

/**
 * An event of another time cannot be meant: the look-back ends at the execution's own submission. EventBridge keeps
 * time in whole seconds, so the second in which it falls counts altogether.
 */
function earliest(runtime: Runtime, { execution }: Candidate, rule: WaitForEvent): string {
  const back = isoAfter(runtime, -rule.lookBackSeconds);
  const since = back > execution.submittedAt ? back : execution.submittedAt;
  return `${since.slice(0, "2026-11-21T10:00:00".length)}.000Z`;
}

/** Has the task looked at when its wait is over; a long wait is looked at now and then. */
async function lookAtDeadline(runtime: Runtime, { message, task }: Candidate, waitUntil: string | undefined): Promise<void> {
  if (waitUntil === undefined) return;
  const left = (Date.parse(waitUntil) - runtime.now().getTime()) / 1000;
  const seconds = Math.min(Math.max(Math.ceil(left), 1), AWS_QUOTAS.sqs.delaySeconds);
  await runtime.mail.task({ ...message, seen: waitsFor(message.run, task).length }, seconds);
}
