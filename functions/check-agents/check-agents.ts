import { type AgentRef, moveAgent, newAgentEvent } from "../../shared/agents/store/agent-store.ts";
import { learn } from "../../shared/agents/store/profile-store.ts";
import { listTenants } from "../../shared/agents/store/source-store.ts";
import { saveSigns } from "../../shared/agents/store/vital-store.ts";
import { judgeAgent } from "../../shared/agents/agent-health.ts";
import { observePresence } from "../../shared/agents/registry/profile.ts";
import { AGENT_LIMITS } from "../../shared/agents/limits.ts";
import { mapConcurrent } from "../../shared/core/map-concurrent.ts";
import type { AgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { probeAgent, type ProbeDeps } from "../../shared/agents/onboarding/probe-agent.ts";
import type { Agent } from "../../shared/agents/agent.ts";

/** What `checkAgents` stands on. */
export interface CheckDeps extends ProbeDeps {
  readonly directory: AgentDirectory;
}

/** What a sweep did. `failed`: agents that it could not judge, which must not keep it from the others. */
export interface Checked {
  readonly probed: number;
  readonly changed: number;
  readonly failed: readonly { readonly agent: AgentRef; readonly error: unknown }[];
}

/**
 * Probes agents and moves them along ACTIVE → DEGRADED → INACTIVE → DECOMMISSIONED and back, as spec 003 §4 says.
 *
 * Silence is judged for every agent in every sweep, which costs nothing; probes go to `AGENT_LIMITS.probesPerSweep` at
 * most, those first that waited longest. A decommissioned agent is left alone: its row goes after a day.
 */
export async function checkAgents(deps: CheckDeps): Promise<Checked> {
  const agents = (await Promise.all((await listTenants(deps.agents)).map((tenant) => agentsOf(deps, tenant)))).flat();
  const due = agents.toSorted((a, b) => probedAt(a) - probedAt(b)).slice(0, AGENT_LIMITS.probesPerSweep);
  const chosen = new Set(due.map(nameOf));
  const failed: { agent: AgentRef; error: unknown }[] = [];
  let changed = 0;
  const check = async (agent: Agent): Promise<void> => {
    try {
      const seen = chosen.has(nameOf(agent)) ? await probeAndNote(deps, agent) : agent;
      if (await judge(deps, seen)) changed += 1;
    } catch (error) {
      failed.push({ agent: refOf(agent), error });
    }
  };
  await mapConcurrent(agents, AGENT_LIMITS.probesAtOnce, check);
  return { probed: due.length, changed, failed };
}

async function agentsOf({ directory }: CheckDeps, tenant: string): Promise<Agent[]> {
  directory.refreshSoon(tenant);
  const { agents } = await directory.of(tenant);
  return [...agents.values()].filter(({ status }) => status !== "DECOMMISSIONED");
}

const probedAt = ({ probe }: Agent): number => (probe === undefined ? 0 : Date.parse(probe.at));
const refOf = ({ tenant, agent_id: agentId }: Agent): AgentRef => ({ tenant, agentId });
const nameOf = ({ tenant, agent_id: id }: Agent): string => `${tenant} ${id}`;

async function probeAndNote(deps: CheckDeps, agent: Agent): Promise<Agent> {
  const { probe } = await probeAgent(deps, agent);
  await saveSigns(deps.agents, agent.tenant, { kind: "P", signs: [{ agentId: agent.agent_id, sign: probe }] });
  const hasLookedAtCard = probe.ok && probe.card_checked_at !== agent.probe?.card_checked_at;
  // Each failure, and a success with every look at the card: what uptime is made of, without a write per minute.
  if (hasLookedAtCard || !probe.ok) await notePresence(deps, agent, { at: Date.parse(probe.at), isUp: probe.ok });
  return { ...agent, probe };
}

async function notePresence(
  { agents }: CheckDeps,
  agent: Agent,
  { at, isUp }: { at: number; isUp: boolean },
): Promise<void> {
  const seconds = isUp ? AGENT_LIMITS.cardRefreshSeconds : AGENT_LIMITS.sweepSeconds;
  const eventId = `presence.${at}`;
  await learn(agents, refOf(agent), [
    { eventId, apply: (learnt) => ({ ...learnt, profile: observePresence(learnt.profile, { isUp, seconds, at }) }) },
  ]);
}

/** @returns whether the agent has another status now. */
async function judge(deps: CheckDeps, agent: Agent): Promise<boolean> {
  const now = deps.now();
  const verdict = judgeAgent(agent, now.getTime(), { unreachableSeconds: AGENT_LIMITS.unreachableSeconds });
  if (verdict.status === agent.status) return false;
  const at = now.toISOString();
  const isGone = verdict.status === "DECOMMISSIONED";
  const reason = verdict.reasons.join("; ") || "in full health";
  const facts = { previous_status: agent.status, new_status: verdict.status, reason, health_score: verdict.score };
  const outcome = await moveAgent(deps.agents, refOf(agent), {
    expected: { status: agent.status },
    set: {
      status: verdict.status,
      status_reason: verdict.reasons.length === 0 ? undefined : reason,
      expiresAt: isGone ? Math.floor(now.getTime() / 1000) + AGENT_LIMITS.decommissionedSeconds : undefined,
    },
    event: newAgentEvent("agent.status_changed", { id: `status.${at}`, at, facts }),
  });
  deps.directory.refreshSoon(agent.tenant);
  return outcome === "written";
}
