import { A2A_LIMITS } from "./limits.ts";
import { type AgentCard, readAgentCard } from "./agent-card.ts";
import type { AgentEndpoint } from "./agent-routes.ts";
import type { CardSource } from "./card-source.ts";
import type { RpcCaller } from "./rpc-caller.ts";
import { callError } from "./rpc-reply.ts";

/** An extended card, and as the agent wrote it. */
export interface ExtendedCard {
  readonly card: AgentCard;
  readonly raw: unknown;
}

/**
 * The card that an agent shows to the credential that we have, where it has one beside the public card.
 *
 * @returns nothing when it shows none, or one that is no card.
 * @throws {InvalidAgentCardError} it is not signed as the registration asks.
 */
export async function fetchExtendedCard(
  caller: RpcCaller,
  cards: Pick<CardSource, "trusted">,
  agent: AgentEndpoint,
): Promise<ExtendedCard | undefined> {
  const { card: known } = await caller.routes.find(agent);
  if (!known.capabilities.extended) return undefined;
  const reply = await caller.call(agent, {
    method: ({ dialect }) => dialect.methods.extendedCard,
    params: () => ({}),
    timeoutMs: A2A_LIMITS.callTimeoutMs,
  });
  if (reply.kind === "in-doubt") throw callError(agent.agentId, reply);
  if (reply.kind === "refused") return undefined;
  const raw = reply.result;
  if (agent.cardTrust !== undefined) return { card: await cards.trusted(agent.url, raw, agent.cardTrust), raw };
  const card = readAgentCard(raw);
  return "flaw" in card ? undefined : { card, raw };
}
