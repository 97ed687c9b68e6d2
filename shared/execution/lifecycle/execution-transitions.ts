import { IllegalTransitionError } from "../illegal-transition.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type NewEvent, newEvent } from "../new-event.ts";
import { Execution, type ExecutionStatus, isFinished } from "../execution.ts";
import { placeOf } from "../admission/admission.ts";
import type { SteeringEdge } from "./execution-actions.ts";
import { EXECUTION_EDGES, type ExecutionEdge, type ExecutionEdgeRow } from "./execution-edges.ts";
import { eventId, tellOfHead } from "./told-head.ts";

/**
 * One step of an execution's life, as the store commits it: the head as it becomes, on condition that it is as it was
 * seen, and what is told of it. The head is written whole, so that nothing of a former status stays in it.
 */
export interface ExecutionTransition {
  readonly edge: ExecutionEdge;
  readonly before: Execution;
  readonly row: Execution;
  readonly events: readonly NewEvent[];
  /** Lines of `told` that leave the head. */
  readonly spilled: readonly string[];
}

/** Fields of a head, whichever its status. */
export type HeadFields = {
  readonly [Name in Exclude<keyof Execution, "tenant" | "executionId" | "status" | "move" | "told">]?: Execution[Name] | undefined;
};

/** What a transition is made of. Fields that the new status does not have fall away; `undefined` takes one away. */
export interface Become {
  readonly to: ExecutionStatus;
  readonly set?: HeadFields | undefined;
  readonly events: (row: Execution) => readonly NewEvent[];
}

/**
 * Takes an execution along an edge.
 *
 * @throws {IllegalTransitionError} the edge does not begin, or end, so.
 */
export function along(edge: ExecutionEdge, before: Execution, { to, set = {}, events }: Become): ExecutionTransition {
  const { from, to: ends }: ExecutionEdgeRow = EXECUTION_EDGES[edge];
  const leads = ends === "same" ? to === before.status : ends.includes(to);
  if (!from.includes(before.status) || !(leads || to === before.status)) {
    throw new IllegalTransitionError(`${edge} to ${to}`, { task: before.executionId, standing: before.status });
  }
  const next = { ...before, ...set, status: to, move: before.move + 1 };
  const row = Execution.parse(to === "queued" ? { ...next, queued: placeOf({ ...before, priority: set.priority ?? before.priority }) } : next);
  const news = events(row);
  const { told, spilled } = tellOfHead(before.told ?? [], row, news);
  return { edge, before, row: { ...row, told }, events: news, spilled };
}

/** A head as it is put on record: its first move, with what that tells. One that is on record already stays as it is. */
export function recorded<Head extends Execution>(head: Head): Head {
  if (head.told !== undefined) return head;
  const event = newEvent("workflow.status_changed", {
    id: eventId(head, head.status),
    at: head.submittedAt,
    facts: { previous_status: "none", new_status: head.status },
  });
  return { ...head, told: tellOfHead([], head, [event]).told };
}

/** A slot is free for it. Its time begins when it starts, not while it waits. */
export const admitted = (before: Execution, { slot, at }: { slot: NonNullable<Execution["slot"]>; at: string }) =>
  along("admitted", before, {
    to: "submitted",
    set: { slot, deadlineAt: undefined },
    events: (row) => [statusChanged(row, { from: "queued", at })],
  });

/** The hooks before it have run, and may have changed its input, or the session that it belongs to. */
export const hooksRan = (before: Execution, changed: Pick<HeadFields, "input" | "session">): ExecutionTransition =>
  along("hooks_ran", before, { to: "queued", set: { ...changed, awaiting: undefined }, events: () => [] });

/** Its run's machine runs. */
export function started(before: Execution, { at, deadlineAt }: { at: string; deadlineAt: string }): ExecutionTransition {
  const set = { startedAt: before.startedAt ?? at, deadlineAt: before.deadlineAt ?? deadlineAt };
  const facts = {
    orchestration_pattern: before.pattern,
    estimated_duration_seconds: before.estimatedSeconds,
    allocated_agents: [],
  };
  return along("started", before, {
    to: "running",
    set,
    events: (row) => [
      newEvent("workflow.execution_started", { id: eventId(row, "started"), at, facts }),
      statusChanged(row, { from: before.status, at }),
    ],
  });
}

const statusChanged = (row: Execution, { from, at, reason }: { from: string; at: string; reason?: string | undefined }): NewEvent =>
  newEvent("workflow.status_changed", {
    id: eventId(row, `to_${row.status}`),
    at,
    facts: { previous_status: from, new_status: row.status, ...(reason === undefined ? {} : { reason }) },
  });

/** Who asked for a change, how and why; `digest` is over everything it was asked with. */
export interface Steering {
  readonly action: SteeringEdge;
  readonly by: string;
  readonly reason?: string | undefined;
  readonly digest: string;
  readonly at: string;
}

