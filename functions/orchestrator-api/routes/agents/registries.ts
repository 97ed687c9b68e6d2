import * as z from "zod";
import { deleteAgent, listAgentRows, newAgentEvent, noteTenant } from "../../../../shared/agents/store/agent-store.ts";
import { deleteSource, listSources, loadSource, saveSource } from "../../../../shared/agents/store/source-store.ts";
import { ConflictError } from "../../../../shared/core/errors.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { syncSource } from "../../../../shared/agents/onboarding/sync-source.ts";
import { type AgentSource, AgentSourceBody } from "../../../../shared/agents/agent-source.ts";
import { RegistryList, RegistryView, SyncView } from "../../../../shared/agents/views/registries.ts";
import { NO_BODY, param, route } from "../../route.ts";

const add = route({
  method: "POST",
  path: "/api/v1/registries",
  operationId: "addRegistry",
  summary: "Take agents from an external registry, now and from then on in intervals; again: change it",
  permission: "agent:manage",
  body: AgentSourceBody,
  reply: RegistryView,
  status: 201,
  otherStatus: 200,
  refusals: [409],
  run: async ({ deps, caller, body }) => {
    const id = body.registry_id ?? idOf(body.url);
    const known = await listSources(deps.agents, caller.tenant);
    const before = known.find(({ registry_id: other }) => other === id);
    if (before === undefined && known.length >= AGENT_LIMITS.registriesPerTenant) {
      throw new ConflictError(`there are ${known.length} registries already, the most allowed; remove one first`);
    }
    const at = deps.now().toISOString();
    const source: AgentSource = {
      ...body,
      registry_id: id,
      created_at: before?.created_at ?? at,
      created_by: before?.created_by ?? caller.subject,
      // Due at once, in case this very request does not get to it.
      next_sync_at: at,
    };
    await saveSource(deps.agents, caller.tenant, source);
    await noteTenant(deps.agents, caller.tenant);
    await syncSource(deps, caller.tenant, source);
    deps.directory.refreshSoon(caller.tenant);
    return {
      status: before === undefined ? 201 : 200,
      body: await loadSource(deps.agents, caller.tenant, id),
      headers: { location: `/api/v1/registries/${id}` },
    };
  },
});

/** `https://agents.example.com/list` becomes `agents-example-com-list`. */
const idOf = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 64);
};

const list = route({
  method: "GET",
  path: "/api/v1/registries",
  operationId: "listRegistries",
  summary: "External registries, and what their last sync came to",
  permission: "agent:read",
  reply: RegistryList,
  status: 200,
  run: async ({ deps, caller }) => ({ body: { registries: await listSources(deps.agents, caller.tenant) } }),
});

const get = route({
  method: "GET",
  path: "/api/v1/registries/{registry_id}",
  operationId: "getRegistry",
  summary: "An external registry",
  permission: "agent:read",
  reply: RegistryView,
  status: 200,
  run: async ({ deps, caller, ...request }) => ({
    body: await loadSource(deps.agents, caller.tenant, param(request, "registry_id")),
  }),
});

const sync = route({
  method: "POST",
  path: "/api/v1/registries/{registry_id}/sync",
  operationId: "syncRegistry",
  summary: "Ask an external registry now",
  permission: "agent:manage",
  body: z.strictObject({}),
  reply: SyncView,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const source = await loadSource(deps.agents, caller.tenant, param(request, "registry_id"));
    const result = await syncSource(deps, caller.tenant, source);
    deps.directory.refreshSoon(caller.tenant);
    return { body: result };
  },
});

const remove = route({
  method: "DELETE",
  path: "/api/v1/registries/{registry_id}",
  operationId: "removeRegistry",
  summary: "Forget an external registry, and deregister the agents that came from it",
  permission: "agent:manage",
  reply: NO_BODY,
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const id = param(request, "registry_id");
    await deleteSource(deps.agents, caller.tenant, id);
    const at = deps.now().toISOString();
    const facts = { reason: `registry '${id}' was removed`, deregistered_by: caller.subject };
    const rows = (await listAgentRows(deps.agents, caller.tenant)).filter(({ registry_id: origin }) => origin === id);
    for (const { agent_id: agentId } of rows) {
      const event = newAgentEvent("agent.deregistered", { id: `deregistered.${at}`, at, facts, isAudit: true });
      await deleteAgent(deps.agents, { tenant: caller.tenant, agentId }, event);
    }
    deps.directory.refreshSoon(caller.tenant);
    return { body: undefined };
  },
});

/** External registries. */
export const REGISTRY_ROUTES = [add, list, get, sync, remove];
