import type { PayloadRef } from "../payload.ts";
import { newEvent } from "../new-event.ts";
import type { AttemptEnd, InHands } from "./attempt-transitions.ts";
import { secondsBetween } from "./event-facts.ts";
import type { TaskIn, TaskRecord } from "./task-record.ts";
import { madeNow, usageAfter } from "./task-rules.ts";
import { about, along, eventId, identityOf, memoryOf, type TaskTransition } from "./transition.ts";

/** The attempt has its result, which hooks look at first: its clock stands, and what is told of it waits until then. */
export function resultHeld(
  before: InHands,
  { output, until, at, usage: used, skill, operation }: AttemptEnd & { output: PayloadRef; until: string },
): TaskTransition<TaskIn<"parked">> {
  const { agentId, contextId, messageId, agentTaskId, hedgedAt, attempt } = before;
  const work = { agentId, contextId, messageId, agentTaskId, hedgedAt, dispatchedAt: before.dispatchedAt };
  const made = { attempt, output, ...work, endedAt: at, usage: used, skill, operation };
  const { usage } = usageAfter(before, used);
  const row = { ...identityOf(before), ...memoryOf(before), usage, made, state: "parked" as const, reason: "hooks" as const, waitUntil: until };
  const facts = { ...about(row), reason: "hooks" as const, until };
  return along("result_held", before, { row, events: [newEvent("task.parked", { id: eventId(row, "made"), at, facts })] });
}

/** Who made it that hooks have looked at. */
export function workMade(before: Pick<TaskRecord, "made" | "attempt">) {
  const { agentId, contextId, messageId, agentTaskId, hedgedAt, dispatchedAt } = madeNow(before) ?? {};
  return { agentId, contextId, messageId, agentTaskId, hedgedAt, dispatchedAt, made: undefined };
}

/** What is told of the attempt that made it. */
export function madeFacts(before: Pick<TaskRecord, "made" | "attempt">) {
  const made = madeNow(before);
  if (made === undefined) return {};
  const { agentId, skill, operation, usage, dispatchedAt, endedAt } = made;
  const known = { ...(agentId === undefined ? {} : { agent_id: agentId }), ...(skill === undefined ? {} : { skill }), ...(operation === undefined ? {} : { operation }) };
  return { duration_seconds: secondsBetween(dispatchedAt, endedAt), ...known, ...(usage === undefined ? {} : { usage: { ...usage } }) };
}
