import * as z from "zod";
import { drawFreeAgent } from "../../../agents/pool/draw-free-agent.ts";
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
  const draws = await drawFreeAgent(deps, { tenant: event.tenant, demand: demandOf(role, skill), skill, weights, tried });
  const [best] = draws;
  if (best === undefined) return nothingToDo("no agent is free that can do the task");
  const drawn = draws.slice(0, SHOWN).map(({ agentId, ...draw }) => ({ agent_id: agentId, ...draw }));
  return done({ agent_id: best.agentId, drawn, patch: { agent_id: best.agentId } });
};
