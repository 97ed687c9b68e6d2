import * as z from "zod";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { AgentId, CapabilityName, RoleName, WorkflowName, WorkflowVersion } from "./names.ts";
import { AgentResources, ExpressionText, Priority, RoutingStrategy, Task } from "./task-definition.ts";

/** How agents cooperate: the patterns of the specification, and those that every deployment has beside them. */
export const CoordinationPattern = z.enum([
  "supervisor",
  "hierarchical",
  "handoff",
  "swarm",
  "network",
  "custom",
  "evaluator_optimizer",
  "voting",
  "debate",
  "contract_net",
  "blackboard",
  "group_chat",
  "pipeline",
  "map_reduce",
]);
export type CoordinationPattern = z.infer<typeof CoordinationPattern>;

/** A role that tasks name; the dispatcher fills it with registered agents. */
export const AgentRole = z.strictObject({
  type: z.string(),
  count: z.int().positive().max(WORKFLOW_LIMITS.tasksPerWorkflow),
  /** An agent must offer all of them. */
  capabilities: z.array(CapabilityName),
  resources: AgentResources,
  minTrustScore: z.number().min(0).max(5).optional(),
  /** Pins the role to one registered agent. */
  agentId: AgentId.optional(),
  /** How one of the able agents is picked. Absent: `resource_aware_round_robin`. */
  strategy: RoutingStrategy.optional(),
  /** Preferred, not required: a task goes elsewhere when nobody there can take it. */
  location: z.string().optional(),
  /** An agent must carry all of them. */
  tags: z.array(z.string()).optional(),
  minHealthScore: z.number().min(0).max(1).optional(),
  /** Constraint on the agent's software version: `>=1.2.0`, `>1.0.0`, `=2.1.3`. */
  agentVersion: z.string().optional(),
});
export type AgentRole = z.infer<typeof AgentRole>;

/** Who judges what the tasks of a workflow come to. */
export const Supervision = z.strictObject({
  /** Roles, the nearest first. What they do themselves is not judged. */
  supervisors: z.array(RoleName).min(1),
  /** Of the pattern that each judged task becomes. */
  config: z.record(z.string(), z.unknown()),
});
export type Supervision = z.infer<typeof Supervision>;

/** Which mechanisms steer the run. */
export const Coordination = z.strictObject({
  type: z.enum(["hybrid", "event_driven", "graph_based"]),
  eventDriven: z.array(z.string()),
  graphBased: z.array(z.string()),
});
export type Coordination = z.infer<typeof Coordination>;

/** Order in which completed tasks are undone (spec 003 §3). */
export const CompensationStrategy = z.enum(["backward", "forward", "parallel", "selective", "cascade"]);
export type CompensationStrategy = z.infer<typeof CompensationStrategy>;

/** What happens beyond retries. */
export const FaultTolerance = z.strictObject({
  circuitBreaker: z.strictObject({ failureThreshold: z.int().positive(), timeoutSeconds: z.int().positive() }),
  sagaPattern: z.strictObject({
    compensationEnabled: z.boolean(),
    rollbackOnFailure: z.boolean(),
    strategy: CompensationStrategy,
  }),
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

/** Ceilings on what a run, its sub-workflows included, may use up. */
export const Budget = z.strictObject({
  maxCost: z.number().positive().optional(),
  maxAgentCalls: z.int().positive().optional(),
  maxDurationSeconds: z.int().positive().optional(),
  /** Counted when agents report them. */
  maxTokens: z.int().positive().optional(),
  /** Fraction of a ceiling at which a warning event is published. */
  warnAt: z.number().min(0).max(1),
  /** `stop` ends the run; `park` holds everything that has not started until the budget is raised. */
  onExceeded: z.enum(["stop", "park"]),
});
export type Budget = z.infer<typeof Budget>;

/** Fields of the execution's input, as expressions over `event`. Empty: the event's detail is the input. */
const InputFrom = z.record(z.string(), ExpressionText);

/** Starts the workflow when an event on the bus matches. */
export const EventTrigger = z.strictObject({ pattern: z.record(z.string(), z.unknown()), inputFrom: InputFrom });
export type EventTrigger = z.infer<typeof EventTrigger>;

/** Starts the workflow when it is time; to its expressions a tick is an event. */
export const ScheduleTrigger = z.strictObject({
  /** `cron(…)`, `rate(…)` or `at(…)`, as EventBridge Scheduler writes them. */
  schedule: z.string(),
  timezone: z.string(),
  /** What a tick does while the execution of the tick before is open. */
  overlap: z.enum(["skip", "queue", "replace", "allow"]),
  /** Which ticks are made up for that came while nothing could start. */
  catchUp: z.enum(["none", "last", "all"]),
  /** Each tick comes up to so much later, always the same for the same tick. */
  jitterSeconds: z.int().min(0).max(WORKFLOW_LIMITS.jitterSeconds),
  /** Runs this version, whichever is the newest. */
  version: WorkflowVersion.optional(),
  inputFrom: InputFrom,
});
export type ScheduleTrigger = z.infer<typeof ScheduleTrigger>;

/** What starts a workflow by itself. */
export const Trigger = z.union([EventTrigger, ScheduleTrigger]);
export type Trigger = z.infer<typeof Trigger>;

/** What carries the runs of a workflow: a machine of its own, or its graph, without one (`shared/decisions/two-runners.md`). */
export const Runner = z.enum(["machine", "graph"]);
export type Runner = z.infer<typeof Runner>;

/** What a caller over A2A gets whose call waits until the run has succeeded: the task, or its artifacts as one message. */
export const Answer = z.enum(["task", "message"]);
export type Answer = z.infer<typeof Answer>;

/**
 * A workflow as the rest of the system knows it, whichever dialect it was written in.
 * Rules that span tasks (unique ids, known references, no cycle) are checked by `validateDefinition`.
 */
export const WorkflowDefinition = z.strictObject({
  name: WorkflowName,
  version: WorkflowVersion,
  description: z.string().optional(),
  pattern: CoordinationPattern,
  /** Absent: nobody judges what tasks come to. */
  supervision: Supervision.optional(),
  agents: z.record(RoleName, AgentRole),
  tasks: z.array(Task).min(1).max(WORKFLOW_LIMITS.tasksPerWorkflow),
  coordination: Coordination,
  faultTolerance: FaultTolerance.optional(),
  priority: Priority,
  executionTimeoutSeconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds),
  sla: Sla.optional(),
  resourceConstraints: ResourceConstraints.optional(),
  budget: Budget.optional(),
  triggers: z.array(Trigger).max(WORKFLOW_LIMITS.triggersPerWorkflow),
  /** The workflow's output, by field. Empty: outputs of the tasks that nobody depends on, by task id. */
  outputs: z.record(z.string(), ExpressionText),
  /** What carries its runs once it is deployed. Absent: what the deployment prefers. */
  runner: Runner.optional(),
  /** What waiting callers over A2A get of a run that succeeded. Absent: the task. */
  answer: Answer.optional(),
});
export type WorkflowDefinition = z.infer<typeof WorkflowDefinition>;
