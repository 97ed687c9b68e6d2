import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import type { StartedCloud } from "./started-cloud.ts";

/** Where a cloud's AWS services answer, as it printed when it came up last. */
const awsEndpointOf = ({ output }: StartedCloud): string => {
  const found = [...output.matchAll(/^AWS\s+(http\S+)/gm)].at(-1)?.[1];
  if (found === undefined) throw new Error("the cloud has not said where its AWS services are");
  return found;
};

/** Keeps a secret that agents of a cloud's own tenant may be called with. @returns its ARN. */
export async function keepSecret(cloud: StartedCloud, secret: object): Promise<string> {
  await cloud.until(() => (/^AWS\s+http\S+/m.test(cloud.output) ? true : undefined), "the AWS endpoint");
  const client = new SecretsManagerClient({
    endpoint: awsEndpointOf(cloud),
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const { ARN } = await client.send(
    new CreateSecretCommand({ Name: `a2a/agents/default/${randomUUID()}`, SecretString: JSON.stringify(secret) }),
  );
  client.destroy();
  if (ARN === undefined) throw new Error("the secret has no ARN");
  return ARN;
}

/** Registers a cloud with another one, as the agent that it is. Without capabilities the card says what it can do. */
export async function registerOrchestrator(
  outer: StartedCloud,
  inner: StartedCloud,
  { capabilities }: { readonly capabilities?: readonly string[] } = {},
): Promise<void> {
  const { url, token } = inner.connection();
  const credential_secret_arn = await keepSecret(outer, { scheme: "bearer", token });
  const { status, body } = await outer.call("POST", "/api/v1/agents", {
    endpoint: url,
    credential_secret_arn,
    ...(capabilities === undefined ? {} : { capabilities }),
  });
  expect(status, JSON.stringify(body)).toBe(201);
}
