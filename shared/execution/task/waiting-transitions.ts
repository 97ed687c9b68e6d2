import type { Failure } from "../../core/failure.ts";
import type { PayloadRef } from "../payload.ts";
import { newEvent } from "../new-event.ts";
import type { AttemptEnd, InHands, Waiting } from "./attempt-transitions.ts";
import { resultFact } from "./event-facts.ts";
import { madeFacts, usageAfter, workMade } from "./task-rules.ts";
import type { Asked } from "./asked.ts";
import type { Hooked } from "./hooked.ts";
import type { Decision, ParkReason, QueueReason, TaskIn, TaskRecord } from "./task-record.ts";
import {
  about,
  along,
  type Binding,
  eventId,
  identityOf,
  memoryOf,
  standingOf,
  type TaskTransition,
} from "./transition.ts";
import { PENDING } from "./edges.ts";

/** Every row has been parked or queued since its message came, so a wait that only goes on tells nothing. */
const isSameWait = (before: Waiting, state: "queued" | "parked", reason: string | undefined): boolean =>
  standingOf(before) === state && (before.reason ?? before.wait?.reason) === reason;

/** No agent is free for it: it is looked at again at `until`. */
export function agentAwaited(
  before: Waiting,
  { reason, until, at, ...bound }: Binding & { reason: Exclude<QueueReason, "retry">; until: string; at: string },
): TaskTransition<TaskIn<"queued">> {
  const row = { ...identityOf(before), ...memoryOf(before), ...bound, state: "queued" as const, wait: { reason, until } };
  const facts = { ...about(row), reason };
  const events = isSameWait(before, "queued", reason)
    ? []
    : [newEvent("task.parked", { id: eventId(row, reason), at, facts: { ...facts, until } })];
  return along("agent_awaited", before, { row, events });
}

/** What a task is parked for, and what its row remembers meanwhile. */
export interface Parking extends Binding {
  /** Absent: for another task's output, which `input` names. */
  readonly reason?: ParkReason | undefined;
  readonly input?: string | undefined;
  readonly at: string;
  readonly waitSince?: string | undefined;
  readonly waitUntil?: string | undefined;
  readonly failure?: Failure | undefined;
}

/** It waits; what it waits for queues it again. */
export function parked(before: Waiting, parking: Parking): TaskTransition<TaskIn<"parked">> {
  const { reason, input, at, run, token, waitUntil } = parking;
  const { waitSince = before.waitSince, failure = before.failure } = parking;
  const memory = { ...memoryOf(before), waitSince, failure };
  const row = { ...identityOf(before), ...memory, run, token, state: "parked" as const, reason, waitUntil };
  const facts = {
    ...about(row),
    reason: reason ?? ("inputs" as const),
    ...(input === undefined ? {} : { waiting_for: input }),
    ...(waitUntil === undefined ? {} : { until: waitUntil }),
    ...(parking.failure === undefined ? {} : { error: parking.failure }),
  };
  const events = isSameWait(before, "parked", reason)
    ? []
    : [newEvent("task.parked", { id: eventId(row, facts.reason), at, facts })];
  return along("parked", before, { row, events });
}

const released = (before: TaskIn<"parked">) => ({ ...identityOf(before), ...memoryOf(before), state: "queued" as const });

/** The event that it waited for came. */
export function eventReceived(
  before: TaskIn<"parked">,
  { detail, at, ...event }: { detail: PayloadRef; at: string; source: string; detailType: string; eventId: string },
): TaskTransition<TaskIn<"queued">> {
  const row = { ...released(before), event: detail };
  const told = { source: event.source, detail_type: event.detailType, matched_event_id: event.eventId };
  return along("event_received", before, {
    row,
    events: [newEvent("task.event_received", { id: eventId(row, "event"), at, facts: { ...about(row), ...told } })],
  });
}

/** The person whom it waited for decided. */
export function decided(before: TaskIn<"parked">, decision: Decision): TaskTransition<TaskIn<"queued">> {
  const { verdict, by, reason, at } = decision;
  const row = { ...released(before), decision };
  const facts = { ...about(row), verdict, decided_by: by, ...(reason === undefined ? {} : { reason }) };
  return along("decided", before, { row, events: [newEvent("task.decided", { id: eventId(row, "decided"), at, facts })] });
}

/** A hook that a task waited for, and how it went. */
export interface RanHook {
  readonly hook_id: string;
  readonly hook_name: string;
  readonly status: string;
}

/** The hooks that it waited for have run, and changed this. */
export function hooksRan(
  before: TaskIn<"parked">,
  { hooked, hooks, at }: { hooked: Hooked; hooks: readonly RanHook[]; at: string },
): TaskTransition<TaskIn<"queued">> {
  const row = { ...released(before), hooked };
  const { agentId, input, labels, output, failure } = hooked;
  const changed = {
    ...(agentId === undefined ? {} : { agent_id: agentId }),
    ...(input === undefined ? {} : { input: Object.keys(input) }),
    ...(labels === undefined ? {} : { labels }),
    ...(output === undefined ? {} : { output: true as const }),
  };
  const facts = {
    ...about(row),
    hooks: [...hooks],
    ...(Object.keys(changed).length === 0 ? {} : { changed }),
    ...(failure === undefined ? {} : { error: failure }),
  };
  return along("hooks_ran", before, { row, events: [newEvent("task.hooks_ran", { id: eventId(row, "hooks"), at, facts })] });
}

