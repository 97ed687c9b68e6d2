import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { LRUCache } from "lru-cache";
import { LIMITS } from "../limits.ts";

/** Reads secrets by ARN, at most `LIMITS.secretCacheSeconds` old, so that a rotation takes effect. */
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
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  return JSON.parse(SecretString ?? "null");
}
