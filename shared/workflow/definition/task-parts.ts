import * as z from "zod";
import { anyCase } from "./any-case.ts";
import { DEFAULTS, WORKFLOW_LIMITS } from "../limits.ts";
import type { IssuePath } from "./issue.ts";
import { CapabilityName, RoleName, WorkflowName } from "./names.ts";
import { PatternWire, readPattern } from "./pattern-part.ts";
import { readScatter, ScatterWire } from "./scatter-part.ts";
import { EventPatternWire, ExpressionsWire, ExpressionWire } from "./expression-wire.ts";
import { DEFAULT_RETRY, readRetryPolicy, RetryPolicyWire, VersionWire } from "./wire-parts.ts";
import {
  Approval,
  EmitEvent,
  Join,
  KeepTranscript,
  OnEmptyAnswer,
  OnFailure,
  OnLostAnswer,
  Operation,
  Priority,
  RoutingStrategy,
  type Task,
} from "./task-definition.ts";

const Seconds = z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds);
const LongSeconds = z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds);
const Json = z.record(z.string(), z.unknown());

const ForEachWire = z.union([
  ExpressionWire,
  z.strictObject({
    items: ExpressionWire,
    max_concurrency: z.int().positive().max(WORKFLOW_LIMITS.forEachConcurrency).optional(),
    tolerated_failures: z.int().min(0).optional(),
    tolerated_failure_percentage: z.number().min(0).max(100).optional(),
  }),
]);

const WaitWire = z.strictObject({
  pattern: EventPatternWire,
  timeout: LongSeconds.optional(),
  timeout_seconds: LongSeconds.optional(),
  look_back: z.int().min(0).max(WORKFLOW_LIMITS.eventLookBackSeconds).optional(),
});

const ApprovalWire = z.union([
  z.boolean(),
  z.strictObject({
    prompt: Approval.shape.prompt,
    roles: Approval.shape.roles.optional(),
    timeout: LongSeconds.optional(),
    timeout_seconds: LongSeconds.optional(),
  }),
]);

const CompensationWire = z.strictObject({
  action: CapabilityName,
  agent: RoleName.optional(),
  input: Json.optional(),
  timeout: Seconds.optional(),
  timeout_seconds: Seconds.optional(),
  retry_policy: RetryPolicyWire.optional(),
});

/** Fields that tasks of both dialects have in common, beyond what each calls its own. */
export const TASK_PARTS = {
  workflow: z.union([WorkflowName, z.strictObject({ name: WorkflowName, version: VersionWire.optional() })]).optional(),
  emit_event: z.strictObject({ detail_type: EmitEvent.shape.detailType, detail: Json.optional() }).optional(),
  pattern: PatternWire.optional(),
  when: ExpressionWire.optional(),
  join: Join.optional(),
  for_each: ForEachWire.optional(),
  wait_for_event: WaitWire.optional(),
  approval: ApprovalWire.optional(),
  input: Json.optional(),
  input_from: ExpressionsWire.optional(),
  on_failure: OnFailure.optional(),
  compensation_action: CapabilityName.optional(),
  compensation: CompensationWire.optional(),
  is_pivot: z.boolean().optional(),
  hedge: z.strictObject({ after: Seconds }).optional(),
  on_lost_answer: OnLostAnswer.optional(),
  on_empty_answer: OnEmptyAnswer.optional(),
  operation: Operation.optional(),
  transcript: KeepTranscript.optional(),
  scatter: ScatterWire.optional(),
  strategy: anyCase(RoutingStrategy).optional(),
  routing_key: ExpressionWire.optional(),
  priority: Priority.optional(),
};
const TaskParts = z.strictObject(TASK_PARTS);
type TaskParts = z.infer<typeof TaskParts>;

