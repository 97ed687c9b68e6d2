import * as z from "zod";
import { Priority } from "../../../shared/workflow/definition/task-definition.ts";
import { CoordinationPattern } from "../../../shared/workflow/definition/workflow-definition.ts";
import { InvalidRequestError } from "../../../shared/core/errors.ts";
import { ControlledView, PausedView, ResumedView } from "../../../shared/execution/views/control.ts";
import { Phase, phaseOf, WorkflowStatus } from "../../../shared/execution/views/status.ts";
import { SubmissionView } from "../../../shared/execution/views/submissions.ts";
import { EstimatedResources, PlannedWorkflow } from "../../../shared/workflow/views/workflows.ts";
import type { Finding } from "../../../shared/workflow/plan/planning.ts";
import type { Route } from "../route.ts";
import { Context, Options } from "../routes/execution/submissions.ts";
import { type RpcMethod, specified } from "./rpc-method.ts";

/** Finds the operation of the REST API that a method stands on. */
export type Operations = (operationId: string) => Route;

const Id = z.string().min(1).max(256);
const Why = { reason: z.string().max(2000).optional() };
const Texts = z.array(z.string());

/** The definition is the parameters; whatever else a definition may hold (`statemachines/README.md`) is taken too. */
const Definition = {
  name: z.string(),
  version: z.string(),
  orchestration_pattern: CoordinationPattern,
  agents: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      capabilities: Texts.optional(),
      resources: z.looseObject({ cpu: z.string().optional(), memory: z.string().optional() }).optional(),
    }),
  ),
  tasks: z.array(
    z.looseObject({
      id: z.string(),
      agent: z.string(),
      depends_on: Texts.optional(),
      parallel: z.boolean().optional(),
      timeout: z.int().optional(),
      retry_policy: z.looseObject({}).optional(),
      compensation_action: z.string().optional(),
    }),
  ),
  coordination: z.looseObject({
    type: z.enum(["hybrid", "event_driven", "graph_based"]),
    event_driven: Texts.optional(),
    graph_based: Texts.optional(),
  }),
  fault_tolerance: z
    .looseObject({ circuit_breaker: z.looseObject({}).optional(), saga_pattern: z.looseObject({}).optional() })
    .optional(),
};

const Created = z.object({
  workflow_id: z.string(),
  status: z.literal("validated"),
  validation_report: z.object({ errors: Texts, warnings: Texts, optimizations: Texts }),
  estimated_resources: EstimatedResources,
});

const sentence = ({ path, message, remedy }: Finding): string => `${path === "" ? "" : `${path}: `}${message}; ${remedy}`;

/** The planner judges the values, and says what to do about each flaw; here is only seen that what is required is there. */
function requireAll(params: unknown): unknown {
  const given = z.looseObject({}).parse(params);
  const missing = Object.entries(Definition).filter(([name, { def }]) => def.type !== "optional" && given[name] === undefined);
  if (missing.length === 0) return given;
  throw new InvalidRequestError(missing.map(([name]) => ({ field: `params.${name}`, message: "is missing" })));
}

const create = (route: Route): RpcMethod => ({
  name: "workflow.create",
  summary: route.summary,
  route,
  params: Definition,
  result: Created,
  // The version is on record with other content.
  refusals: { Conflict: "InvalidParams" },
  mayRefuse: ["UnsupportedPattern", "CapabilitiesNotAvailable", "ResourcesNotSatisfiable"],
  ask: (params) => ({ body: requireAll(params) }),
  tell: (reply): z.infer<typeof Created> => {
    const { workflow_id, status, validation_report: report, estimated_resources } = PlannedWorkflow.parse(reply);
    const validation_report = {
      errors: report.errors.map(sentence),
      warnings: report.warnings.map(sentence),
      optimizations: report.optimizations.map(sentence),
    };
    return { workflow_id, status, validation_report, estimated_resources };
  },
});

