import type { HoldPlace } from "../control.ts";
import type { ExecutionStatus } from "../execution.ts";
import type { DispatchRef } from "../task/dispatch-ref.ts";
import type { Key } from "../../aws/key.ts";
import { present } from "../../core/present.ts";

/** Every row of one execution. */
export const executionPartition = (tenant: string, execution: string): string => `T#${tenant}#X#${execution}`;

/** What the sort keys of tasks begin with. */
export const TASK_PREFIX = "TASK#";
/** What the sort keys of events begin with; the stream's filter names it too. */
export const EVENT_PREFIX = "EVT#";
/** Sort key of heads of executions; the stream's filter names it too. */
export const HEAD_SORT_KEY = "META";
/** What the sort keys of moves begin with that a task's row, or the head, had no more room for. */
export const TOLD_PREFIX = "TOLD#";
/** What the sort keys of the audit chain begin with. */
export const LOG_PREFIX = "LOG#";

/** Head of an execution. */
export const metaKey = (tenant: string, execution: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: HEAD_SORT_KEY,
});

/** Counters of an execution. */
export const progressKey = (tenant: string, execution: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: "PROGRESS",
});

/** One task of an execution. */
export const taskKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${TASK_PREFIX}${task}`,
});

/** What a task, or the head under an empty name, told before its row got long; `move` is the one that made room. */
export const toldKey = (at: Pick<DispatchRef, "tenant" | "execution" | "task">, move: number): Key => ({
  pk: executionPartition(at.tenant, at.execution),
  sk: `${TOLD_PREFIX}${at.task}#${String(move).padStart(10, "0")}`,
});

/** One event of an execution that neither its head nor a task's row tells; rows sort by time. */
export const eventKey = (tenant: string, execution: string, event: { at: string; id: string }): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${EVENT_PREFIX}${event.at}#${event.id}`,
});

/** One link of an execution's audit chain; `link` as `linkKey` of `shared/execution/audit/audit-chain.ts` writes it. */
export const logKey = (tenant: string, execution: string, link: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${LOG_PREFIX}${link}`,
});
/** What an execution and those below it used up. */
export const budgetKey = (tenant: string, execution: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: "BUDGET",
});

/** Where a `for_each` stands. */
export const eachKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `EACH#${task}`,
});

/** Where a pattern stands. */
export const patternKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `PAT#${task}`,
});

/** Events of the bus that a tenant's tasks may wait for, by hour, so that no partition grows for ever. */
export const busEventKey = (tenant: string, event: { time: string; id: string }): Key => ({
  pk: busPartition(tenant, event.time.slice(0, 13)),
  sk: `${event.time}#${event.id}`,
});

/** One hour's events; `hour` is `2026-11-21T10`. */
export const busPartition = (tenant: string, hour: string): string => `T#${tenant}#BUS#${hour}`;

/** A task that waits for an event: all of a tenant's together, for whoever has the event. */
export const waitKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: waitPartition(tenant),
  sk: `${execution}#${task}`,
});

/** A tenant's waits. */
export const waitPartition = (tenant: string): string => `T#${tenant}#WAITS`;

/** What the sort keys of parked messages begin with. */
export const PARKED_PREFIX = "PARK#";

/** A task that waits. */
export const parkedKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${PARKED_PREFIX}${task}`,
});

/** What waits for a person: the reasons that make a tenant's inbox. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(["approval", "operator", "budget", "input"]);

/**
 * Partition of the index over tasks that wait for something other than a task: a tenant's inbox, all held ones together,
 * because a hold may span tenants, and the others out of the inbox's way: a pause parks thousands.
 */
export const parkedPartition = (tenant: string, reason: string): string =>
  reason === "hold" ? "PARKED#hold" : `T#${tenant}#PARKED${FOR_PEOPLE.has(reason) ? "" : `#${reason}`}`;

/** What the sort keys of checkpoints begin with. */
export const CHECKPOINT_PREFIX = "CKPT#";

