import * as z from "zod";
import type { StoredEvent } from "../new-event.ts";
import { type Execution, ExecutionStatus } from "../execution.ts";
import { isSettled, TaskState } from "../task/task-record.ts";
import { type ReplayedTask, stateAfter } from "./state-after.ts";

/** An execution as the events tell of it. */
export interface Replayed {
  /** Absent: not submitted yet. */
  readonly status?: ExecutionStatus | undefined;
  readonly run: number;
  readonly tasks: ReadonlyMap<string, ReplayedTask>;
}

const Facts = z.object({
  task_id: z.string().optional(),
  attempt: z.int().nonnegative().default(0),
  agent_id: z.string().optional(),
  run: z.int().positive().optional(),
  status: z.string().optional(),
  new_status: ExecutionStatus.optional(),
  reason: z.string().optional(),
  error: z.object({ code: z.string() }).optional(),
});

/**
 * Rebuilds an execution from its events alone, up to and with the moment `until`. Events are taken in the order given:
 * that of commit when it is known, `inTimeOrder` otherwise.
 *
 * Late news of a settled attempt changes nothing, nor does an event of a kind that is not known.
 */
export function replay(
  events: readonly StoredEvent[],
  { until }: { readonly until?: string | undefined } = {},
): Replayed {
  const limit = until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  const tasks = new Map<string, ReplayedTask>();
  let status: ExecutionStatus | undefined;
  let run = 1;
  for (const event of events) {
    if (Date.parse(event.timestamp) > limit) continue;
    const { data: facts } = Facts.safeParse(event.facts);
    if (facts === undefined) continue;
    run = Math.max(run, facts.run ?? 1);
    if (event.type === "workflow.status_changed") status = facts.new_status ?? status;
    if (facts.task_id === undefined) continue;
    const known = tasks.get(facts.task_id);
    const next = stateAfter(known, { type: event.type, timestamp: event.timestamp, facts });
    if (next !== undefined) tasks.set(facts.task_id, next);
  }
  return { status, run, tasks };
}

/** Where two events of one moment are told apart: by attempt, then by what leads to what. */
const RANKS: Readonly<Record<string, number>> = {
  "task.reset": -2,
  "agent.task_assigned": 1,
  "agent.task_started": 2,
  "task.expanded": 2,
  "task.child_started": 2,
  "task.input_required": 3,
  "task.input_provided": 4,
  "task.retry_scheduled": 5,
  "task.parked": 6,
  "task.completed": 7,
};

/** An execution that has to wait is queued before it is submitted. */
const STATUS_ORDER: readonly ExecutionStatus[] = [
  "queued",
  "submitted",
  "running",
  "paused",
  "completed",
  "failed",
  "cancelled",
];

/** Events by their times: the best order there is when nothing tells in which they were committed. */
export function inTimeOrder(events: readonly StoredEvent[]): StoredEvent[] {
  return events
    .map((event) => ({ event, ...ranksOf(event) }))
    .sort((a, b) => compare(a.event.timestamp, b.event.timestamp) || a.attempt - b.attempt || a.rank - b.rank)
    .map(({ event }) => event);
}

function ranksOf({ type, facts }: StoredEvent): { attempt: number; rank: number } {
  const { data } = Facts.safeParse(facts);
  const status = data?.new_status === undefined ? 0 : STATUS_ORDER.indexOf(data.new_status);
  return { attempt: data?.attempt ?? 0, rank: RANKS[type] ?? status };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Something that rows and events say differently. */
export interface ReplayDifference {
  /** Absent: it is about the execution itself. */
  readonly task?: string;
  readonly field: string;
  readonly replayed: string | number | undefined;
  readonly stored: string | number | undefined;
}

/** A row as far as events tell of it: one that was tampered with is compared like any other. */
export const AuditedTask = z.object({
  task: z.string(),
  state: TaskState,
  attempt: z.int().nonnegative(),
  agentId: z.string().optional(),
  settledAt: z.string().optional(),
  failure: z.object({ code: z.string() }).optional(),
});
export type AuditedTask = z.infer<typeof AuditedTask>;

/** What the rows say differently from the events; empty when one could be rebuilt from the other. */
export function compareReplay(
  { status, run, tasks }: Replayed,
  records: readonly AuditedTask[],
  execution: Pick<Execution, "status" | "run">,
): readonly ReplayDifference[] {
  const stored = new Map(records.map((record) => [record.task, record]));
  const names = new Set([...stored.keys(), ...tasks.keys()]);
  return [
    ...differences(undefined, [
      ["status", status, execution.status],
      ["run", run, execution.run],
    ]),
    ...[...names].sort().flatMap((task) => taskDifferences(task, tasks.get(task), stored.get(task))),
  ];
}

const WITH_AGENT: ReadonlySet<TaskState> = new Set(["dispatched", "running", "input_required", "completed", "failed"]);

/** Agent and failure are compared where they say something: a row may keep either of an attempt that is over. */
function taskDifferences(
  task: string,
  replayed: ReplayedTask | undefined,
  record: AuditedTask | undefined,
): ReplayDifference[] {
  const hasAgent = record !== undefined && WITH_AGENT.has(record.state);
  const hasFailed = record?.state === "failed";
  const isOver = record !== undefined && isSettled(record.state);
  return differences(task, [
    ["state", replayed?.state, record?.state],
    ["attempt", replayed?.attempt, record?.attempt],
    ...(hasAgent ? [["agent", replayed?.agentId, record.agentId] as const] : []),
    ...(hasFailed ? [["failure", replayed?.failureCode, record.failure?.code] as const] : []),
    ...(isOver ? [["settled_at", replayed?.settledAt, record.settledAt] as const] : []),
  ]);
}

type Pair = readonly [field: string, replayed: string | number | undefined, stored: string | number | undefined];

const differences = (task: string | undefined, pairs: readonly Pair[]): ReplayDifference[] =>
  pairs.flatMap(([field, replayed, stored]) =>
    replayed === stored ? [] : [{ ...(task === undefined ? {} : { task }), field, replayed, stored }],
  );
