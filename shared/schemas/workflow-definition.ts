import * as z from "zod";
import { LIMITS } from "../limits.ts";
import { AgentId, CapabilityName, RoleName, TaskId, WorkflowName, WorkflowVersion } from "./names.ts";

/** How agents cooperate. Patterns beyond these are registered as `custom`. */
export const CoordinationPattern = z.enum(["supervisor", "hierarchical", "handoff", "swarm", "network", "custom"]);
export type CoordinationPattern = z.infer<typeof CoordinationPattern>;

/** Which of the four queues a workflow's tasks travel through. */
export const Priority = z.enum(["low", "medium", "high", "critical"]);
export type Priority = z.infer<typeof Priority>;

/** What a failed attempt leads to. Attempts include the first; delays are seconds. */
export const RetryPolicy = z.strictObject({
  maxAttempts: z.int().min(1).max(LIMITS.taskAttempts),
  backoff: z.enum(["exponential", "linear", "none"]),
  initialDelaySeconds: z.number().min(0),
  maxDelaySeconds: z.number().min(0),
  /** Draws each delay from 0 up to the computed one, so that failed tasks do not come back in step. */
  jitter: z.boolean(),
  /** Error codes that end the task at once. */
  nonRetryable: z.array(z.string()),
  /** Whether the agent's circuit breaker hears of the outcome. */
  circuitBreaker: z.boolean(),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** What one agent of a role must have free. Absent means not stated. */
export const AgentResources = z.strictObject({
  cpuCores: z.number().positive().optional(),
  memoryBytes: z.number().positive().optional(),
  diskBytes: z.number().positive().optional(),
});
export type AgentResources = z.infer<typeof AgentResources>;

/** A role that tasks name; the dispatcher fills it with registered agents. */
export const AgentRole = z.strictObject({
  type: z.string(),
  count: z.int().positive().max(LIMITS.tasksPerWorkflow),
  /** An agent must offer all of them. */
  capabilities: z.array(CapabilityName),
  resources: AgentResources,
  minTrustScore: z.number().min(0).max(5).optional(),
  /** Pins the role to one registered agent. */
  agentId: AgentId.optional(),
});
export type AgentRole = z.infer<typeof AgentRole>;

/** What the author expects of one attempt. */
const TaskEstimate = z.strictObject({ durationSeconds: z.number().min(0), cost: z.number().min(0) });

/** What a task's final failure does to the workflow: end it, or let dependents go on without its output. */
export const OnFailure = z.enum(["fail", "continue"]);
export type OnFailure = z.infer<typeof OnFailure>;

/** One call to one agent. It starts once every task in `dependsOn` has settled; an empty list starts at once. */
export const Task = z.strictObject({
  id: TaskId,
  agent: RoleName,
  /** The capability the message asks for. Absent: the agent decides by the role's capabilities. */
  skill: CapabilityName.optional(),
  description: z.string().optional(),
  dependsOn: z.array(TaskId),
  /** Static JSON that the message carries next to the outputs of `dependsOn`. */
  input: z.record(z.string(), z.unknown()),
  /** One attempt's agent time; queued, parked and paused time does not count. */
  timeoutSeconds: z.int().positive().max(LIMITS.taskTimeoutSeconds),
  retryPolicy: RetryPolicy,
  estimate: TaskEstimate.optional(),
  /** How many copies run side by side; the planner names them `id-1` … `id-N`, dependents wait for all. */
  replicas: z.int().positive().max(LIMITS.tasksPerWorkflow),
  onFailure: OnFailure,
  /** Undoes this task in a saga. */
  compensationAction: z.string().optional(),
  /** Overrides the workflow's priority for this task. */
  priority: Priority.optional(),
});
export type Task = z.infer<typeof Task>;

/** Which mechanisms steer the run. */
export const Coordination = z.strictObject({
  type: z.enum(["hybrid", "event_driven", "graph_based"]),
  eventDriven: z.array(z.string()),
  graphBased: z.array(z.string()),
});
export type Coordination = z.infer<typeof Coordination>;

/** What happens beyond retries. */
export const FaultTolerance = z.strictObject({
  circuitBreaker: z.strictObject({ failureThreshold: z.int().positive(), timeoutSeconds: z.int().positive() }),
  sagaPattern: z.strictObject({ compensationEnabled: z.boolean(), rollbackOnFailure: z.boolean() }),
});
export type FaultTolerance = z.infer<typeof FaultTolerance>;

/** The service level the run is measured against. */
export const Sla = z.strictObject({
  maxDurationMinutes: z.number().positive().optional(),
  successRateThreshold: z.number().min(0).max(1).optional(),
});
export type Sla = z.infer<typeof Sla>;

/** Ceilings over all agents of a run. */
export const ResourceConstraints = z.strictObject({
  maxAgents: z.int().positive().optional(),
  maxCpuCores: z.number().positive().optional(),
  maxMemoryBytes: z.number().positive().optional(),
});
export type ResourceConstraints = z.infer<typeof ResourceConstraints>;

/**
 * A workflow as the rest of the system knows it, whichever dialect it was written in.
 * Rules that span tasks (unique ids, known references, no cycle) are checked by `validateDefinition`.
 */
export const WorkflowDefinition = z.strictObject({
  name: WorkflowName,
  version: WorkflowVersion,
  description: z.string().optional(),
  pattern: CoordinationPattern,
  agents: z.record(RoleName, AgentRole),
  tasks: z.array(Task).min(1).max(LIMITS.tasksPerWorkflow),
  coordination: Coordination,
  faultTolerance: FaultTolerance.optional(),
  priority: Priority,
  executionTimeoutSeconds: z.int().positive().max(LIMITS.executionTimeoutSeconds),
  sla: Sla.optional(),
  resourceConstraints: ResourceConstraints.optional(),
});
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>;
