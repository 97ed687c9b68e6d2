import {
  GetSecretValueCommand,
  type SecretsManagerClient,
  SecretsManagerServiceException,
} from "@aws-sdk/client-secrets-manager";
import { LRUCache } from "lru-cache";
import { OrchestratorError } from "../../core/errors.ts";
import { LIMITS } from "../../core/limits.ts";

/** An agent's credential cannot be used: its secret is missing, closed to us, malformed, or another tenant's. */
export class AgentSecretError extends OrchestratorError {
  static override readonly code = "AgentSecretUnusable";
  override readonly recovery = "operator";

  constructor(arn: string, reason: string, options?: ErrorOptions) {
    super(`secret ${arn} cannot be used: ${reason}`, options);
  }
}

/**
 * Whether a secret belongs to a tenant: its name begins `a2a/agents/<tenant>/`. Tenants name secrets themselves, and
 * without this rule one could have another's credential sent to an agent of its own.
 */
export const isSecretOf = (tenant: string, arn: string): boolean => arn.split(":")[6]?.startsWith(`a2a/agents/${tenant}/`) ?? false;

/**
 * Reads secrets by ARN, at most `LIMITS.secretCacheSeconds` old, so that a rotation takes effect.
 *
 * The reader throws {@link AgentSecretError} for a secret that is missing, closed to us or not JSON.
 */
export function secretReader(secrets: SecretsManagerClient): (arn: string) => Promise<unknown> {
  const values = new LRUCache<string, Promise<unknown>>({
    max: LIMITS.cachedTenants,
    ttl: LIMITS.secretCacheSeconds * 1000,
  });
  return (arn) => {
    const known = values.get(arn);
    if (known !== undefined) return known;
    const loading = readSecret(secrets, arn);
    values.set(arn, loading);
    loading.catch(() => values.delete(arn));
    return loading;
  };
}

async function readSecret(secrets: SecretsManagerClient, arn: string): Promise<unknown> {
  try {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
    return JSON.parse(SecretString ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) throw new AgentSecretError(arn, "it is not JSON");
    if (!(error instanceof SecretsManagerServiceException) || error.$retryable !== undefined) throw error;
    if (error.$fault !== "client") throw error;
    throw new AgentSecretError(arn, error.name, { cause: error });
  }
}
