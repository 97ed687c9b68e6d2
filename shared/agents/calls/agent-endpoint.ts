import type { AgentEndpoint } from "../../a2a/agent-routes.ts";
import type { CardTrust } from "../../core/public-key.ts";
import { AgentSecretError, isSecretOf } from "../store/secrets.ts";
import type { AgentRow } from "../agent.ts";
import { AgentSecret } from "../agent-secret.ts";

/** What calling an agent needs to know of it. */
export type CallableAgent = Pick<AgentRow, "tenant" | "agent_id" | "endpoint" | "credential_secret_arn" | "card" | "extensions" | "card_signature" | "tls">;

/** Whose signature a card must have, as the client knows it. */
export function cardTrustOf(rule: AgentRow["card_signature"]): CardTrust | undefined {
  if (rule?.key !== undefined) return { key: rule.key };
  return rule?.jwks_url === undefined ? undefined : { jwksUrl: rule.jwks_url };
}

/**
 * Finds the way to an agent and the credential that it asks for. `readSecret` gives the parsed content of a secret by
 * its ARN. The result throws {@link AgentSecretError} for a secret that is another tenant's or no credential.
 */
export function endpointReader(
  readSecret: (arn: string) => Promise<unknown>,
): (agent: CallableAgent) => Promise<AgentEndpoint> {
  return async ({ agent_id: agentId, endpoint: url, credential_secret_arn: arn, card, tenant, extensions, card_signature: rule, tls }) => {
    const cardTrust = cardTrustOf(rule);
    const declared = {
      ...(extensions === undefined ? {} : { extensions: extensions.map(({ uri }) => uri) }),
      ...(cardTrust === undefined ? {} : { cardTrust }),
      ...(tls === undefined ? {} : { ca: tls.ca }),
    };
    const at = { agentId, url, ...declared, ...(card === undefined ? {} : { card }) };
    if (arn === undefined) return at;
    if (!isSecretOf(tenant, arn)) throw new AgentSecretError(arn, "it is not one of this tenant");
    const credentials = AgentSecret.safeParse(await readSecret(arn));
    if (!credentials.success) throw new AgentSecretError(arn, "its content is no credential");
    return { ...at, credentials: credentials.data };
  };
}
