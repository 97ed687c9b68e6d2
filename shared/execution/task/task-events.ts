import * as z from "zod";
import { Usage } from "../../core/usage.ts";
import { defineEvent } from "../event-head.ts";

const taskFacts = { task_id: z.string(), attempt: z.int() };

/** An attempt was recorded and is being sent (spec 004 §4.5). Written before the agent hears of it. */
export const AgentTaskAssigned = defineEvent("agent.task_assigned", {
  ...taskFacts,
  agent_id: z.string(),
  dependencies: z.array(z.string()),
  estimated_duration_seconds: z.number(),
});

/** The agent accepted the attempt as a task of its own (spec 004 §4.6). */
export const AgentTaskStarted = defineEvent("agent.task_started", {
  ...taskFacts,
  agent_id: z.string(),
  agent_task_id: z.string(),
});

/** A task settled (spec 004 §4.5). `result` says where the output lies, never what it is. */
export const TaskCompleted = defineEvent("task.completed", {
  ...taskFacts,
  agent_id: z.string().optional(),
  /** The capability that was asked for. */
  skill: z.string().optional(),
  /** `search`, `edit` or `command`, where the definition says so. */
  operation: z.string().optional(),
  status: z.enum(["success", "failed", "skipped", "cancelled"]),
  result: z.object({ bytes: z.int(), key: z.string().optional() }).optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  duration_seconds: z.number(),
  /** As the agent reported it. */
  usage: Usage.optional(),
});

/** An attempt failed and another will follow. */
export const TaskRetryScheduled = defineEvent("task.retry_scheduled", {
  ...taskFacts,
  agent_id: z.string().optional(),
  skill: z.string().optional(),
  duration_seconds: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string() }),
  usage: Usage.optional(),
  delay_seconds: z.number(),
});

/** A task that may not start yet waits in the parking lot. */
export const TaskParked = defineEvent("task.parked", {
  ...taskFacts,
  reason: z.enum([
    "inputs",
    "no_capable_agent",
    "breaker_open",
    "no_capacity",
    "limit",
    "paused",
    "hold",
    "event",
    "approval",
    "operator",
    "budget",
    "hooks",
  ]),
  waiting_for: z.string().optional(),
  /** When the wait is given up, or the task looked at again. */
  until: z.iso.datetime().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
  /** Of the attempt after which it waits for an operator. */
  usage: Usage.optional(),
});

/** Nothing was heard of a send: until then it is unknown whether the agent has the task. */
export const TaskSendInDoubt = defineEvent("task.send_in_doubt", {
  ...taskFacts,
  agent_id: z.string(),
  reason: z.string(),
  until: z.iso.datetime(),
});

/** What a parked task waited for is there; it is queued again. */
export const TaskReleased = defineEvent("task.released", { ...taskFacts, reason: z.string() });

/** An event matched the pattern that a task waited for. */
export const TaskEventReceived = defineEvent("task.event_received", {
  ...taskFacts,
  source: z.string(),
  detail_type: z.string(),
  matched_event_id: z.string(),
});