/** A checkpoint of an execution. */
export const checkpointKey = (tenant: string, execution: string, id: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${CHECKPOINT_PREFIX}${id}`,
});

/**
 * What stands for a status in `byStatus`, so that the ordinary life of an execution moves its entry but once: one that
 * has its slot runs a moment later, so both have one name, and what most executions become is looked for among all of them.
 */
const STATUS_NAMES: Readonly<Record<ExecutionStatus, string | undefined>> = {
  submitted: "started",
  running: "started",
  queued: "queued",
  paused: "paused",
  failed: "failed",
  cancelled: "cancelled",
  completed: undefined,
};

/** Whether a status has entries of its own; otherwise the heads of executions tell theirs. */
export const hasOwnEntries = (status: ExecutionStatus): boolean => STATUS_NAMES[status] === status;

/** Partition of `byTenant` that holds all executions of a tenant. */
export const tenantPartition = (tenant: string): string => `T#${tenant}#X`;

/** Partition of `byWorkflow`. */
export const workflowPartition = (tenant: string, workflowId: string): string => `T#${tenant}#W#${workflowId}`;

/** Partition of `byStatus`; none where all of the tenant's are looked through. */
export const statusPartition = (tenant: string, status: ExecutionStatus): string | undefined =>
  STATUS_NAMES[status] === undefined ? undefined : `T#${tenant}#S#${STATUS_NAMES[status]}`;

/** Partitions of the index over unfinished executions of all tenants: more than one, so that none runs hot. */
const OPEN_SHARDS = 8;

/** All partitions of `byOpen`. */
export const openPartitions: readonly string[] = Array.from({ length: OPEN_SHARDS }, (_, shard) => `OPEN#${shard}`);

/** Partition of `byOpen` that an unfinished execution belongs to. */
export const openPartition = (execution: string): string => `OPEN#${present(execution.codePointAt(execution.length - 1)) % OPEN_SHARDS}`;

/** All holds: few rows that every dispatcher reads. */
export const HOLDS_PARTITION = "HOLDS";

/** One hold. A tenant's name holds no `#`, so none begins like another's workflow. */
export function holdKey(place: HoldPlace): Key {
  const tenant = place.scope === "global" ? "GLOBAL" : `T#${place.tenant}`;
  return { pk: HOLDS_PARTITION, sk: place.scope === "workflow" ? `${tenant}#W#${place.workflow}` : tenant };
}

/** What was observed of a tenant's executions and tasks. */
export const statsPartition = (tenant: string): string => `T#${tenant}#STATS`;

/** What was observed of all executions of a tenant. */
export const executionStatsKey = (tenant: string): Key => ({ pk: statsPartition(tenant), sk: "EXECUTIONS" });

/** What rows about so many parts of a workflow begin with. */
export const taskStatsPrefix = (workflow: string, parts: number): string => `W#${workflow}#${parts}#`;

/** What was observed of some tasks of a workflow. */
export const taskStatsKey = (tenant: string, workflow: string, { parts, part }: { parts: number; part: number }): Key => ({
  pk: statsPartition(tenant),
  sk: `${taskStatsPrefix(workflow, parts)}${part}`,
});

/** How far an execution was learnt from. */
export const learntKey = (tenant: string, execution: string): Key => ({ pk: executionPartition(tenant, execution), sk: "LEARNT" });

/** Counters of executions under way: a tenant's, or all tenants'. */
export const slotPartition = (tenant?: string): string => (tenant === undefined ? "SLOTS" : `T#${tenant}#SLOTS`);

/** One of the counters that share a limit. */
export const slotKey = (shard: number, tenant?: string): Key => ({ pk: slotPartition(tenant), sk: String(shard).padStart(2, "0") });

/**
 * What the keys of counters of waiting executions begin with. They lie beside the counters of all slots: a function that
 * looks for a slot, or frees one, sees by one query what is free and which tenants wait.
 */
export const QUEUE_PREFIX = "Q#";

/** One of a tenant's counters of waiting executions. A tenant's name holds no `#`. */
export const queueKey = (tenant: string, shard: number): Key => ({
  pk: slotPartition(),
  sk: `${QUEUE_PREFIX}${tenant}#${String(shard).padStart(2, "0")}`,
});

/** A tenant's waiting executions, in the order in which they start. */
export const waitingPartition = (tenant: string): string => `T#${tenant}#QUEUE`;