/** An operator has it tried again. Its policy counts anew. */
export function retried(
  before: TaskIn<"parked">,
  { by, reason, at, input = before.input }: { by: string; reason?: string | undefined; at: string; input?: PayloadRef | undefined },
): TaskTransition<TaskIn<"queued">> {
  const row = { ...released(before), retryBase: before.attempt, input };
  const facts = { ...about(row), reason: `retried by ${by}${reason === undefined ? "" : `: ${reason}`}` };
  return along("retried", before, { row, events: [newEvent("task.released", { id: eventId(row, "retried"), at, facts })] });
}

/** A list became as many instances as it is long, or a scatter as many calls. */
export function expanded(
  before: Waiting,
  { items, at, ...bound }: Binding & { items: NonNullable<TaskRecord["items"]>; at: string },
): TaskTransition<TaskIn<"running">> {
  const attempt = before.attempt + 1;
  const work = { state: "running" as const, attempt, items, dispatchedAt: at };
  const row = { ...identityOf(before), ...memoryOf(before), ...bound, ...work };
  const facts = { ...about(row), count: items.count };
  return along("expanded", before, { row, events: [newEvent("task.expanded", { id: eventId(row, "expanded"), at, facts })] });
}

/** It hands itself to an execution of its own. */
export function childStarted(
  before: Waiting,
  { child, at, ...bound }: Binding & { child: NonNullable<TaskRecord["child"]>; at: string },
): TaskTransition<TaskIn<"running">> {
  const attempt = before.attempt + 1;
  const work = { state: "running" as const, attempt, child, dispatchedAt: at };
  const row = { ...identityOf(before), ...memoryOf(before), ...bound, ...work };
  const facts = { ...about(row), child_execution_id: child };
  return along("child_started", before, {
    row,
    events: [newEvent("task.child_started", { id: eventId(row, "child"), at, facts })],
  });
}

/** Agents begin to work together on it. */
export function patternBegun(
  before: Waiting,
  { pattern, maxCalls, deadlineAt, at, ...bound }: Binding & { pattern: string; maxCalls: number; deadlineAt: string | undefined; at: string },
): TaskTransition<TaskIn<"running">> {
  const attempt = before.attempt + 1;
  const work = { state: "running" as const, attempt, dispatchedAt: at, deadlineAt };
  const row = { ...identityOf(before), ...memoryOf(before), ...bound, ...work };
  const facts = { ...about(row), pattern, max_calls: maxCalls };
  return along("pattern_begun", before, { row, events: [newEvent("pattern.started", { id: eventId(row, "begun"), at, facts })] });
}

/** A pattern's question, as the row of the instance that puts it. */
export function questionPut(
  before: TaskRecord & { state: "queued" },
  { asked, at }: { asked: Asked; at: string },
): TaskTransition<TaskIn<"queued">> {
  const row = { ...identityOf(before), asked, state: "queued" as const };
  const { id, pattern, role, kind, round } = asked;
  const facts = { ...about(row), pattern, ask_id: id, role, kind, ...(round === undefined ? {} : { round }) };
  return along("asked", before, { row, events: [newEvent("task.asked", { id: eventId(row, "asked"), at, facts })] });
}

/** An end that needs no agent now. */
export type Conclusion =
  | { readonly state: "completed"; readonly output: PayloadRef; readonly emitted?: Emission | undefined }
  | { readonly state: "skipped" }
  | { readonly state: "failed"; readonly failure: Failure };

/** A workflow's own event, which goes on the bus together with the end of the task that emits it. */
export interface Emission {
  readonly detailType: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** It ends where it stands, without an agent. */
export function concluded(
  before: Waiting,
  { end, at, ...bound }: Binding & { end: Conclusion; at: string },
): TaskTransition<TaskIn<"completed" | "skipped" | "failed">> {
  const settled = { ...identityOf(before), ...memoryOf(before), ...bound, ...workMade(before), settledAt: at };
  const facts = { ...about(before), duration_seconds: 0, ...madeFacts(before) };
  const id = eventId(settled, "settled");
  if (end.state === "skipped") {
    const row = { ...settled, state: end.state };
    const events = [newEvent("task.completed", { id, at, facts: { ...facts, status: "skipped" } })];
    return along("concluded_skipped", before, { row, events });
  }
  if (end.state === "failed") {
    const row = { ...settled, state: end.state, failure: end.failure };
    const told = { ...facts, status: "failed" as const, error: end.failure };
    return along("concluded_failed", before, { row, events: [newEvent("task.completed", { id, at, facts: told })] });
  }
  const row = { ...settled, state: end.state, failure: undefined, output: end.output };
  const told = { ...facts, ...resultFact(end.output), status: "success" as const };
  const ending = newEvent("task.completed", { id, at, facts: told });
  const { emitted } = end;
  if (emitted === undefined) return along("concluded_completed", before, { row, events: [ending] });
  const emission = { ...about(before), detail_type: emitted.detailType, detail: { ...emitted.detail } };
  const event = newEvent("workflow.event_emitted", { id: eventId(settled, "emitted"), at, facts: emission });
  return along("concluded_completed", before, { row, events: [event, ending] });
}

/** Whether a task has no row yet. */
export const isPending = (record: Pick<TaskRecord, "state" | "move">): boolean => standingOf(record) === PENDING;

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
