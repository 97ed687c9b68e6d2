import * as z from "zod";
import {
  AgentRole,
  Coordination,
  CoordinationPattern,
  FaultTolerance,
  OnFailure,
  Priority,
  ResourceConstraints,
  RetryPolicy,
  Sla,
} from "./workflow-definition.ts";

/** Names a plan by its content: sha256, lower-case hex. */
export const PlanHash = z.string().regex(/^[0-9a-f]{64}$/);
export type PlanHash = z.infer<typeof PlanHash>;

/**
 * One call to an agent, ready to dispatch. Later kinds of task join as further members of `PlanTask`.
 *
 * Four lists of task ids, each answering one question:
 * `dependsOn`: whose outputs are inputs; `needs`: the same without what others imply; `after`: the part of `needs`
 * that the machine does not enforce, so the dispatcher must; `releases`: the tasks that name this one in `after`.
 */
const AgentTask = z.object({
  kind: z.literal("agent"),
  id: z.string(),
  /** Key of `Plan.agents`. */
  agent: z.string(),
  skill: z.string().optional(),
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
  compensationAction: z.string().optional(),
  priority: Priority.optional(),
  input: z.record(z.string(), z.unknown()).optional(),
  /** Present on one of several copies of a task; `index` counts from 1. */
  replica: z.object({ of: z.string(), index: z.int(), count: z.int() }).optional(),
});
export type AgentTask = z.infer<typeof AgentTask>;

/** One node of the plan. Switch over `kind`. */
export const PlanTask = z.discriminatedUnion("kind", [AgentTask]);
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
  agents: z.record(z.string(), AgentRole),
  retryPolicies: z.array(RetryPolicy),
  tasks: z.array(PlanTask),
  /** Series-parallel skeleton over task indices: `;` in sequence, `(a|b)` side by side. See `shared/domain/flow.ts`. */
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
