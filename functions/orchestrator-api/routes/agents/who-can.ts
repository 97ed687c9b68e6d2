import * as z from "zod";
import { CapabilityName } from "../../../../shared/workflow/definition/names.ts";
import { listLimits } from "../../../../shared/agents/store/limit-store.ts";
import { whoCan } from "../../../../shared/agents/pool/who-can.ts";
import { viewWhoCan, WhoCanView } from "../../../../shared/agents/views/who-can.ts";
import { type ApiDeps, route } from "../../route.ts";

/** Until when the groups of a tenant's agents are to be left alone, by their names. */
async function heldGroups({ agents }: Pick<ApiDeps, "agents">, tenant: string): Promise<ReadonlyMap<string, number>> {
  const rows = await listLimits(agents, tenant);
  const named = rows.flatMap(({ group, book }) => (group === undefined ? [] : [{ name: group.limit_group, until: book.heldUntil }]));
  return new Map(named.map(({ name, until }) => [name, until]));
}

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

/** Who could do what now. */
export const WHO_CAN_ROUTES = [ask];