/** The hooks that a task waited for have run, and what they changed of it. */
export const TaskHooksRan = defineEvent("task.hooks_ran", {
  ...taskFacts,
  hooks: z.array(z.object({ hook_id: z.string(), hook_name: z.string(), status: z.string() })),
  /** Absent: nothing. What was changed by its fields' names, never what it became. */
  changed: z
    .object({
      agent_id: z.string().optional(),
      input: z.array(z.string()).optional(),
      labels: z.record(z.string(), z.string()).optional(),
      output: z.literal(true).optional(),
    })
    .optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** A person decided about a task that waited for it. */
export const TaskDecided = defineEvent("task.decided", {
  ...taskFacts,
  verdict: z.enum(["approved", "rejected"]),
  decided_by: z.string(),
  reason: z.string().optional(),
});

/** A `for_each` became so many instances. */
export const TaskExpanded = defineEvent("task.expanded", { ...taskFacts, count: z.int() });

/** A task handed itself to an execution of its own. */
export const TaskChildStarted = defineEvent("task.child_started", { ...taskFacts, child_execution_id: z.string() });

/** Agents begin to work together on a task, and the calls that it may take at most. */
export const PatternStarted = defineEvent("pattern.started", {
  ...taskFacts,
  pattern: z.string(),
  max_calls: z.int(),
});

/** A pattern puts a question: its instance waits for an agent. What is asked stands in the row. */
export const TaskAsked = defineEvent("task.asked", {
  ...taskFacts,
  pattern: z.string(),
  ask_id: z.string(),
  role: z.string(),
  kind: z.string(),
  round: z.int().optional(),
});

const patternFacts = { task_id: z.string(), attempt: z.int(), pattern: z.string(), turn: z.int() };

/** A pattern heard something and decided what comes next: its log, in order. */
export const PatternTurn = defineEvent("pattern.turn", {
  ...patternFacts,
  /** What was heard of which instance; none for what concerns the pattern as a whole. */
  heard: z.array(z.object({ event: z.string(), instance: z.string().optional() })),
  /** What each step began, and what the host refused. */
  steps: z.array(z.object({ event: z.string(), id: z.string().optional(), actions: z.array(z.string()), refused: z.array(z.string()) })),
  calls_left: z.int(),
});

/** A bound is reached: nothing more is begun. */
export const PatternBoundReached = defineEvent("pattern.bound_reached", { ...patternFacts, bound: z.string() });

/** A pattern has come to its end. */
export const PatternFinished = defineEvent("pattern.finished", {
  ...patternFacts,
  status: z.enum(["completed", "failed"]),
  calls: z.int(),
  bound: z.string().optional(),
});

/** A task starts over in a newer run: what it had is gone. */
export const TaskReset = defineEvent("task.reset", { ...taskFacts, run: z.int(), reason: z.string() });

/** A second agent got the task because the first takes long. */
export const TaskHedged = defineEvent("task.hedged", { ...taskFacts, agent_id: z.string() });

/** A workflow's own event, on its way to the bus. */
export const WorkflowEventEmitted = defineEvent("workflow.event_emitted", {
  ...taskFacts,
  detail_type: z.string(),
  detail: z.record(z.string(), z.unknown()),
});

/** The agent asks for something before it goes on. Answered over the API. */
export const TaskInputRequired = defineEvent("task.input_required", {
  ...taskFacts,
  agent_id: z.string(),
  /** Absent: for an answer. `unknown`: the agent is in a state that we do not know; the question names it. */
  asks_for: z.enum(["auth", "unknown"]).optional(),
});

/** A person or program answered an agent's question. */
export const TaskInputProvided = defineEvent("task.input_provided", { ...taskFacts, provided_by: z.string() });

/** A late or second result, recorded and not applied (invariant 8). */
export const TaskResultIgnored = defineEvent("task.result_ignored", {
  ...taskFacts,
  agent_id: z.string().optional(),
  reason: z.string(),
});

/** Every event of a task, by name. */
export const TASK_EVENTS = {
  [AgentTaskAssigned.type]: AgentTaskAssigned,
  [AgentTaskStarted.type]: AgentTaskStarted,
  [TaskCompleted.type]: TaskCompleted,
  [TaskRetryScheduled.type]: TaskRetryScheduled,
  [TaskParked.type]: TaskParked,
  [TaskSendInDoubt.type]: TaskSendInDoubt,
  [TaskInputRequired.type]: TaskInputRequired,
  [TaskInputProvided.type]: TaskInputProvided,
  [TaskResultIgnored.type]: TaskResultIgnored,
  [TaskReleased.type]: TaskReleased,
  [TaskEventReceived.type]: TaskEventReceived,
  [TaskHooksRan.type]: TaskHooksRan,
  [TaskDecided.type]: TaskDecided,
  [TaskExpanded.type]: TaskExpanded,
  [TaskChildStarted.type]: TaskChildStarted,
  [PatternStarted.type]: PatternStarted,
  [TaskAsked.type]: TaskAsked,
  [PatternTurn.type]: PatternTurn,
  [PatternBoundReached.type]: PatternBoundReached,
  [PatternFinished.type]: PatternFinished,
  [TaskReset.type]: TaskReset,
  [TaskHedged.type]: TaskHedged,
  [WorkflowEventEmitted.type]: WorkflowEventEmitted,
} as const;
