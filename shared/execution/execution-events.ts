import * as z from "zod";
import { defineEvent, type EventHead } from "./event-head.ts";
import { TASK_EVENTS } from "./task/task-events.ts";

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

/** The execution was steered: by whom, how and why. */
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
export const CompensationStarted = defineEvent("compensation.started", {
  strategy: z.string(),
  /** How many tasks undo. */
  tasks: z.int(),
  run: z.int(),
  /** What failed; absent where nothing did: the execution was cancelled. */
  failed_task_id: z.string().optional(),
  /** The first of the tasks that undo, `EXECUTION_LIMITS.namedCompensations` at most. */
  compensation_tasks: z.array(z.string()).optional(),
});

/** Nothing is left to undo. */
export const CompensationCompleted = defineEvent("compensation.completed", {
  status: z.enum(["completed", "failed"]),
  run: z.int(),
});

/** So much of a ceiling is used up. */
export const BudgetWarning = defineEvent("budget.warning", {
  resource: z.string(),
  used: z.number(),
  limit: z.number(),
});

/** A ceiling is reached: what has not started stays so. */
export const BudgetExceeded = defineEvent("budget.exceeded", {
  resource: z.string(),
  used: z.number(),
  limit: z.number(),
});

/** An execution became more likely to miss its service level than to meet it, or the other way round. */
export const SlaAtRisk = defineEvent("sla.at_risk", {
  is_at_risk: z.boolean(),
  success_probability: z.number(),
  expected_completion: z.iso.datetime(),
  target_completion: z.iso.datetime(),
});

/** An execution missed a part of its service level; each part is told once. */
export const SlaViolated = defineEvent("sla.violated", {
  kind: z.enum(["deadline", "success_rate"]),
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
  ...TASK_EVENTS,
} as const;

/** Name of an event of an execution. */
export type ExecutionEventType = keyof typeof EXECUTION_EVENTS;

/** The facts of one event, without the head that the store adds. */
export type ExecutionEventFacts<Type extends ExecutionEventType> = Omit<
  z.input<(typeof EXECUTION_EVENTS)[Type]["detail"]>,
  keyof EventHead
>;
