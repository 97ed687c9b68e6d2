import * as z from "zod";
import {
  Approval,
  Compensation,
  EmitEvent,
  ForEach,
  Hedge,
  Join,
  KeepTranscript,
  OnFailure,
  OnEmptyAnswer,
  Operation,
  OnLostAnswer,
  Priority,
  RetryPolicy,
  RoutingStrategy,
  Scatter,
  SubWorkflow,
  WaitForEvent,
} from "../definition/task-definition.ts";
import {
  AgentRole,
  Answer,
  Budget,
  Coordination,
  CoordinationPattern,
  FaultTolerance,
  ResourceConstraints,
  Runner,
  Sla,
  Trigger,
} from "../definition/workflow-definition.ts";
import { PlanHash } from "../../core/ids.ts";
import { PlannedPattern } from "../../patterns/pattern-use.ts";

/**
 * What every task has, whatever it does.
 *
 * Four lists of task ids, each answering one question:
 * `dependsOn`: whose outputs are inputs; `needs`: the same without what others imply; `after`: the part of `needs`
 * that the machine does not enforce, so the dispatcher must; `releases`: the tasks that name this one in `after`.
 */
const CommonTask = z.object({
  id: z.string(),
  description: z.string().optional(),
  dependsOn: z.array(z.string()),
  needs: z.array(z.string()),
  after: z.array(z.string()),
  releases: z.array(z.string()),
  /** Length of the longest chain of tasks before this one. */
  level: z.int(),
  timeoutSeconds: z.int(),
  /** Index into `Plan.retryPolicies`. */
  retryPolicy: z.int(),
  estimateSeconds: z.number(),
  estimateCost: z.number(),
  onFailure: OnFailure,
  priority: Priority.optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  inputFrom: z.record(z.string(), z.string()).optional(),
  when: z.string().optional(),
  /** @default "any" */
  join: Join.optional(),
  waitFor: WaitForEvent.optional(),
  approval: Approval.optional(),
  forEach: ForEach.optional(),
  compensation: Compensation.optional(),
  isPivot: z.literal(true).optional(),
});

/** What a call to one agent is, beside what it needs. */
const CALL = {
  /** Key of `Plan.agents`. */
  agent: z.string(),
  skill: z.string().optional(),
  hedge: Hedge.optional(),
  onLostAnswer: OnLostAnswer.optional(),
  onEmptyAnswer: OnEmptyAnswer.optional(),
  operation: Operation.optional(),
  transcript: KeepTranscript.optional(),
  scatter: Scatter.optional(),
  strategy: RoutingStrategy.optional(),
  routingKey: z.string().optional(),
  /** Present on one of several copies of a task; `index` counts from 1. */
  replica: z.object({ of: z.string(), index: z.int(), count: z.int() }).optional(),
};

/** One call to one agent, ready to dispatch. */
const AgentTask = CommonTask.extend({ kind: z.literal("agent"), ...CALL });
/** A task whose agent is chosen when it is dispatched, by the role that `agent` names. */
export type AgentTask = z.infer<typeof AgentTask>;

/** A run of another workflow. */
const WorkflowTask = CommonTask.extend({ kind: z.literal("workflow"), workflow: SubWorkflow });
/** A task that runs as an execution of its own, its child. */
export type WorkflowTask = z.infer<typeof WorkflowTask>;

/** Puts an event on the bus. */
const EmitTask = CommonTask.extend({ kind: z.literal("emit"), emit: EmitEvent });
/** A task that ends with the event it puts on the bus. */
export type EmitTask = z.infer<typeof EmitTask>;

/** Does nothing itself: holds back who depends on it until its event or approval came. */
const GateTask = CommonTask.extend({ kind: z.literal("gate") });
/** A task that only waits. Its output is what it waited for. */
export type GateTask = z.infer<typeof GateTask>;

/** Agents that work together by a pattern: a group, whose instances are the questions that the pattern puts. */
const PatternTask = CommonTask.extend({
  kind: z.literal("pattern"),
  pattern: PlannedPattern,
  /** The call that the pattern has done and judged. Absent: the pattern's questions are all there is. */
  call: z.object(CALL).optional(),
});
/** A task that several agents do together. */
export type PatternTask = z.infer<typeof PatternTask>;

/**
 * One node of the plan. Switch over `kind`.
 *
 * @example
 * ```ts
 * switch (task.kind) {
 *   case "agent":
 *     return task.skill;
 *   default:
 *     return undefined;
 * }
 * ```
 */
export const PlanTask = z.discriminatedUnion("kind", [AgentTask, WorkflowTask, EmitTask, GateTask, PatternTask]);
export type PlanTask = z.infer<typeof PlanTask>;

/** What a run is expected to take, before anything is known about the agents that will serve it. */
const PlanEstimates = z.object({
  /** Length of the critical path. */
  durationSeconds: z.number(),
  cost: z.number(),
  agentsRequired: z.int(),
  cpuCores: z.number(),
  memoryGb: z.number(),
});

/**
 * How a definition will run. Content-addressed: equal definitions give equal bytes, hence equal `planHash`.
 * Tasks keep the submitted order, replicas in place of their original.
 *
 * @example
 * ```ts
 * const plan = planWorkflow(definition);
 * const [first] = plan.tasks.filter(({ needs }) => needs.length === 0);
 * ```
 */
export const Plan = z.object({
  format: z.literal(1),
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  pattern: CoordinationPattern,
  priority: Priority,
  executionTimeoutSeconds: z.int(),
  coordination: Coordination,
  faultTolerance: FaultTolerance.optional(),
  sla: Sla.optional(),
  resourceConstraints: ResourceConstraints.optional(),
  budget: Budget.optional(),
  runner: Runner.optional(),
  /** What waiting callers over A2A get of a run that succeeded. Absent: the task. */
  answer: Answer.optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  triggers: z.array(Trigger).optional(),
  agents: z.record(z.string(), AgentRole),
  retryPolicies: z.array(RetryPolicy),
  tasks: z.array(PlanTask),
  /** Series-parallel skeleton over task indices: `;` in sequence, `(a|b)` side by side. See `shared/workflow/plan/flow.ts`. */
  flow: z.string(),
  levelCount: z.int(),
  criticalPath: z.object({ tasks: z.array(z.string()), seconds: z.number() }),
  /** Most tasks at work at the same moment when every task takes its estimate. */
  parallelDegree: z.int(),
  estimates: PlanEstimates,
  /** Over everything above, as written by `JSON.stringify`. */
  planHash: PlanHash,
});
export type Plan = z.infer<typeof Plan>;
