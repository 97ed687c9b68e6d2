import * as z from "zod";
import { flawOfUrl } from "../../../../shared/a2a/url-guard.ts";
import { type Hook, HookBody } from "../../../../shared/hooks/hook.ts";
import { checkMatching } from "../../../../shared/hooks/hook-pattern.ts";
import { hookOf } from "../../../../shared/hooks/register-hook.ts";
import { deleteHook, listHooks, loadHook, loadStats, saveHook } from "../../../../shared/hooks/store/hook-store.ts";
import { HookTrigger } from "../../../../shared/hooks/trigger.ts";
import { HookDeleted, HookDetail, HookList, HookRegistered, viewHook } from "../../../../shared/hooks/views/hooks.ts";
import { type ApiDeps, param, route, type RouteRequest } from "../../route.ts";

const register = route({
  method: "POST",
  path: "/api/v1/hooks",
  operationId: "registerHook",
  summary: "Register a hook; it takes effect within 5 s (spec 004 §4.3, 001 §4.1)",
  permission: "hooks:manage",
  body: HookBody,
  reply: HookRegistered,
  status: 201,
  refusals: [409],
  run: async ({ deps, caller, body }) => {
    const at = deps.now().toISOString();
    const hook = await checked({ deps, caller }, body, {
      hook_id: deps.newId("hook"),
      created_at: at,
      created_by: caller.subject,
      updated_at: at,
      updated_by: caller.subject,
    });
    await saveHook(deps.definitions, caller.tenant, { hook });
    log(deps, "hook.registered", { caller, hook });
    return { body: { ...hook, status: "registered" as const }, headers: { location: `/api/v1/hooks/${hook.hook_id}` } };
  },
});

type Place = Pick<RouteRequest, "deps" | "caller">;

async function checked({ deps, caller }: Place, body: HookBody, stamp: Parameters<typeof hookOf>[1]): Promise<Hook> {
  const { functions, commands, hosts } = deps.hooks;
  const hook = hookOf(body, stamp, { tenant: caller.tenant, functions, commands, refuseUrl: (url) => flawOfUrl(url, hosts) });
  await checkMatching(body);
  return hook;
}

/** Who changed what: for those who read logs. */
function log({ logger }: ApiDeps, event: string, { caller, hook }: { caller: RouteRequest["caller"]; hook: Hook }): void {
  const { hook_id, name: hook_name, trigger, action } = hook;
  logger.info(event, { tenant: caller.tenant, user_id: caller.subject, hook_id, hook_name, trigger, action: action.type });
}

const list = route({
  method: "GET",
  path: "/api/v1/hooks",
  operationId: "listHooks",
  summary: "Hooks, in the order in which they run",
  permission: "hooks:read",
  query: z.strictObject({ trigger: HookTrigger.optional(), enabled: z.enum(["true", "false"]).optional() }),
  reply: HookList,
  status: 200,
  run: async ({ deps, caller, query: { trigger, enabled } }) => {
    const hooks = await listHooks(deps.definitions, caller.tenant);
    const isWanted = (hook: Hook): boolean =>
      (trigger === undefined || hook.trigger === trigger) && (enabled === undefined || String(hook.enabled) === enabled);
    return { body: { hooks: hooks.filter(isWanted) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/hooks/{hook_id}",
  operationId: "getHook",
  summary: "A hook, what its runs came to, and its breaker",
  permission: "hooks:read",
  reply: HookDetail,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const hook = await loadHook(deps.definitions, caller.tenant, param(request, "hook_id"));
    return { body: await detail(deps, caller.tenant, hook) };
  },
});

async function detail(deps: ApiDeps, tenant: string, hook: Hook): Promise<HookDetail> {
  return viewHook(hook, await loadStats(deps.definitions, tenant, hook.hook_id), deps.now().toISOString());
}

const replace = route({
  method: "PUT",
  path: "/api/v1/hooks/{hook_id}",
  operationId: "replaceHook",
  summary: "Say anew what a hook is; it takes effect within 5 s",
  permission: "hooks:manage",
  body: HookBody,
  reply: HookDetail,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const before = await loadHook(deps.definitions, caller.tenant, param(request, "hook_id"));
    const { hook_id, created_at, created_by } = before;
    const stamp = { hook_id, created_at, created_by, updated_at: deps.now().toISOString(), updated_by: caller.subject };
    const hook = await checked({ deps, caller }, body, stamp);
    await saveHook(deps.definitions, caller.tenant, { hook, before });
    log(deps, "hook.updated", { caller, hook });
    return { body: await detail(deps, caller.tenant, hook) };
  },
});

const enable = route({
  method: "POST",
  path: "/api/v1/hooks/{hook_id}/enable",
  operationId: "enableHook",
  summary: "Switch a hook on or off; it takes effect within 5 s",
  permission: "hooks:manage",
  body: z.strictObject({ enabled: z.boolean().default(true) }),
  reply: HookDetail,
  status: 200,
  run: async ({ deps, caller, body, ...request }) => {
    const before = await loadHook(deps.definitions, caller.tenant, param(request, "hook_id"));
    const hook = { ...before, enabled: body.enabled, updated_at: deps.now().toISOString(), updated_by: caller.subject };
    await saveHook(deps.definitions, caller.tenant, { hook, before });
    log(deps, body.enabled ? "hook.enabled" : "hook.disabled", { caller, hook });
    return { body: await detail(deps, caller.tenant, hook) };
  },
});

const remove = route({
  method: "DELETE",
  path: "/api/v1/hooks/{hook_id}",
  operationId: "deleteHook",
  summary: "Delete a hook; it stops within 5 s, and its log stays for seven days",
  permission: "hooks:manage",
  reply: HookDeleted,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const hook = await loadHook(deps.definitions, caller.tenant, param(request, "hook_id"));
    await deleteHook(deps.definitions, caller.tenant, hook);
    log(deps, "hook.deleted", { caller, hook });
    return { body: { hook_id: hook.hook_id, status: "deleted" as const } };
  },
});

/** Hooks themselves. */
export const HOOK_ROUTES = [register, list, get, replace, enable, remove];
