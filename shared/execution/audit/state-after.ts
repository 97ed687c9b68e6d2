import type { TaskState } from "../task/task-record.ts";

/** A task as the events tell of it. */
export interface ReplayedTask {
  readonly state: TaskState;
  readonly attempt: number;
  readonly agentId?: string | undefined;
  readonly failureCode?: string | undefined;
  readonly settledAt?: string | undefined;
}

/** An event of a task, as far as it tells of the task's state. */
export interface TaskNews {
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly facts: {
    readonly attempt: number;
    readonly agent_id?: string | undefined;
    readonly status?: string | undefined;
    readonly reason?: string | undefined;
    readonly error?: { readonly code: string } | undefined;
  };
}

/** Reasons for which a task is said to be parked while its message goes round the queue. */
const CIRCLING: ReadonlySet<string | undefined> = new Set(["no_capable_agent", "breaker_open", "no_capacity", "limit"]);

/** States of settled tasks, by the status that `task.completed` gives. */
const ENDS: Readonly<Record<string, TaskState>> = {
  success: "completed",
  failed: "failed",
  skipped: "skipped",
  cancelled: "cancelled",
};

const SETTLED: ReadonlySet<TaskState> = new Set(Object.values(ENDS));

/** States of tasks under way, by the event that leads to them. */
const OPEN_STATES: Readonly<Record<string, TaskState>> = {
  "agent.task_assigned": "dispatched",
  "agent.task_started": "running",
  "task.expanded": "running",
  "task.child_started": "running",
  "pattern.started": "running",
  "task.asked": "queued",
  "task.input_required": "input_required",
  "task.input_provided": "running",
  "task.retry_scheduled": "queued",
  "task.released": "queued",
  "task.event_received": "queued",
  "task.decided": "queued",
  "task.hooks_ran": "queued",
};

/**
 * What an event makes of a task; nothing when it makes no difference. The page plays executions back by it as well, so it
 * stands on nothing.
 */
export function stateAfter(known: ReplayedTask | undefined, { type, timestamp, facts }: TaskNews): ReplayedTask | undefined {
  const { attempt, agent_id: agentId = known?.agentId } = facts;
  const failureCode = facts.error?.code ?? known?.failureCode;
  const isOver = known !== undefined && attempt === known.attempt && SETTLED.has(known.state);
  // A person may end or restart what has settled.
  if (type === "task.reset") return { state: "queued", attempt };
  if (type === "task.completed") return settled(known, { facts, timestamp });
  if (isOver) return undefined;
  // A message that was turned away was no attempt.
  const isTurnedAway = type === "task.parked" && facts.reason === "limit" && known?.state === "dispatched" && attempt === known.attempt - 1;
  if (attempt < (known?.attempt ?? 0) && !isTurnedAway) return undefined;
  const state = OPEN_STATES[type];
  // A task that waits is in no agent's hands.
  if (state === "queued") return { state, attempt, failureCode };
  if (state !== undefined) return { state, attempt, agentId, failureCode };
  if (type !== "task.parked") return undefined;
  return { state: CIRCLING.has(facts.reason) ? "queued" : "parked", attempt, failureCode };
}

function settled(known: ReplayedTask | undefined, { facts, timestamp: settledAt }: Omit<TaskNews, "type">): ReplayedTask | undefined {
  const state = ENDS[facts.status ?? ""];
  if (state === undefined || (known !== undefined && facts.attempt < known.attempt)) return undefined;
  const { attempt, agent_id: agentId = known?.agentId } = facts;
  return { state, attempt, agentId, failureCode: state === "failed" ? facts.error?.code : undefined, settledAt };
}
