import { AGENT_LIMITS } from "./limits.ts";
import type { Plan } from "../workflow/plan/plan.ts";
import type { Finding } from "../workflow/plan/planning.ts";
import type { Agent } from "./agent.ts";
import { canServe } from "./agent-obstacles.ts";

/** Agents named in one finding. */
const NAMED = 3;

/**
 * Names tasks that may take longer than an answer can be waited for, and could go to agents that answer only when they
 * are done and do not stream: what takes such an agent longer is lost.
 */
export function adviseWaiting({ tasks, agents: roles }: Pick<Plan, "tasks" | "agents">, agents: readonly Agent[], now: number): Finding[] {
  const slow = agents.filter(({ blocking, answering, supports_streaming: streams }) => !streams && (blocking ?? answering?.answers === "late"));
  return tasks.flatMap((task) => {
    const role = task.kind === "agent" ? roles[task.agent] : undefined;
    if (task.kind !== "agent" || role === undefined || task.timeoutSeconds <= AGENT_LIMITS.awaitedSeconds) return [];
    const able = slow.filter((agent) => canServe(agent, { role, skill: task.skill }, now)).map(({ agent_id: id }) => id);
    if (able.length === 0) return [];
    const named = able.slice(0, NAMED).join(", ") + (able.length > NAMED ? ` and ${able.length - NAMED} more` : "");
    return [
      {
        code: "AnswerTooLate",
        severity: "warning" as const,
        message: `task "${task.id}" may take ${task.timeoutSeconds} s, and ${named} answer only when they are done: after ${AGENT_LIMITS.awaitedSeconds} s their answers are lost`,
        remedy: "have the agent stream or heed returnImmediately (blocking: false), or lower the timeout",
        path: task.id,
      },
    ];
  });
}
