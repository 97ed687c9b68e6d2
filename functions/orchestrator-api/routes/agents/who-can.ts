import * as z from "zod";
import { CapabilityName } from "../../../../shared/workflow/definition/names.ts";
import { whoCan } from "../../../../shared/agents/pool/who-can.ts";
import { viewWhoCan, WhoCanView } from "../../../../shared/agents/views/who-can.ts";
import { AgentSummary, summarizeAgents } from "../../../../shared/agents/views/summary.ts";
import { route } from "../../route.ts";
import { heldGroups } from "../../why-waiting.ts";

const ask = route({
  method: "GET",
  path: "/api/v1/agents/who-can",
  operationId: "whoCan",
  summary: "Which agents could have a task of this skill now, and why each of the others cannot",
  permission: "agent:read",
  query: z.strictObject({ skill: CapabilityName, tags: z.string().max(1000).optional() }),
  reply: WhoCanView,
  status: 200,
  run: async ({ deps, caller: { tenant }, query: { skill, tags = "" } }) => {
    const tagged = tags.split(",").filter((tag) => tag !== "");
    const demand = { role: { type: "any", count: 1, resources: {}, capabilities: [skill], tags: tagged }, skill };
    const [registry, held] = await Promise.all([deps.directory.of(tenant), heldGroups(deps, tenant)]);
    const candidates = whoCan({ registry, demand, heldGroups: held, now: deps.now().getTime() });
    return { body: viewWhoCan(candidates, demand) };
  },
});

const summary = route({
  method: "GET",
  path: "/api/v1/agents/summary",
  operationId: "getAgentSummary",
  summary: "The registry in numbers: agents by status, health, trust, capabilities (spec 003, get_metrics)",
  permission: "agent:read",
  reply: AgentSummary,
  status: 200,
  run: async ({ deps, caller: { tenant } }) => {
    const { agents } = await deps.directory.of(tenant);
    return { body: summarizeAgents(agents.values(), deps.now().getTime()) };
  },
});

/** Who could do what now, and what there is in all. */
export const WHO_CAN_ROUTES = [ask, summary];
