import { loadAgent } from "../../../../shared/agents/store/agent-store.ts";
import { loadTrial, saveTrial } from "../../../../shared/agents/store/trial-store.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { TrialRequest, TrialView } from "../../../../shared/agents/views/trials.ts";
import { type ApiDeps, param, route } from "../../route.ts";

const tryOut = route({
  method: "POST",
  path: "/api/v1/agents/{agent_id}/try",
  operationId: "tryAgent",
  summary: "Send one real message to an agent, outside any workflow, and see all that was sent and heard; 202 when it takes longer than 20 s",
  permission: "agent:manage",
  body: TrialRequest,
  reply: TrialView,
  status: 200,
  otherStatus: 202,
  run: async ({ deps, caller, body, ...request }) => {
    const { tenant } = caller;
    const { agent_id: agentId } = await loadAgent(deps.agents, tenant, param(request, "agent_id"));
    const trialId = deps.newId("trial");
    const started_at = deps.now().toISOString();
    await saveTrial(deps.agents, tenant, { trial_id: trialId, agent_id: agentId, status: "running", started_at, exchanges: [], exchanges_left_out: 0 });
    await deps.tryAgent({ tenant, agentId, trialId, request: body });
    const trial = await follow(deps, { tenant, agentId, trialId });
    const headers = { location: `/api/v1/agents/${agentId}/trials/${trialId}` };
    return { body: trial, headers, status: trial.status === "running" ? 202 : 200 };
  },
});

/** The trial once it has ended, or as it stands when the caller has been kept waiting long enough. */
async function follow(deps: ApiDeps, at: { tenant: string; agentId: string; trialId: string }): Promise<TrialView> {
  const until = deps.now().getTime() + AGENT_LIMITS.trialPatienceMs;
  for (;;) {
    const trial = await loadTrial(deps.agents, at);
    if (trial.status !== "running" || deps.now().getTime() >= until) return trial;
    await deps.sleep(AGENT_LIMITS.trialLookMs);
  }
}

const get = route({
  method: "GET",
  path: "/api/v1/agents/{agent_id}/trials/{trial_id}",
  operationId: "getAgentTrial",
  summary: "A trial of an agent as it stands; it can be read for a day",
  permission: "agent:manage",
  reply: TrialView,
  status: 200,
  run: async ({ deps, caller, ...request }) => ({
    body: await loadTrial(deps.agents, { tenant: caller.tenant, agentId: param(request, "agent_id"), trialId: param(request, "trial_id") }),
  }),
});

/** Trials of agents. */
export const AGENT_TRIAL_ROUTES = [tryOut, get];