/** Reads the common fields of a task that one attempt may work for `timeoutSeconds`. */
export function readTaskParts(wire: TaskParts, timeoutSeconds: number, roleStrategy?: RoutingStrategy) {
  return {
    workflow: wire.workflow === undefined ? undefined : readWorkflow(wire.workflow),
    emit: wire.emit_event && { detailType: wire.emit_event.detail_type, detail: wire.emit_event.detail ?? {} },
    pattern: wire.pattern && readPattern(wire.pattern),
    when: wire.when,
    join: wire.join ?? "any",
    forEach: wire.for_each === undefined ? undefined : readForEach(wire.for_each),
    waitFor: wire.wait_for_event && readWait(wire.wait_for_event),
    approval: wire.approval === undefined ? undefined : readApproval(wire.approval),
    input: wire.input ?? {},
    inputFrom: wire.input_from ?? {},
    onFailure: wire.on_failure ?? "fail",
    compensation: readCompensation(wire, timeoutSeconds),
    isPivot: wire.is_pivot ?? false,
    hedge: wire.hedge && { afterSeconds: wire.hedge.after },
    onLostAnswer: wire.on_lost_answer,
    onEmptyAnswer: wire.on_empty_answer,
    operation: wire.operation,
    transcript: wire.transcript,
    scatter: readScatter(wire.scatter, wire.strategy ?? roleStrategy),
    strategy: wire.strategy,
    routingKey: wire.routing_key,
    priority: wire.priority,
  } satisfies Partial<Task>;
}

function readWorkflow(wire: NonNullable<TaskParts["workflow"]>): Task["workflow"] {
  if (typeof wire === "string") return { name: wire };
  return { name: wire.name, version: wire.version === undefined ? undefined : String(wire.version) };
}

function readForEach(wire: NonNullable<TaskParts["for_each"]>): Task["forEach"] {
  const long: Exclude<typeof wire, string> = typeof wire === "string" ? { items: wire } : wire;
  return {
    items: long.items,
    maxConcurrency: long.max_concurrency ?? DEFAULTS.forEachConcurrency,
    toleratedFailures: long.tolerated_failures ?? 0,
    toleratedFailurePercentage: long.tolerated_failure_percentage ?? 0,
  };
}

function readWait(wire: z.infer<typeof WaitWire>): Task["waitFor"] {
  return {
    pattern: wire.pattern,
    timeoutSeconds: wire.timeout_seconds ?? wire.timeout,
    lookBackSeconds: wire.look_back ?? DEFAULTS.eventLookBackSeconds,
  };
}

function readApproval(wire: NonNullable<TaskParts["approval"]>): Task["approval"] {
  if (typeof wire === "boolean") return wire ? { roles: [] } : undefined;
  return { prompt: wire.prompt, roles: wire.roles ?? [], timeoutSeconds: wire.timeout_seconds ?? wire.timeout };
}

/** The short form names only the action. An undo that fails leaves debris, so it gets more attempts than a task. */
function readCompensation(wire: TaskParts, timeoutSeconds: number): Task["compensation"] {
  const long: z.infer<typeof CompensationWire> | undefined =
    wire.compensation ?? (wire.compensation_action === undefined ? undefined : { action: wire.compensation_action });
  return (
    long && {
      action: long.action,
      agent: long.agent,
      input: long.input ?? {},
      timeoutSeconds: long.timeout_seconds ?? long.timeout ?? timeoutSeconds,
      retryPolicy:
        long.retry_policy === undefined
          ? { ...DEFAULT_RETRY, maxAttempts: DEFAULTS.compensationAttempts }
          : readRetryPolicy(long.retry_policy),
    }
  );
}

/** Parts of a task that a finding can point at. */
export type TaskPart =
  | "workflow"
  | "emit"
  | "pattern"
  | "when"
  | "forEach"
  | "waitFor"
  | "inputFrom"
  | "compensation"
  | "isPivot"
  | "hedge"
  | "onLostAnswer"
  | "onEmptyAnswer"
  | "operation"
  | "transcript"
  | "scatter"
  | "strategy"
  | "routingKey";

const KEYS: Readonly<Record<TaskPart, string>> = {
  workflow: "workflow",
  emit: "emit_event",
  pattern: "pattern",
  when: "when",
  forEach: "for_each",
  waitFor: "wait_for_event",
  inputFrom: "input_from",
  compensation: "compensation",
  isPivot: "is_pivot",
  hedge: "hedge",
  onLostAnswer: "on_lost_answer",
  onEmptyAnswer: "on_empty_answer",
  operation: "operation",
  transcript: "transcript",
  scatter: "scatter",
  strategy: "strategy",
  routingKey: "routing_key",
};

/** Where a part stands below its task, in the form that the author chose. */
export function taskPartPath(wire: Partial<TaskParts> | undefined, part: TaskPart): IssuePath {
  if (part === "compensation" && wire?.compensation === undefined) return ["compensation_action"];
  if (part === "forEach" && typeof wire?.for_each === "object") return ["for_each", "items"];
  return [KEYS[part]];
}
