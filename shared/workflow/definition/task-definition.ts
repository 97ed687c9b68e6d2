import * as z from "zod";
import { EXPRESSION_LIMITS } from "../../expression/limits.ts";
import { PatternUse } from "../../patterns/pattern-use.ts";
import { WORKFLOW_LIMITS } from "../limits.ts";
import { AgentId, CapabilityName, RoleName, TaskId, WorkflowName, WorkflowVersion } from "./names.ts";

/**
 * Which of the four queues a workflow's tasks travel through.
 *
 * @example
 * ```ts
 * const queue = queues[priority ?? Priority.enum.medium];
 * ```
 */
export const Priority = z.enum(["low", "medium", "high", "critical"]);
export type Priority = z.infer<typeof Priority>;

/** What a failed attempt leads to. Attempts include the first; delays are seconds. */
export const RetryPolicy = z.strictObject({
  maxAttempts: z.int().min(1).max(WORKFLOW_LIMITS.taskAttempts),
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

/** How the dispatcher picks one of several able agents (spec 003 §2, and the default of spec 000). */
export const RoutingStrategy = z.enum([
  "resource_aware_round_robin",
  "round_robin",
  "least_loaded",
  "weighted_random",
  "content_based",
  "priority_based",
  "affinity",
  "broadcast",
  "failover",
  "consistent_hashing",
]);
export type RoutingStrategy = z.infer<typeof RoutingStrategy>;

/** What the author expects of one attempt. */
const TaskEstimate = z.strictObject({ durationSeconds: z.number().min(0), cost: z.number().min(0) });

/**
 * What a task's final failure does to the workflow: end it, let dependents go on without its output, or wait for a
 * person who retries or skips it.
 */
export const OnFailure = z.enum(["fail", "continue", "park"]);
export type OnFailure = z.infer<typeof OnFailure>;

/** Text in the expression language; see `shared/expression/expression.ts` for what it may say. */
export const ExpressionText = z.string().min(1).max(EXPRESSION_LIMITS.expressionCharacters);

/**
 * What becomes of a task when inputs of it were skipped: `any` runs it if one was not, `all` needs every one,
 * `always` runs it in any case.
 */
export const Join = z.enum(["any", "all", "always"]);
export type Join = z.infer<typeof Join>;

/** One instance of the task per element of a list. */
export const ForEach = z.strictObject({
  /** Gives the list. Inside the task `item` and `index` stand for the element and its place, from 0. */
  items: ExpressionText,
  maxConcurrency: z.int().positive().max(WORKFLOW_LIMITS.forEachConcurrency),
  /** The task completes although so many instances failed. */
  toleratedFailures: z.int().min(0),
  /** As `toleratedFailures`, in percent of the list; the larger of the two counts. */
  toleratedFailurePercentage: z.number().min(0).max(100),
});
export type ForEach = z.infer<typeof ForEach>;

/** Holds a task back until an event matches. The event's detail becomes the output of a task without an agent. */
export const WaitForEvent = z.strictObject({
  /** EventBridge event pattern over `source`, `detail-type` and `detail`. */
  pattern: z.record(z.string(), z.unknown()),
  /** Absent: waits as long as the execution may take. */
  timeoutSeconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional(),
  /** Events up to so much older than the wait count as well, though never older than the execution. */
  lookBackSeconds: z.int().min(0).max(WORKFLOW_LIMITS.eventLookBackSeconds),
});
export type WaitForEvent = z.infer<typeof WaitForEvent>;

/** Holds a task back until a person decides. */
export const Approval = z.strictObject({
  prompt: z.string().max(2000).optional(),
  /** Roles of which the deciding caller needs one. Empty: every caller that may control executions. */
  roles: z.array(z.string().min(1)),
  timeoutSeconds: z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional(),
});
export type Approval = z.infer<typeof Approval>;

/** Puts an event on the bus, under the source `a2a.workflow`. */
export const EmitEvent = z.strictObject({
  detailType: z.string().min(1).max(128),
  /** Static fields of the detail. The task's `inputFrom` is laid over them. */
  detail: z.record(z.string(), z.unknown()),
});
export type EmitEvent = z.infer<typeof EmitEvent>;

/** Runs another workflow of the same tenant as the task; its outputs are the task's output. */
export const SubWorkflow = z.strictObject({ name: WorkflowName, version: WorkflowVersion.optional() });
export type SubWorkflow = z.infer<typeof SubWorkflow>;

/** Undoes a completed task in a saga. The message carries the task's own input and output. */
export const Compensation = z.strictObject({
  /** Capability asked for. */
  action: CapabilityName,
  /** @default - the agent that did the task */
  agent: RoleName.optional(),
  input: z.record(z.string(), z.unknown()),
  timeoutSeconds: z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds),
  retryPolicy: RetryPolicy,
});
export type Compensation = z.infer<typeof Compensation>;

/** One call to several agents at once, and one output made of their answers (spec 003 §2). */
export const Scatter = z.strictObject({
  /** How many able agents are asked, or which ones by id. */
  agents: z.union([z.int().min(1).max(WORKFLOW_LIMITS.scatterAgents), z.array(AgentId).min(1).max(WORKFLOW_LIMITS.scatterAgents)]),
  aggregation: z.enum(["first", "all", "majority_vote", "average", "merge", "custom"]),
  /** Of `custom`: an expression over `responses`, a list of `{agent, output}`. */
  expression: ExpressionText.optional(),
  /** Of `majority_vote`: more votes than any other answer, or more than half of all; else `NoMajority`. */
  quorum: z.enum(["plurality", "majority"]).optional(),
  /** Of `merge`. */
  onConflict: z.enum(["first", "last", "list", "fail"]).optional(),
  minResponses: z.int().min(1).max(WORKFLOW_LIMITS.scatterAgents),
  /** Later answers are recorded and not counted. Absent: every agent is waited for. */
  deadlineSeconds: z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds).optional(),
});
export type Scatter = z.infer<typeof Scatter>;

