import { A2aFault } from "../../shared/a2a/server/faults.ts";
import type { ParamsOf, WireMessage } from "../../shared/a2a/server/wire.ts";
import { NotFoundError } from "../../shared/core/errors.ts";
import { submitExecution } from "../../shared/execution/run/submit-execution.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import { chooseWorkflow, inputFor, inputOf, type Named, skillNamed } from "../../shared/endpoint/choose-workflow.ts";
import { type Chosen, findMessage, recordStart } from "../../shared/endpoint/store/conversation-store.ts";
import { executionIdFor } from "../../shared/endpoint/store/keys.ts";
import { listDefinitions, loadDefinition } from "../../shared/workflow/store/definition-store.ts";
import type { StoredDefinition } from "../../shared/workflow/store/stored-definition.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";
import { savePush } from "./push-configs.ts";

/** Workflows that a message without a name is held against. */
const OFFERED = 1000;

/**
 * Starts the execution that a message asks for. The same message of the same caller is the same execution, whatever was
 * deployed in between; a start that was cut off is completed.
 *
 * @returns its id.
 * @throws {A2aFault} no workflow fits.
 */
export async function startTask(
  deps: EndpointDeps,
  { caller, dialect }: Call,
  params: ParamsOf<"SendMessage">,
): Promise<string> {
  requirePermission(caller, "workflow:submit");
  const { message, configuration, metadata } = params;
  const { tenant, subject } = caller;
  const from = { caller: subject, messageId: message.messageId };
  const place = { tenant, execution: executionIdFor(tenant, from) };
  const known = (await findMessage(deps.conversation, place, from))?.chosen;
  const definition =
    known === undefined ? await choose(deps, tenant, { message, metadata }) : await versionOf(deps, tenant, known);
  const input = inputFor(definition, message);
  const contextId = message.contextId ?? `ctx_${place.execution.slice("exec_".length)}`;
  const chosen: Chosen = { workflow: definition.name, version: definition.version, contextId };
  const said: WireMessage = { ...message, contextId, taskId: place.execution };
  const start = await recordStart(deps.conversation, place, {
    caller: subject,
    at: deps.now().toISOString(),
    message: said,
    chosen,
  });
  const push = configuration?.taskPushNotificationConfig;
  if (push !== undefined) await savePush(deps, place, { config: push, dialect });
  const counted = start.chosen ?? chosen;
  const isSame = counted.workflow === chosen.workflow && counted.version === chosen.version;
  await submitExecution(deps, {
    tenant,
    subject,
    definition: isSame ? definition : await versionOf(deps, tenant, counted),
    isPinned: true,
    runner: definition.machineArn === "" ? "graph" : "machine",
    timeoutSeconds: undefined,
    input,
    priority: undefined,
    idempotencyKey: undefined,
    traceId: undefined,
    contextId: counted.contextId,
    under: { executionId: place.execution },
  });
  return place.execution;
}

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
