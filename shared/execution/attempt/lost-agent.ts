import { AGENT_LOST } from "./blame.ts";
import type { Agent } from "../../agents/agent.ts";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { isoNow } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { InHands } from "../task/attempt-transitions.ts";
import { mayRetry } from "../task/retry-delay.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { silentAt } from "./watching.ts";

type Doubt = Extract<AttemptOutcome, { kind: "in_doubt" }>;

/** A look that found no agent. */
export interface LostLook {
  readonly agent: Agent;
  readonly looks: number;
  readonly once: boolean;
  readonly found: Doubt;
  readonly unreachableSince?: string | undefined;
}

/**
 * Takes an attempt from an agent that is gone, so that another one does it, where there is one.
 *
 * 1. An address that takes no call is called again after `lostAgentProbesSeconds`: agents restart. After the last one
 *    the agent is lost. One that owes a heartbeat as well is lost at once.
 * 2. The work may have been done: an author or a registration that says `on_lost_answer: wait` keeps it where it is.
 * 3. So does a policy that allows no further attempt, and a registry without another agent for it: then the deadline
 *    decides, and an agent that comes back may know its task.
 *
 * @returns whether it was dealt with; if not, looks go on as usual.
 */
export async function handleLostAgent(runtime: Runtime, attempt: Attempt<InHands>, look: LostLook): Promise<boolean> {
  const { agent, looks, once, found } = look;
  const since = look.unreachableSince ?? isoNow(runtime);
  const isSilent = runtime.now().getTime() >= silentAt(agent);
  if (found.isUnreachable !== true && !isSilent) return false;
  const next = isSilent ? undefined : nextProbe(since, runtime.now().getTime());
  if (next !== undefined) {
    if (!once) await runtime.mail.watch({ dispatch: refOf(attempt), looks, unreachableSince: since }, next);
    return true;
  }
  if (!(await mayMove(runtime, attempt, agent))) return false;
  await settleAttempt(runtime, attempt, {
    kind: "failed",
    failure: { code: AGENT_LOST, message: `agent ${agent.agent_id} is gone with the task: ${found.reason}` },
    retryable: true,
  });
  return true;
}

/** Seconds until the next probe; none after the last one. A probe that came late counts for those before it. */
function nextProbe(since: string, now: number): number | undefined {
  const elapsed = (now - Date.parse(since)) / 1000;
  const next = EXECUTION_LIMITS.lostAgentProbesSeconds.find((seconds) => seconds > elapsed);
  return next === undefined ? undefined : Math.max(1, Math.round(next - elapsed));
}

async function mayMove(runtime: Runtime, { view, task, record, run }: Attempt<InHands>, agent: Agent): Promise<boolean> {
  const role = task.kind === "agent" ? view.plan.agents[task.agent] : undefined;
  const policy = view.plan.retryPolicies[task.retryPolicy];
  if (task.kind !== "agent" || role === undefined || policy === undefined) return false;
  if ((task.onLostAnswer ?? agent.on_lost_answer) === "wait") return false;
  const tried = record.attempt - (record.retryBase ?? 0);
  if (!mayRetry(policy, tried, { code: AGENT_LOST, retryable: true })) return false;
  return runtime.pool.hasOther(run.tenant, { role, skill: task.skill }, [agent.agent_id, ...(record.triedAgents ?? [])]);
}
