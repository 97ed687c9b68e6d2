import { OrchestratorError } from "../core/errors.ts";

/** A URL leads where the orchestrator must not go: not https, private, loopback, link-local or metadata addresses. */
export class ForbiddenUrlError extends OrchestratorError {
  static override readonly code = "ForbiddenUrl";
  override readonly recovery = "fix-request";

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`${url} is not allowed: ${reason}; list the host in AGENT_PRIVATE_HOSTS if you trust it`, options);
  }
}

/** What was found at the card's URL is no agent card, cannot be used by us, or was tampered with. */
export class InvalidAgentCardError extends OrchestratorError {
  static override readonly code = "InvalidAgentCard";
  override readonly recovery = "operator";

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`agent card of ${url} is not usable: ${reason}`, options);
  }
}

/** The agent refused for now (429, 5xx), could not be reached or stayed silent. The same call may succeed later. */
export class AgentUnavailableError extends OrchestratorError {
  static override readonly code = "AgentUnavailable";
  override readonly recovery = "retry";
  /** There was no connection: the call did not reach it. */
  readonly isUnreachable: boolean;

  constructor(agent: string, reason: string, { isUnreachable = false, ...options }: ErrorOptions & { readonly isUnreachable?: boolean } = {}) {
    super(`agent ${agent} is unavailable: ${reason}`, options);
    this.isUnreachable = isUnreachable;
  }
}

/** Name of the flaw of a reply that keeps to JSON-RPC and whose result is not what was asked for. */
export const INVALID_RESULT = "InvalidResult";

/** The agent understood the call and refuses it for good, or answers what is not A2A. */
export class AgentRefusedError extends OrchestratorError {
  static override readonly code = "AgentRefused";
  override readonly recovery = "operator";
  /** JSON-RPC code, HTTP status or name of the flaw. */
  readonly refusal: string;

  constructor(agent: string, refusal: string, reason: string, options?: ErrorOptions) {
    super(`agent ${agent} refused the call (${refusal}): ${reason}`, options);
    this.refusal = refusal;
  }
}
