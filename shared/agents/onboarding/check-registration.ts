import type { AgentCard } from "../../a2a/agent-card.ts";
import { flawOfCertificates } from "../../a2a/peer-tls.ts";
import { unmetExtensions } from "../../core/a2a-extensions.ts";
import { InvalidRequestError } from "../../core/errors.ts";
import type { AgentRow } from "../agent.ts";
import type { AgentRegistration } from "../agent-registration.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { isSecretOf } from "../store/secrets.ts";

/** @throws {InvalidRequestError} the secret is none of the tenant's. */
export function checkSecret(tenant: string, arn: string | undefined): void {
  if (arn === undefined || isSecretOf(tenant, arn)) return;
  const message = `must name a secret of yours: its name begins 'a2a/agents/${tenant}/'`;
  throw new InvalidRequestError([{ field: "body.credential_secret_arn", message }]);
}

/** @throws {InvalidRequestError} what is pinned is no certificate. */
export function checkTls(tls: AgentRegistration["tls"]): void {
  const flaw = tls === undefined ? undefined : flawOfCertificates(tls.ca);
  if (flaw !== undefined) throw new InvalidRequestError([{ field: "body.tls.ca", message: flaw }]);
}

/**
 * Calls without what a card requires would all be refused.
 *
 * @throws {InvalidRequestError} the registration does not name it.
 */
export function checkExtensions({ capabilities }: AgentCard, { endpoint, extensions = [] }: Pick<AgentRegistration, "endpoint" | "extensions">): void {
  const unmet = unmetExtensions(capabilities.requiredExtensions, extensions.map(({ uri }) => uri));
  if (unmet.length === 0) return;
  const message =
    `must name ${unmet.map((uri) => `'${uri}'`).join(", ")}: the card of ${endpoint} requires it of callers. Add {"uri": "${unmet[0] ?? ""}"}, with the params ` +
    "that each message is to carry if it has some, once you have read that calls can keep to it";
  throw new InvalidRequestError([{ field: "body.extensions", message }]);
}

/**
 * Cards may be larger than rows.
 *
 * @throws {InvalidRequestError} this one is.
 */
export function checkSize(agent: AgentRow): void {
  if (Buffer.byteLength(JSON.stringify(agent)) <= AGENT_LIMITS.agentBytes) return;
  const message = `has a card of more than ${AGENT_LIMITS.agentBytes} bytes; shorten its skills and descriptions`;
  throw new InvalidRequestError([{ field: "body.endpoint", message }]);
}
