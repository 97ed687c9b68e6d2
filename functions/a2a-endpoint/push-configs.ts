import { guardUrl } from "../../shared/a2a/url-guard.ts";
import { A2aFault } from "../../shared/endpoint/wire/faults.ts";
import type { Dialect } from "../../shared/endpoint/wire/negotiate.ts";
import type { ShownPushConfig } from "../../shared/endpoint/wire/replies.ts";
import type { ParamsOf, WirePushConfig } from "../../shared/endpoint/wire/wire.ts";
import { A2A_LIMITS } from "../../shared/a2a/limits.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { requirePermission } from "../../shared/http/caller.ts";
import type { Place } from "../../shared/endpoint/store/keys.ts";
import {
  findPushConfig,
  listPushConfigs,
  type PushConfig,
  removePushConfig,
  savePushConfig,
} from "../../shared/endpoint/store/push-config-store.ts";
import type { Call, EndpointDeps } from "./endpoint.ts";

/**
 * Keeps a push configuration of a task.
 *
 * @throws {ForbiddenUrlError} its URL leads where we must not go.
 * @throws {A2aFault} the task has as many as it may have.
 */
export async function savePush(
  deps: EndpointDeps,
  place: Place,
  { config, dialect }: { config: WirePushConfig; dialect: Dialect },
): Promise<PushConfig> {
  const { url, token, authentication, id = deps.newId("push") } = config;
  guardUrl(url, deps.pushHosts);
  const others = (await listPushConfigs(deps.executions, place)).filter((other) => other.id !== id);
  if (others.length >= A2A_LIMITS.pushConfigsPerTask) {
    throw new A2aFault(
      "INVALID_PARAMS",
      `a task has ${A2A_LIMITS.pushConfigsPerTask} push configurations at most; delete one of them first`,
    );
  }
  const credentials = authentication?.credentials;
  const saved: PushConfig = {
    id,
    url,
    dialect,
    ...(token === undefined ? {} : { token }),
    ...(authentication === undefined ? {} : { scheme: authentication.scheme }),
    ...(credentials === undefined ? {} : { credentials }),
  };
  await savePushConfig(deps.executions, place, saved);
  return saved;
}

const show = ({ execution }: Place, { id, url, scheme }: PushConfig): ShownPushConfig => ({
  id,
  taskId: execution,
  url,
  ...(scheme === undefined ? {} : { authentication: { scheme } }),
});

/** The task of a request, which must be the tenant's. */
async function placeOf(deps: EndpointDeps, { caller }: Call, { taskId }: { taskId: string }): Promise<Place> {
  requirePermission(caller, "workflow:submit");
  await loadExecution(deps.executions, caller.tenant, taskId);
  return { tenant: caller.tenant, execution: taskId };
}

/** `CreateTaskPushNotificationConfig`. @throws {NotFoundError} no such task for this tenant. */
export async function createPush(
  deps: EndpointDeps,
  call: Call,
  config: ParamsOf<"CreateTaskPushNotificationConfig">,
): Promise<ShownPushConfig> {
  const place = await placeOf(deps, call, config);
  return show(place, await savePush(deps, place, { config, dialect: call.dialect }));
}

/**
 * `GetTaskPushNotificationConfig`. A configuration without a name, which 0.3 knows, is named after its task; there is no
 * such one when the caller named the only one it made.
 *
 * @throws {NotFoundError} no such task for this tenant.
 */
export async function getPush(
  deps: EndpointDeps,
  call: Call,
  params: ParamsOf<"GetTaskPushNotificationConfig">,
): Promise<ShownPushConfig> {
  const place = await placeOf(deps, call, params);
  const isUnnamed = params.id === params.taskId;
  const named = await findPushConfig(deps.executions, place, params.id);
  const found = named ?? (isUnnamed ? (await listPushConfigs(deps.executions, place))[0] : undefined);
  if (found === undefined)
    throw new A2aFault("TASK_NOT_FOUND", `task '${params.taskId}' has no push configuration '${params.id}'`);
  return show(place, found);
}

/** `ListTaskPushNotificationConfigs`. @throws {NotFoundError} no such task for this tenant. */
export async function listPush(
  deps: EndpointDeps,
  call: Call,
  params: { readonly taskId: string },
): Promise<readonly ShownPushConfig[]> {
  const place = await placeOf(deps, call, params);
  return (await listPushConfigs(deps.executions, place)).map((config) => show(place, config));
}

/** `DeleteTaskPushNotificationConfig`: twice is once. @throws {NotFoundError} no such task for this tenant. */
export async function deletePush(
  deps: EndpointDeps,
  call: Call,
  params: ParamsOf<"DeleteTaskPushNotificationConfig">,
): Promise<void> {
  await removePushConfig(deps.executions, await placeOf(deps, call, params), params.id);
}
