import * as z from "zod";
import { loadDefinition } from "../../../../shared/workflow/store/definition-store.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";
import { WORKFLOW_LIMITS } from "../../../../shared/workflow/limits.ts";
import { type StoredDefinition, usualRunner } from "../../../../shared/workflow/store/stored-definition.ts";
import { Priority } from "../../../../shared/workflow/definition/task-definition.ts";
import { Runner } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { type Answer, param, route, type RouteRequest } from "../../route.ts";
import { checkOpen, SessionId } from "../../../../shared/sessions/session.ts";
import { joinSession, loadSession } from "../../../../shared/sessions/store/session-store.ts";
import { type Submission, submitExecution } from "../../../../shared/execution/run/submit-execution.ts";
import { SubmissionView, viewSubmission } from "../../../../shared/execution/views/submissions.ts";
import { queuePosition } from "./queue-view.ts";
import { uploadedPayload } from "../../../../shared/execution/store/upload-store.ts";
import { referenceIn } from "../../../../shared/execution/upload.ts";
import { givenSource } from "../workflow/definition-source.ts";
import { planOrRefuse } from "../workflow/ask-planner.ts";

/** On whose behalf. */
export const Context = z
  .strictObject({
    user_id: z.string().max(256).optional(),
    organization_id: z.string().max(256).optional(),
    trace_id: z.string().max(256).optional(),
    session_id: SessionId.optional(),
  })
  .prefault({});

/** Seconds until the run is given up (spec 001 §4); the definition's own deadline without it. */
const timeout = z.int().positive().max(WORKFLOW_LIMITS.executionTimeoutSeconds).optional();

/** A definition that comes with its request has no machine of its own, so there is no runner to choose. */
const InlineOptions = z.strictObject({ timeout }).prefault({});

/** `graph` runs without the control plane: no machine is made, tasks start each other (DESIGN §4). */
export const Options = z.strictObject({ runner: Runner.optional(), timeout }).prefault({});

const ExecuteRequest = z.strictObject({
  execution_options: Options,
  version: z.string().max(40).optional(),
  input_data: z.unknown().optional(),
  priority: Priority.optional(),
  execution_context: Context,
});

const InlineRequest = z
  .strictObject({
    execution_options: InlineOptions,
    workflow_definition: z.unknown().optional(),
    workflow: z.unknown().optional(),
    input_data: z.unknown().optional(),
    priority: Priority.optional(),
    execution_context: Context,
  })
  .refine(
    ({ workflow, workflow_definition: stages }) => (workflow === undefined) !== (stages === undefined),
    "needs either 'workflow' (tasks) or 'workflow_definition' (stages)",
  );

type Wish = Omit<z.output<typeof InlineRequest>, "workflow" | "workflow_definition">;

interface Choice {
  readonly definition: StoredDefinition;
  readonly isPinned: boolean;
  readonly runner: Runner;
}

async function submit(
  { deps, caller, idempotencyKey }: RouteRequest,
  choice: Choice,
  wish: Wish,
): Promise<Answer<SubmissionView>> {
  const { definition } = choice;
  const session = await openSession({ deps, caller }, wish.execution_context.session_id);
  const execution = await submitExecution(deps, {
    session,
    tenant: caller.tenant,
    subject: caller.subject,
    ...choice,
    timeoutSeconds: wish.execution_options.timeout,
    input: wish.input_data ?? {},
    keptInput: await uploadedInput({ deps, caller }, wish.input_data),
    priority: wish.priority,
    idempotencyKey,
    traceId: wish.execution_context.trace_id,
    userId: wish.execution_context.user_id,
    organizationId: wish.execution_context.organization_id,
  });
  if (session !== undefined) {
    const member = { session: session.id, execution: execution.executionId, at: execution.submittedAt };
    await joinSession(deps.definitions, caller.tenant, member);
  }
  return {
    body: viewSubmission(execution, definition, { queue: await queuePosition(deps, execution), socketUrl: deps.socketUrl }),
    headers: { location: `/api/v1/executions/${execution.executionId}` },
  };
}

/** The input that a reference to an upload stands for. @throws {InvalidRequestError} there is none, or not all of it. */
async function uploadedInput({ deps, caller }: Pick<RouteRequest, "deps" | "caller">, input: unknown): Promise<Submission["keptInput"]> {
  const reference = referenceIn(input);
  if (reference === undefined) return undefined;
  return uploadedPayload(deps.definitions, { tenant: caller.tenant, reference, field: "body.input_data", now: deps.now() });
}

/** The session that an execution is to join. @throws {NotFoundError | ConflictError} there is none, or it has ended. */
async function openSession({ deps, caller }: Pick<RouteRequest, "deps" | "caller">, id: string | undefined): Promise<Submission["session"]> {
  if (id === undefined) return undefined;
  const session = await loadSession(deps.definitions, caller.tenant, { id });
  checkOpen(session);
  return { id, version: session.version, variables: session.variables };
}

const execute = route({
  method: "POST",
  path: "/api/v1/workflows/{workflow_id}/execute",
  operationId: "executeWorkflow",
  summary: "Run a deployed workflow; idempotent on the Idempotency-Key header",
  permission: "workflow:submit",
  body: ExecuteRequest,
  takesIdempotencyKey: true,
  reply: SubmissionView,
  status: 202,
  refusals: [409],
  run: async (request) => {
    const { deps, caller, body } = request;
    const at = { tenant: caller.tenant, name: param(request, "workflow_id"), version: body.version };
    const definition = await loadDefinition(deps.definitions, at);
    const { runner = usualRunner(definition) } = body.execution_options;
    if (runner === "machine" && usualRunner(definition) === "graph") throw noMachine(definition);
    return submit(request, { definition, isPinned: body.version !== undefined, runner }, body);
  },
});

const noMachine = ({ name, version }: StoredDefinition): InvalidRequestError => {
  const message = `is 'machine'; version ${version} of '${name}' was deployed without one: leave it out, or deploy a version with runner: machine`;
  return new InvalidRequestError([{ field: "body.execution_options.runner", message }]);
};

const executeInline = route({
  method: "POST",
  path: "/api/v1/workflows/execute",
  operationId: "executeInline",
  summary: "Run a definition that comes with the request (spec 000); idempotent on the Idempotency-Key header",
  permission: "workflow:submit",
  body: InlineRequest,
  takesIdempotencyKey: true,
  reply: SubmissionView,
  status: 202,
  refusals: [409, 422],
  run: async (request) => {
    const { deps, caller, body } = request;
    const { workflow_definition: stages, workflow: tasks } = body;
    const name = stages === undefined ? "workflow" : "workflow_definition";
    const source = await givenSource(request, { given: stages ?? tasks, field: `body.${name}`, wrap: (definition) => ({ [name]: definition }) });
    const planning = { tenant: caller.tenant, createdBy: caller.subject, mode: "inline" as const, source };
    const { definition } = await planOrRefuse(deps, planning);
    return submit(request, { definition, isPinned: true, runner: "graph" }, body);
  },
});

/** Starting executions. */
export const SUBMISSION_ROUTES = [executeInline, execute];
