import type { A2aClient } from "../../a2a/a2a-client.ts";
import type { AgentEndpoint } from "../../a2a/agent-routes.ts";
import { AgentRefusedError, INVALID_RESULT } from "../../a2a/errors.ts";
import { probeSkillOf } from "../agent-description.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Agent, AgentProbe } from "../agent.ts";
import { refreshCard, type RefreshDeps } from "./register-agent.ts";

/** What probing stands on. */
export interface ProbeDeps extends RefreshDeps {
  readonly a2a: RefreshDeps["a2a"] & Pick<A2aClient, "sendTask" | "cancelTask">;
  readonly newId: () => string;
}

/** A probe's result, and whether the agent's card had changed. */
export interface Probed {
  readonly probe: AgentProbe;
  readonly hasNewCard: boolean;
}

/**
 * Calls an agent the way tasks do, without effect: a card alone proves nothing, since agents whose card answers often
 * fail on the first message.
 *
 * An agent that declares the health-probe extension, or has a skill that exists for it, gets a message. Any other is
 * asked for a task that it cannot have: the question takes the same way (address, credential, JSON-RPC, dialect), and
 * any answer of JSON-RPC will do. Every few minutes its card is looked at as well.
 */
export async function probeAgent(deps: ProbeDeps, agent: Agent): Promise<Probed> {
  const started = deps.now().getTime();
  const at = deps.now().toISOString();
  const isCardDue =
    started - Date.parse(agent.probe?.card_checked_at ?? "1970-01-01T00:00:00Z") >=
    AGENT_LIMITS.cardRefreshSeconds * 1000;
  try {
    const hasNewCard = isCardDue && (await refreshCard(deps, agent)) !== undefined;
    await call(deps, agent);
    const card_checked_at = isCardDue ? at : agent.probe?.card_checked_at;
    const latency_ms = deps.now().getTime() - started;
    return {
      hasNewCard,
      probe: {
        at,
        ok: true,
        latency_ms,
        has_succeeded: true,
        failures: 0,
        ...(card_checked_at === undefined ? {} : { card_checked_at }),
      },
    };
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return { hasNewCard: false, probe: failedProbe(agent, { at, reason: error.message }) };
  }
}

function failedProbe({ probe }: Agent, { at, reason }: { at: string; reason: string }): AgentProbe {
  return {
    at,
    ok: false,
    reason: reason.slice(0, LIMITS.failureCharacters),
    has_succeeded: probe?.has_succeeded ?? false,
    failures: (probe?.failures ?? 0) + 1,
    failing_since: probe?.failing_since ?? at,
    ...(probe?.card_checked_at === undefined ? {} : { card_checked_at: probe.card_checked_at }),
  };
}

async function call(deps: ProbeDeps, agent: Agent): Promise<void> {
  const at = await deps.endpoint(agent);
  return agent.probe_kind === "message" ? sendProbe(deps, at, agent) : askForNothing(deps, at);
}

/** Answers of JSON-RPC that show an agent at work: no such task, method or parameter, or a result that is no task. */
const ANSWERS: ReadonlySet<string> = new Set([INVALID_RESULT, "-32001", "-32004", "-32600", "-32601", "-32602", "-32603"]);

async function askForNothing({ a2a, newId }: ProbeDeps, at: AgentEndpoint): Promise<void> {
  try {
    await a2a.getTask(at, `probe-${newId()}`, { timeoutMs: AGENT_LIMITS.probeTimeoutMs });
  } catch (error) {
    if (!(error instanceof AgentRefusedError) || !ANSWERS.has(error.refusal)) throw error;
  }
}

async function sendProbe({ a2a, newId }: ProbeDeps, at: AgentEndpoint, agent: Agent): Promise<void> {
  const skill = probeSkillOf(agent);
  const id = `probe-${newId()}`;
  const outcome = await a2a.sendTask(at, {
    messageId: id,
    contextId: id,
    parts: [{ kind: "data", data: { probe: true, ...(skill === undefined ? {} : { skill }) } }],
    metadata: { probe: true, ...(skill === undefined ? {} : { skill }) },
    timeoutMs: AGENT_LIMITS.probeTimeoutMs,
  });
  if (outcome.kind === "refused") throw new AgentRefusedError(agent.agent_id, outcome.code, outcome.message);
  if (outcome.kind === "in-doubt") throw new AgentRefusedError(agent.agent_id, "NoAnswer", outcome.reason);
  if (outcome.kind !== "task") return;
  const { state, taskId } = outcome.snapshot;
  if (state === "failed" || state === "rejected")
    throw new AgentRefusedError(agent.agent_id, state, "it did not take the probe");
  // Whatever goes on there is nobody's work.
  if (state !== "completed" && state !== "canceled")
    await a2a.cancelTask(at, taskId, { timeoutMs: AGENT_LIMITS.probeTimeoutMs });
}
