import { deleteAgent, listAgentRows, newAgentEvent } from "../store/agent-store.ts";
import { saveSource } from "../store/source-store.ts";
import type { AgentLister, ListedAgent } from "./agent-listing.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import { type AgentRow } from "../agent.ts";
import { AgentRegistration } from "../agent-registration.ts";
import type { AgentSource, SyncResult } from "../agent-source.ts";
import { registerAgent, type RegistrationDeps } from "./register-agent.ts";

/** What syncing stands on. */
export interface SyncDeps extends RegistrationDeps {
  readonly listSource: AgentLister;
}

/** Reasons shown of those that were skipped. */
const SHOWN = 20;
/** Cards fetched side by side. */
const AT_ONCE = 8;

/**
 * Takes the agents that an external registry names, and lets those go that it names no more.
 *
 * 1. What was registered here stays as it is; so does what another registry named first.
 * 2. Only agents that came from this registry are ever removed, and none when its list cannot be had or is empty
 *    although it was not: a registry that is ill must not take a tenant's agents away.
 * 3. An agent whose card cannot be had now is kept if it is known already.
 */
export async function syncSource(deps: SyncDeps, tenant: string, source: AgentSource): Promise<SyncResult> {
  const at = deps.now().toISOString();
  const result = await importAgents(deps, tenant, source).catch((error: unknown): SyncResult => {
    if (!(error instanceof OrchestratorError)) throw error;
    return { at, ok: false, listed: 0, registered: 0, unchanged: 0, removed: 0, skipped: [], error: error.message };
  });
  const next_sync_at = new Date(deps.now().getTime() + source.sync_minutes * 60_000).toISOString();
  await saveSource(deps.agents, tenant, { ...source, last_sync: result, next_sync_at });
  return result;
}

async function importAgents(deps: SyncDeps, tenant: string, source: AgentSource): Promise<SyncResult> {
  const listed = await deps.listSource(source);
  const rows = await listAgentRows(deps.agents, tenant);
  const ours = rows.filter(({ registry_id: id }) => id === source.registry_id);
  const taken = await mapConcurrent(listed, AT_ONCE, (agent) => takeAgent(deps, tenant, { source, agent, ours }));
  const kept = new Set(taken.map(({ agentId }) => agentId));
  const gone =
    listed.length === 0
      ? []
      : ours.filter(({ agent_id: id, endpoint }) => !kept.has(id) && !listed.some(({ url }) => url === endpoint));
  for (const { agent_id: agentId } of gone) await letGo(deps, { tenant, agentId }, source);
  const skipped = taken.flatMap(({ url, reason }) => (reason === undefined ? [] : [{ agent: url, reason }]));
  return {
    at: deps.now().toISOString(),
    ok: true,
    listed: listed.length,
    registered: taken.filter(({ outcome }) => outcome === "registered").length,
    unchanged: taken.filter(({ outcome }) => outcome === "unchanged").length,
    removed: gone.length,
    skipped: skipped.slice(0, SHOWN),
  };
}

interface Taken {
  readonly url: string;
  readonly agentId?: string | undefined;
  readonly outcome: "registered" | "unchanged" | "skipped";
  readonly reason?: string | undefined;
}

/** Known agents are not registered again: the sweep follows their cards. */
async function takeAgent(
  deps: SyncDeps,
  tenant: string,
  { source, agent, ours }: { source: AgentSource; agent: ListedAgent; ours: readonly AgentRow[] },
): Promise<Taken> {
  const { url } = agent;
  const known = ours.find(({ endpoint, agent_id: id }) => endpoint === url && (agent.agentId ?? id) === id);
  if (known !== undefined && known.status !== "DECOMMISSIONED")
    return { url, agentId: known.agent_id, outcome: "unchanged" };
  const registration = AgentRegistration.safeParse({
    endpoint: url,
    agent_id: agent.agentId,
    location: agent.location,
    tags: [...new Set([...agent.tags, ...source.tags])].slice(0, 50),
  });
  if (!registration.success)
    return { url, outcome: "skipped", reason: registration.error.issues[0]?.message ?? "it cannot be read" };
  try {
    const { card } = await deps.a2a.fetchAgentCard(url);
    const skills = card.skills.map(({ id }) => id);
    if (source.capabilities.length > 0 && !source.capabilities.some((name) => skills.includes(name))) {
      return { url, outcome: "skipped", reason: `it offers none of ${source.capabilities.join(", ")}` };
    }
    const by = `registry ${source.registry_id}`;
    const registered = await registerAgent(deps, { tenant, by, registryId: source.registry_id }, registration.data);
    return { url, agentId: registered.agent.agent_id, outcome: "registered" };
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return { url, outcome: "skipped", reason: error.message.slice(0, AGENT_LIMITS.reasonCharacters) };
  }
}

function letGo(
  { agents, now }: SyncDeps,
  ref: { tenant: string; agentId: string },
  { registry_id: id }: AgentSource,
): Promise<void> {
  const at = now().toISOString();
  const facts = { reason: `registry '${id}' names it no more`, deregistered_by: `registry ${id}` };
  return deleteAgent(agents, ref, newAgentEvent("agent.deregistered", { id: `deregistered.${at}`, at, facts }));
}
