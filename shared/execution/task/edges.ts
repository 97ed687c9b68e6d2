import type { ExecutionEventType } from "../execution-events.ts";
import type { TaskState } from "./task-record.ts";

/** Where a task stands before it has a row: its message was never looked at. */
export const PENDING = "pending";
/** Where a task stands: the state of its row, or `pending` without one. */
export type Standing = TaskState | typeof PENDING;

/** One edge of a task's life. */
export interface Edge {
  readonly from: readonly Standing[];
  readonly to: TaskState | "same";
  /** Events that it may tell, in this order. */
  readonly tells: readonly ExecutionEventType[];
}

const WAITING = [PENDING, "queued", "parked"] as const;
const IN_HANDS = ["dispatched", "running", "input_required"] as const;
const SETTLED = ["completed", "failed", "skipped", "cancelled"] as const;
const OPEN = ["queued", "parked", ...IN_HANDS] as const;
const ANY = [...OPEN, ...SETTLED] as const;

/**
 * The life of a task: every change of a row is one of these, and nothing else writes one. The diagram in
 * `shared/README.md` is drawn from here.
 */
export const TASK_EDGES = {
  /** Its inputs are there and no agent is free: it is looked at again. */
  agent_awaited: { from: WAITING, to: "queued", tells: ["task.parked"] },
  /** It waits for an input, an event, a person, a budget, hooks, or the end of a pause or hold. */
  parked: { from: WAITING, to: "parked", tells: ["task.parked"] },
  event_received: { from: ["parked"], to: "queued", tells: ["task.event_received"] },
  decided: { from: ["parked"], to: "queued", tells: ["task.decided"] },
  /** The hooks that it waited for have run. */
  hooks_ran: { from: ["parked"], to: "queued", tells: ["task.hooks_ran"] },
  retried: { from: ["parked"], to: "queued", tells: ["task.released"] },
  /** An attempt is recorded; then it is sent. */
  assigned: { from: WAITING, to: "dispatched", tells: ["agent.task_assigned"] },
  /** A `for_each` became instances, or a scatter its calls. */
  expanded: { from: WAITING, to: "running", tells: ["task.expanded"] },
  child_started: { from: WAITING, to: "running", tells: ["task.child_started"] },
  /** Agents begin to work together on it by a pattern. */
  pattern_begun: { from: WAITING, to: "running", tells: ["pattern.started"] },
  /** A pattern puts a question: the instance that asks is made. */
  asked: { from: [PENDING], to: "queued", tells: ["task.asked"] },
  /** It ends without an agent: a gate, an emitted event, a condition, an expression that fails. */
  concluded_completed: { from: WAITING, to: "completed", tells: ["workflow.event_emitted", "task.completed"] },
  concluded_skipped: { from: WAITING, to: "skipped", tells: ["task.completed"] },
  concluded_failed: { from: WAITING, to: "failed", tells: ["task.completed"] },
  /** The agent accepted the attempt, or goes on after an answer. */
  started: { from: IN_HANDS, to: "running", tells: ["agent.task_started"] },
  input_required: { from: IN_HANDS, to: "input_required", tells: ["task.input_required"] },
  input_provided: { from: ["input_required"], to: "running", tells: ["task.input_provided"] },
  /** What was answered goes out to the agent now. */
  answer_opened: { from: ["running"], to: "same", tells: [] },
  completed: { from: IN_HANDS, to: "completed", tells: ["task.completed"] },
  failed: { from: IN_HANDS, to: "failed", tells: ["task.completed"] },
  retry_scheduled: { from: IN_HANDS, to: "queued", tells: ["task.retry_scheduled"] },
  /** It failed its last attempt and waits for an operator. */
  kept: { from: IN_HANDS, to: "parked", tells: ["task.parked"] },
  /** Its agent is done, and hooks look at the result before it counts. */
  result_held: { from: IN_HANDS, to: "parked", tells: ["task.parked"] },
  /** Its agent's provider asked us to slow down: the message was turned away, and that was no attempt. */
  turned_away: { from: ["dispatched"], to: "queued", tells: ["task.parked"] },
  hedged: { from: IN_HANDS, to: "same", tells: ["task.hedged"] },
  /** The send is in doubt: what was heard of it is nothing. */
  doubted: { from: ["dispatched"], to: "same", tells: ["task.send_in_doubt"] },
  /** The function that may wait long for an answer sends it now. */
  send_opened: { from: ["dispatched"], to: "same", tells: [] },
  /** The same message goes out again. */
  resent: { from: ["dispatched"], to: "same", tells: [] },
  /** A newer message of its machine is the one to answer. */
  rebound: { from: IN_HANDS, to: "same", tells: [] },
  /** Its time stood still: the deadline moves on. */
  deadline_moved: { from: ["dispatched", "running"], to: "same", tells: [] },
  /** Somebody counts it as done where it stands. */
  skipped: { from: [PENDING, ...OPEN], to: "skipped", tells: ["task.completed", "workflow.controlled"] },
  cancelled: { from: OPEN, to: "cancelled", tells: ["task.completed"] },
  /** Those who worked on it were told to stop. */
  called_off: { from: ANY, to: "same", tells: [] },
  /** A newer run has it start over, end, or go on. */
  reset: { from: [PENDING, ...ANY], to: "queued", tells: ["task.reset"] },
  replaced: { from: [PENDING, ...ANY], to: "skipped", tells: ["task.completed"] },
  dropped: { from: [PENDING, ...ANY], to: "cancelled", tells: ["task.completed"] },
  revived: { from: ["failed", "cancelled"], to: "running", tells: ["task.reset", "task.child_started"] },
} as const satisfies Readonly<Record<string, Edge>>;

/** Names an edge of a task's life. */
export type TaskEdge = keyof typeof TASK_EDGES;

/** Whether a task that stands so may go along an edge. */
export const isLegal = (edge: TaskEdge, standing: Standing): boolean => {
  const { from }: Edge = TASK_EDGES[edge];
  return from.includes(standing);
};
