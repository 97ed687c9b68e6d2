import { createHash } from "node:crypto";
import type { Agent, AgentRegistration } from "../schemas/agent.ts";

/** What a card tells, whatever its protocol version. */
export interface CardFacts {
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly protocolVersion: string;
  readonly skills: readonly { readonly id: string; readonly name: string; readonly description: string }[];
  readonly capabilities: { readonly streaming: boolean; readonly push: boolean };
  readonly idempotentMessages: boolean;
}

/** Joins what the card says with what the registration adds: its skills become capabilities. */
export function describeAgent(
  card: CardFacts,
  registration: AgentRegistration,
  origin: { tenant: string; at: string },
): Agent {
  const { agent_id, capabilities, credential_secret_arn: secret, agent_type: type, version, ...given } = registration;
  return {
    ...given,
    ...(secret === undefined ? {} : { credential_secret_arn: secret }),
    ...(type === undefined ? {} : { agent_type: type }),
    tenant: origin.tenant,
    agent_id: agent_id ?? agentIdOf(card.name),
    name: card.name,
    description: card.description,
    version: version ?? card.version,
    protocol_version: card.protocolVersion,
    capabilities: [...new Set([...card.skills.map(({ id }) => id), ...capabilities])],
    skills: card.skills.map(({ id, name, description }) => ({ id, name, description })),
    supports_push: card.capabilities.push,
    supports_streaming: card.capabilities.streaming,
    idempotent_messages: card.idempotentMessages,
    status: "ACTIVE",
    registered_at: origin.at,
    updated_at: origin.at,
    last_heartbeat_at: origin.at,
  };
}

/**
 * An id made of the agent's name: `Risk Agent` becomes `agent-risk-agent`. A name without Latin letters or digits gives
 * a digest, so that two such agents do not take each other's place.
 */
export function agentIdOf(name: string): string {
  const slug = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  const digest = () => createHash("sha256").update(name).digest("hex").slice(0, 12);
  return `agent-${slug === "" ? digest() : slug}`.slice(0, 128);
}