const execute = (route: Route): RpcMethod =>
  specified({
    name: "workflow.execute",
    route,
    params: {
      workflow_id: Id,
      input_data: z.record(z.string(), z.unknown()),
      execution_options: Options,
      version: z.string().max(40).optional(),
      priority: Priority.optional(),
      execution_context: Context,
      idempotency_key: z.string().trim().min(1).max(1024).optional(),
    },
    refusals: { Conflict: "AlreadyExecuting" },
    ask: ({ workflow_id, idempotency_key: idempotencyKey, ...body }) => ({ path: { workflow_id }, body, idempotencyKey }),
    reply: SubmissionView,
    result: z.object({
      execution_id: z.string(),
      workflow_id: z.string(),
      status: Phase,
      /** Empty: an agent is chosen when its task starts. */
      allocated_agents: z.array(z.object({ agent_id: z.string(), role: z.string(), status: z.string() })),
      /** A WebSocket. */
      execution_url: z.string(),
      /** Absent once it is finished: a repeat of the same key finds it so. */
      estimated_completion: z.iso.datetime().optional(),
    }),
    tell: ({ execution_id, workflow_id, status, estimated_completion, monitoring }) => ({
      execution_id,
      workflow_id,
      status: phaseOf(status),
      allocated_agents: [],
      execution_url: monitoring.websocket_url,
      ...(estimated_completion === undefined ? {} : { estimated_completion }),
    }),
  });

const status = (route: Route): RpcMethod =>
  specified({
    name: "workflow.status",
    summary: "Where an execution stands",
    route,
    params: { execution_id: Id },
    ask: ({ execution_id }) => ({ path: { execution_id }, query: { view: "workflow" } }),
    reply: WorkflowStatus,
    result: WorkflowStatus,
    tell: (reply) => reply,
  });

const pause = (route: Route): RpcMethod =>
  specified({
    name: "workflow.pause",
    summary: "Pause an execution at a checkpoint",
    route,
    mayRefuse: ["IllegalState"],
    params: { execution_id: Id, ...Why },
    ask: ({ execution_id, reason }) => ({ path: { execution_id }, body: { action: "pause", reason } }),
    reply: PausedView,
    result: z.object({
      execution_id: z.string(),
      status: Phase,
      checkpoint_id: z.string().optional(),
      checkpoint_timestamp: z.iso.datetime().optional(),
      resume_url: z.string(),
    }),
    tell: ({ execution_id, status: word, checkpoint_id, checkpoint_timestamp, resume_url }) => ({
      execution_id,
      status: phaseOf(word),
      ...(checkpoint_id === undefined ? {} : { checkpoint_id, checkpoint_timestamp }),
      resume_url,
    }),
  });

const resume = (route: Route): RpcMethod =>
  specified({
    name: "workflow.resume",
    summary: "Go on with a paused execution, or from a checkpoint",
    route,
    mayRefuse: ["IllegalState", "CheckpointNotFound"],
    params: { execution_id: Id, checkpoint_id: Id.optional(), ...Why },
    ask: ({ execution_id, checkpoint_id, reason }) => ({
      path: { execution_id },
      body: { action: "resume", reason, parameters: { checkpoint_id } },
    }),
    reply: ResumedView,
    result: z.object({
      execution_id: z.string(),
      status: Phase,
      resumed_at: z.iso.datetime(),
      recovered_tasks: z.int(),
    }),
    tell: ({ execution_id, status: word, resumed_at, recovered_tasks }) => ({
      execution_id,
      status: phaseOf(word),
      resumed_at,
      recovered_tasks,
    }),
  });

const cancel = (route: Route): RpcMethod =>
  specified({
    name: "workflow.cancel",
    summary: "Cancel an execution; compensate says whether what was done is undone",
    route,
    mayRefuse: ["IllegalState"],
    params: { execution_id: Id, compensate: z.boolean().optional(), ...Why },
    ask: ({ execution_id, compensate, reason }) => ({
      path: { execution_id },
      body: { action: "cancel", reason, parameters: { compensate } },
    }),
    reply: ControlledView,
    result: z.object({ execution_id: z.string(), status: Phase }),
    tell: ({ execution_id, status: word }) => ({ execution_id, status: phaseOf(word) }),
  });

/** The methods of spec 004 §4.1, to the letter, and `workflow.cancel` in their manner. */
export const specifiedMethods = (operation: Operations): readonly RpcMethod[] => [
  create(operation("createWorkflow")),
  execute(operation("executeWorkflow")),
  status(operation("getExecutionStatus")),
  pause(operation("controlExecution")),
  resume(operation("controlExecution")),
  cancel(operation("controlExecution")),
];