/**
 * What to do about a message whose answer got lost, when the agent cannot say whether it took it: send it again, or wait
 * for a push until the deadline.
 */
export const OnLostAnswer = z.enum(["resend", "wait"]);
export type OnLostAnswer = z.infer<typeof OnLostAnswer>;

/** What kind of work a task is, for hooks that run around such work. */
export const Operation = z.enum(["search", "edit", "command"]);
export type Operation = z.infer<typeof Operation>;

/**
 * Of which attempts what was sent and heard is kept: all, or those that fail or whose answer got lost.
 */
export const KeepTranscript = z.enum(["always", "failures"]);
export type KeepTranscript = z.infer<typeof KeepTranscript>;

/**
 * What a task comes to whose agent says that it is done and leaves nothing that can be read: it failed, or it is completed,
 * because its work is an effect and not an answer.
 */
export const OnEmptyAnswer = z.enum(["fail", "accept"]);
export type OnEmptyAnswer = z.infer<typeof OnEmptyAnswer>;

/** A second agent gets the task as well when the first takes this long; the first answer counts. */
export const Hedge = z.strictObject({ afterSeconds: z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds) });
export type Hedge = z.infer<typeof Hedge>;

/**
 * One step. It starts once every task in `dependsOn` has settled; an empty list starts at once.
 * With `agent` it is a call to one agent; with `workflow` a run of another workflow; with `emit` an event; with `pattern` several
 * agents that work together; with none of these it only holds back the tasks that depend on it, until its `waitFor` or `approval` is met.
 */
export const Task = z.strictObject({
  id: TaskId,
  agent: RoleName.optional(),
  workflow: SubWorkflow.optional(),
  emit: EmitEvent.optional(),
  pattern: PatternUse.optional(),
  when: ExpressionText.optional(),
  join: Join,
  forEach: ForEach.optional(),
  waitFor: WaitForEvent.optional(),
  approval: Approval.optional(),
  /** The capability the message asks for. Absent: the agent decides by the role's capabilities. */
  skill: CapabilityName.optional(),
  description: z.string().optional(),
  dependsOn: z.array(TaskId),
  /** Static JSON that the message carries next to the outputs of `dependsOn`. */
  input: z.record(z.string(), z.unknown()),
  /** Expressions whose values are laid over `input`, by field. */
  inputFrom: z.record(z.string(), ExpressionText),
  /** One attempt's agent time; queued, parked and paused time does not count. */
  timeoutSeconds: z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds),
  retryPolicy: RetryPolicy,
  estimate: TaskEstimate.optional(),
  /** How many copies run side by side; the planner names them `id-1` … `id-N`, dependents wait for all. */
  replicas: z.int().positive().max(WORKFLOW_LIMITS.tasksPerWorkflow),
  onFailure: OnFailure,
  compensation: Compensation.optional(),
  /** Point of no return: once it has completed, nothing is compensated any more. */
  isPivot: z.boolean(),
  hedge: Hedge.optional(),
  /** Overrides what the agent's registration says. */
  onLostAnswer: OnLostAnswer.optional(),
  /** Overrides what the agent's registration says. */
  onEmptyAnswer: OnEmptyAnswer.optional(),
  /** Which hooks run around it, beside those of every task. */
  operation: Operation.optional(),
  /** Overrides what the deployment says. */
  transcript: KeepTranscript.optional(),
  scatter: Scatter.optional(),
  /** Overrides the role's. */
  strategy: RoutingStrategy.optional(),
  /** Key of `affinity` and `consistent_hashing`: an expression over the inputs. @default - the execution's id */
  routingKey: ExpressionText.optional(),
  /** Overrides the workflow's priority for this task. */
  priority: Priority.optional(),
});
export type Task = z.infer<typeof Task>;
