import * as z from "zod";
import { LEARNING } from "../../../agents/limits.ts";
import { whoCan } from "../../../agents/pool/who-can.ts";
import { NO_POSTERIORS } from "../../../agents/registry/posterior.ts";
import { drawAgent } from "../../../agents/routing/draw-agent.ts";
import { loadPosteriors } from "../../../agents/store/profile-store.ts";
import { BUILT_INS } from "../../built-in/built-ins.ts";
import { demandOf, RoleFact } from "../../task-role.ts";
import { type BuiltIn, done, nothingToDo } from "./built-in.ts";

const Starting = z.object({ skill: z.string().optional(), role: RoleFact.optional(), tried_agents: z.array(z.string()).default([]) });

/** Draws shown with the choice. */
const SHOWN = 5;

/**
 * Chooses the agent of a task by what agents' tasks of its skill came to lately, among those that could take it now; who
 * failed it before comes last.
 */
export const autoAssign: BuiltIn = async (deps, { event }, args) => {
  const weights = BUILT_INS["auto-assign"].args.parse(args);
  const { skill, role, tried_agents: tried } = Starting.parse(event.facts);
  if (skill === undefined || role === undefined) return nothingToDo("the task names no skill");
  if (role.agent_id !== undefined) return nothingToDo("the task names its agent");
  const registry = await deps.directory.of(event.tenant);
  const candidates = whoCan({ registry, demand: demandOf(role, skill), now: deps.now().getTime() });
  const free = candidates.filter(({ obstacles }) => obstacles.length === 0).map(({ agent }) => agent.agent_id);
  const untried = free.filter((id) => !tried.includes(id));
  const ids = (untried.length === 0 ? free : untried).slice(0, LEARNING.contenders);
  const known = await loadPosteriors(deps.agents, event.tenant, ids);
  const contenders = ids.map((agentId) => ({ agentId, posteriors: known.get(agentId) ?? NO_POSTERIORS }));
  const draws = drawAgent(contenders, { skill, weights, random: deps.random });
  const [best] = draws;
  if (best === undefined) return nothingToDo("no agent is free that can do the task");
  const drawn = draws.slice(0, SHOWN).map(({ agentId, ...draw }) => ({ agent_id: agentId, ...draw }));
  return done({ agent_id: best.agentId, drawn, patch: { agent_id: best.agentId } });
};