/** A change of course together with who asked for it, how and why. */
export function controlled(
  before: Execution,
  { steering, to, set }: { steering: Steering; to: ExecutionStatus; set: HeadFields },
): ExecutionTransition {
  const { action, by, reason, digest, at } = steering;
  const { run = before.run } = set;
  const since = set.pending?.compensateSince;
  const told = { ...(reason === undefined ? {} : { reason }), ...(since === undefined ? {} : { until: heardAt(since) }) };
  const facts = { action, requested_by: by, run, ...told };
  return along(action, before, {
    to,
    set: { ...set, lastControl: { action, digest, run } },
    events: (row) => [
      newEvent("workflow.controlled", { id: eventId(row, action), at, facts }),
      ...(to === before.status ? [] : [statusChanged(row, { from: before.status, at, reason: reason ?? action })]),
    ],
  });
}

/** Nothing of the present run can go on: a next one starts from the rows. */
export function recovered(before: Execution, { set, at }: { set: HeadFields; at: string }): ExecutionTransition {
  const { run = before.run } = set;
  const reason = "its messages were lost";
  const facts = { action: "recovery", requested_by: "orchestrator", reason, run };
  return along("recovered", before, {
    to: "submitted",
    set,
    events: (row) => [
      newEvent("workflow.controlled", { id: eventId(row, "recovery"), at, facts }),
      statusChanged(row, { from: before.status, at, reason }),
    ],
  });
}

/** A change that is on record was carried out. */
export const changeCompleted = (before: Execution): ExecutionTransition =>
  along("change_completed", before, { to: before.status, set: { pending: undefined }, events: () => [] });

/**
 * When no function believes in the former run any more, if the next was recorded at `since`: heads are remembered for
 * so long, and one more second is for what was begun with a head that was just old enough.
 */
export const heardAt = (since: string): string =>
  new Date(Date.parse(since) + (EXECUTION_LIMITS.executionCacheSeconds + 1) * 1000).toISOString();

/** What was done is undone in a next run, before the execution ends so. */
export function compensationBegun(
  before: Execution,
  { endsAs, failure, at, deadlineAt }: { endsAs: "failed" | "cancelled"; failure?: Execution["failure"]; at: string; deadlineAt: string },
): ExecutionTransition {
  const run = before.run + 1;
  const pending = { id: `compensate-${run}`, run, compensate: endsAs, compensateSince: at };
  const reason = `the execution is to end ${endsAs}`;
  const facts = { action: "compensate", requested_by: "orchestrator", reason, run, until: heardAt(at) };
  return along("compensation_begun", before, {
    to: "running",
    set: {
      run,
      pending,
      startedAt: before.startedAt ?? at,
      deadlineAt: before.deadlineAt ?? deadlineAt,
      ...(failure === undefined ? {} : { failure }),
    },
    events: (row) => [
      newEvent("workflow.controlled", { id: eventId(row, "compensate"), at, facts }),
      ...(before.status === "running" ? [] : [statusChanged(row, { from: before.status, at, reason })]),
    ],
  });
}

/** The plan of compensations is made; it counts once. */
export const compensationPlanned = (
  before: Execution,
  { compensation, at, ...facts }: { compensation: NonNullable<Execution["compensation"]>; at: string; strategy: string; tasks: number; failed_task_id?: string; compensation_tasks?: string[] },
): ExecutionTransition =>
  along("compensation_planned", before, {
    to: before.status,
    set: { compensation },
    events: (row) => [newEvent("compensation.started", { id: eventId(row, "compensating"), at, facts: { ...facts, run: row.run } })],
  });

/** Something new about its service level. */
export const slaTold = (before: Execution, { sla, events }: { sla: NonNullable<Execution["sla"]>; events: Become["events"] }) =>
  along("sla_told", before, { to: before.status, set: { sla }, events });

/** How an execution ends. */
export interface Ending {
  readonly to: "completed" | "failed" | "cancelled";
  readonly failure?: NonNullable<Execution["failure"]> | undefined;
  readonly output?: NonNullable<Execution["output"]> | undefined;
  readonly usage?: Execution["usage"];
  readonly at: string;
  /** What is told of its service level. */
  readonly sla?: { readonly record: NonNullable<Execution["sla"]>; readonly events: Become["events"] } | undefined;
}

/** It is over. */
export function finished(before: Execution, { to, failure, output, usage, at, sla }: Ending): ExecutionTransition {
  const { compensation } = before;
  const isCompensated = compensation?.status === "running";
  const reason = failure === undefined ? undefined : `${failure.code}: ${failure.message}`;
  return along("finished", before, {
    to,
    set: {
      startedAt: before.startedAt ?? before.submittedAt,
      completedAt: at,
      pending: undefined,
      output,
      usage,
      ...(failure === undefined ? {} : { failure }),
      ...(sla === undefined ? {} : { sla: sla.record }),
      ...(isCompensated ? { compensation: { ...compensation, status: "completed" } } : {}),
    },
    events: (row) => [
      ...(isCompensated ? [compensated(row, at)] : []),
      ...(sla?.events(row) ?? []),
      statusChanged(row, { from: before.status, at, reason }),
    ],
  });
}

const compensated = (row: Execution, at: string): NewEvent =>
  newEvent("compensation.completed", { id: eventId(row, "compensated"), at, facts: { status: "completed", run: row.run } });

/** Whether a head may still be looked for by the sweep: it is not over, or not wound up yet. */
export const isOpen = ({ status, pending }: Execution): boolean => !isFinished(status) || pending !== undefined;
