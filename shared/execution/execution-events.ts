import * as z from "zod";
import { defineEvent, type EventHead } from "../events/envelope.ts";

const taskFacts = { task_id: z.string(), attempt: z.int() };

/** A run of an execution began (spec 004 §4.5). */
export const WorkflowExecutionStarted = defineEvent("workflow.execution_started", {
  orchestration_pattern: z.string(),
  estimated_duration_seconds: z.number(),
  allocated_agents: z.array(z.object({ agent_id: z.string(), role: z.string() })),
});

/** An execution left one status for another (spec 004 §4.4). */
export const WorkflowStatusChanged = defineEvent("workflow.status_changed", {
  previous_status: z.string(),
  new_status: z.string(),
  reason: z.string().optional(),
});

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
  usage: z.object({ cost: z.number().optional(), tokens: z.number().optional() }).optional(),
});

/** An attempt failed and another will follow. */
export const TaskRetryScheduled = defineEvent("task.retry_scheduled", {
  ...taskFacts,
  agent_id: z.string().optional(),
  skill: z.string().optional(),
  duration_seconds: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string() }),
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
    .object({ agent_id: z.string().optional(), input: z.array(z.string()).optional(), labels: z.record(z.string(), z.string()).optional(), output: z.literal(true).optional() })
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

/** Somebody steered the execution: who, how and why. */
export const WorkflowControlled = defineEvent("workflow.controlled", {
  action: z.string(),
  requested_by: z.string(),
  reason: z.string().optional(),
  run: z.int(),
  /**
   * Where what was done is to be undone: until when it is waited, at the latest, because functions that have not heard
   * of it may still start tasks of the former run. What such a task does has to be undone as well.
   */
  until: z.iso.datetime().optional(),
});

/** A state to which the execution can be taken back. */
export const WorkflowCheckpointed = defineEvent("workflow.checkpointed", {
  checkpoint_id: z.string(),
  reason: z.string(),
  settled_tasks: z.int(),
});

/** Completed tasks are about to be undone. */
export const CompensationStarted = defineEvent("compensation.started", { strategy: z.string(), tasks: z.int(), run: z.int() });

/** Nothing is left to undo. */
export const CompensationCompleted = defineEvent("compensation.completed", { status: z.enum(["completed", "failed"]), run: z.int() });

/** So much of a ceiling is used up. */
export const BudgetWarning = defineEvent("budget.warning", { resource: z.string(), used: z.number(), limit: z.number() });

/** A ceiling is reached: what has not started stays so. */
export const BudgetExceeded = defineEvent("budget.exceeded", { resource: z.string(), used: z.number(), limit: z.number() });

/** An execution became more likely to miss its service level than to meet it, or the other way round. */
export const SlaAtRisk = defineEvent("sla.at_risk", {
  is_at_risk: z.boolean(),
  success_probability: z.number(),
  expected_completion: z.iso.datetime(),
  target_completion: z.iso.datetime(),
});

/** An execution missed a part of its service level; each part is told once. */
export const SlaViolated = defineEvent("sla.violated", { kind: z.enum(["deadline", "success_rate"]), reason: z.string() });

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

const hookFacts = { hook_id: z.string(), hook_name: z.string(), trigger: z.string(), run_id: z.string() };

/** A hook runs because of an event (spec 004 §4.5). */
export const HookTriggered = defineEvent("hook.triggered", {
  ...hookFacts,
  event_matched: z.string(),
  matched_event_id: z.string(),
});

/** A hook has run, and how it went (spec 004 §4.4). What it gave stands in its run. */
export const HookExecuted = defineEvent("hook.executed", {
  ...hookFacts,
  status: z.enum(["completed", "failed"]),
  attempt: z.int(),
  duration_ms: z.int(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** Every event of an execution, by name. */
export const EXECUTION_EVENTS = {
  [WorkflowExecutionStarted.type]: WorkflowExecutionStarted,
  [WorkflowStatusChanged.type]: WorkflowStatusChanged,
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
  [TaskReset.type]: TaskReset,
  [TaskHedged.type]: TaskHedged,
  [WorkflowEventEmitted.type]: WorkflowEventEmitted,
  [WorkflowControlled.type]: WorkflowControlled,
  [WorkflowCheckpointed.type]: WorkflowCheckpointed,
  [CompensationStarted.type]: CompensationStarted,
  [CompensationCompleted.type]: CompensationCompleted,
  [BudgetWarning.type]: BudgetWarning,
  [BudgetExceeded.type]: BudgetExceeded,
  [SlaAtRisk.type]: SlaAtRisk,
  [SlaViolated.type]: SlaViolated,
  [HookTriggered.type]: HookTriggered,
  [HookExecuted.type]: HookExecuted,
} as const;

/** Name of an event of an execution. */
export type ExecutionEventType = keyof typeof EXECUTION_EVENTS;

/** The facts of one event, without the head that the store adds. */
export type ExecutionEventFacts<Type extends ExecutionEventType> = Omit<
  z.input<(typeof EXECUTION_EVENTS)[Type]["detail"]>,
  keyof EventHead
>;
