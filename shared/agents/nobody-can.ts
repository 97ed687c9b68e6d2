import type { Plan } from "../workflow/plan/plan.ts";
import type { Finding } from "../workflow/plan/planning.ts";
import type { Agent } from "./agent.ts";
import { type AgentDemand, lastingObstacles } from "./agent-obstacles.ts";
import { rankOf, whyNot } from "./candidates.ts";

/**
 * Names tasks that nobody can do as things stand, though agents offer what they ask for, and what keeps each of these from
 * it: a quarantine, a version, a floor of trust. A capability that nobody offers is named by the check of the definition.
 */
export function adviseNobodyCan({ tasks, agents: roles }: Pick<Plan, "tasks" | "agents">, agents: readonly Agent[], now: number): Finding[] {
  const byDemand = new Map<string, { demand: AgentDemand; tasks: string[] }>();
  for (const task of tasks) {
    const role = task.kind === "agent" ? roles[task.agent] : undefined;
    if (task.kind !== "agent" || role === undefined) continue;
    const name = JSON.stringify([task.agent, task.skill]);
    const known = byDemand.get(name);
    if (known === undefined) byDemand.set(name, { demand: { role, skill: task.skill }, tasks: [task.id] });
    else known.tasks.push(task.id);
  }
  return [...byDemand.values()].flatMap(({ demand, tasks: names }) => {
    const candidates = agents.map((agent) => ({ agent, obstacles: lastingObstacles(agent, demand, now) }));
    const why = candidates.some((candidate) => rankOf(candidate) < 3) ? whyNot(candidates, demand) : undefined;
    return why === undefined ? [] : names.map((path) => ({ ...NOBODY, message: `task "${path}": ${why}`, path }));
  });
}

const NOBODY = {
  code: "NobodyCan",
  severity: "warning" as const,
  remedy: "release or update one of these agents, register another, or lower what the role asks for; `a2a agents who-can SKILL` shows the present state",
};
