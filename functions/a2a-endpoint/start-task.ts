import { A2aFault } from "../../shared/endpoint/wire/faults.ts";
import type { ParamsOf } from "../../shared/endpoint/wire/wire.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import { uploadedPayload } from "../../shared/execution/store/upload-store.ts";
import { referenceIn } from "../../shared/execution/upload.ts";
import { submitExecution } from "../../shared/execution/run/submit-execution.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import { chooseWorkflow, inputFor, inputOf, type Named, skillNamed } from "../../shared/endpoint/choose-workflow.ts";
import { type Chosen, findMessage, linkContext, recordStart } from "../../shared/endpoint/store/conversation-store.ts";
import { executionIdFor } from "../../shared/endpoint/store/keys.ts";
import type { Answer } from "../../shared/workflow/definition/workflow-definition.ts";
import { listDefinitions, loadDefinition } from "../../shared/workflow/store/definition-store.ts";
import { type StoredDefinition, usualRunner } from "../../shared/workflow/store/stored-definition.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";
import { savePush } from "./push-configs.ts";

/** Workflows that a message without a name is held against. */
const OFFERED = 1000;

/** A task that a message started, and what its workflow answers to who waits for it. */
export interface StartedTask {
  readonly execution: Execution;
  readonly answer?: Answer | undefined;
}

/**
 * Starts the execution that a message asks for. The same message of the same caller is the same execution, whatever was
 * deployed in between; a start that was cut off is completed.
 *
 * @throws {A2aFault} no workflow fits.
 */
export async function startTask(deps: EndpointDeps, call: Call, params: ParamsOf<"SendMessage">): Promise<StartedTask> {
  requirePermission(call.caller, "workflow:submit");
  const { message, configuration } = params;
  const { tenant, subject } = call.caller;
  const from = { caller: subject, messageId: message.messageId };
  const place = { tenant, execution: executionIdFor(tenant, from) };
  const known = (await findMessage(deps.conversation, place, from))?.chosen;
  const found = known === undefined ? await choose(deps, tenant, params) : await versionOf(deps, tenant, known);
  const keptInput = await uploadedInput(deps, tenant, message);
  const input = keptInput === undefined ? inputFor(found, message) : {};
  const contextId = message.contextId ?? `ctx_${place.execution.slice("exec_".length)}`;
  const start = await recordStart(deps.conversation, place, {
    caller: subject,
    at: deps.now().toISOString(),
    message: { ...message, contextId, taskId: place.execution },
    chosen: { workflow: found.name, version: found.version, contextId },
  });
  const push = configuration?.taskPushNotificationConfig;
  if (push !== undefined) await savePush(deps, place, { config: push, dialect: call.dialect });
  const { chosen } = start;
  // Of two at once the other may have chosen before us, and before a deployment.
  const isOurs = chosen.workflow === found.name && chosen.version === found.version;
  const definition = isOurs ? found : await versionOf(deps, tenant, chosen);
  const wish = {
    tenant,
    subject,
    definition,
    input,
    keptInput,
    contextId: chosen.contextId,
    under: { executionId: place.execution },
  };
  const [execution] = await Promise.all([
    submitExecution(deps, { ...PLAIN, ...wish, runner: usualRunner(definition) }),
    linkContext(deps.conversation, place, start),
  ]);
  return { execution, answer: definition.answer };
}

/** The upload that a message names in place of an input. @throws {InvalidRequestError} the tenant has no such one. */
async function uploadedInput({ definitions, now }: EndpointDeps, tenant: string, message: ParamsOf<"SendMessage">["message"]) {
  const reference = referenceIn(inputOf(message).fields);
  return reference === undefined ? undefined : uploadedPayload(definitions, { tenant, reference, field: "message.parts", now: now() });
}

/** What A2A has no words for. */
const PLAIN = {
  isPinned: true,
  timeoutSeconds: undefined,
  priority: undefined,
  idempotencyKey: undefined,
  traceId: undefined,
} as const;

const versionOf = (deps: EndpointDeps, tenant: string, { workflow, version }: Chosen): Promise<StoredDefinition> =>
  loadDefinition(deps.definitions, { tenant, name: workflow, version });

async function choose(
  deps: EndpointDeps,
  tenant: string,
  { message, metadata }: Pick<ParamsOf<"SendMessage">, "message" | "metadata">,
): Promise<StoredDefinition> {
  const named = skillNamed(message.metadata, metadata);
  if (named !== undefined) return loadNamed(deps, tenant, named);
  const { rows } = await listDefinitions(deps.definitions, tenant, { limit: OFFERED });
  return chooseWorkflow(rows, inputOf(message));
}

async function loadNamed(deps: EndpointDeps, tenant: string, named: Named): Promise<StoredDefinition> {
  try {
    return await loadDefinition(deps.definitions, { tenant, ...named });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const { rows } = await listDefinitions(deps.definitions, tenant, { limit: OFFERED });
    const names = rows
      .map(({ name }) => name)
      .join(", ")
      .slice(0, 1000);
    throw new A2aFault("INVALID_PARAMS", `${error.message}; the workflows are: ${names === "" ? "none" : names}`, {
      skills: names,
    });
  }
}
