import { InternalServiceError, ResourceNotFoundException, type SecretsManagerClient, SecretsManagerClient as Client } from "@aws-sdk/client-secrets-manager";
import { describe, expect, it } from "vitest";
import { AgentSecret } from "../../../../shared/agents/agent-secret.ts";
import { AgentSecretError, isSecretOf, secretReader } from "../../../../shared/agents/store/secrets.ts";
import { clientLike } from "../../../fixtures/runtime/fake-client.ts";

const ARN = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/agents/acme/key-AbCdEf";

/** A reader of secrets of which each answer comes next; `calls`: how often it asked. */
function reading(...answers: readonly (string | undefined | Error)[]) {
  const seen = { calls: 0 };
  const send = async (): Promise<{ SecretString: string | undefined }> => {
    const answer = answers[Math.min(seen.calls, answers.length - 1)];
    seen.calls += 1;
    if (answer instanceof Error) throw answer;
    return { SecretString: answer };
  };
  const client: SecretsManagerClient = clientLike(new Client({ region: "eu-central-1" }), { send });
  return { read: secretReader(client), seen };
}

const missing = new ResourceNotFoundException({ message: "none", $metadata: {} });

describe("a secret", () => {
  it("is read once and remembered, also for those who ask at the same time", async () => {
    const { read, seen } = reading('{"a":1}');
    expect(await Promise.all([read(ARN), read(ARN)])).toEqual([{ a: 1 }, { a: 1 }]);
    expect(await read(ARN)).toEqual({ a: 1 });
    expect(seen.calls).toBe(1);
  });

  it("without a text is nothing", async () => {
    expect(await reading(undefined).read(ARN)).toBeNull();
  });

  it.each([
    { what: "that is no JSON", answer: "{", says: "it is not JSON" },
    { what: "that is not there", answer: missing, says: "ResourceNotFoundException" },
  ])("$what cannot be used, and that is said", async ({ answer, says }) => {
    const error: unknown = await reading(answer).read(ARN).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(AgentSecretError);
    expect(String(error)).toContain(says);
  });

  it.each([
    { what: "the service fails", answer: new InternalServiceError({ message: "later", $metadata: {} }) },
    { what: "it is throttled", answer: Object.assign(new ResourceNotFoundException({ message: "slow", $metadata: {} }), { $retryable: { throttling: true } }) },
    { what: "the line is down", answer: new TypeError("no route") },
  ])("may be usable although $what", async ({ answer }) => {
    await expect(reading(answer).read(ARN)).rejects.toBe(answer);
  });

  it("is asked for again after it could not be read", async () => {
    const { read, seen } = reading(missing, "1");
    await expect(read(ARN)).rejects.toThrow(AgentSecretError);
    expect(await read(ARN)).toBe(1);
    expect(seen.calls).toBe(2);
  });

  it("is a tenant's by its name alone", () => {
    expect([isSecretOf("acme", ARN), isSecretOf("acm", ARN), isSecretOf("acme", "arn:aws"), isSecretOf("acme", "a2a/agents/acme/key")]).toEqual([true, false, false, false]);
  });

  it("of OAuth names where it may be used, if it is to be used somewhere only", () => {
    const secret = { scheme: "oauth2_client_credentials", token_url: "https://t.test", client_id: "i", client_secret: "s" };
    expect(AgentSecret.parse(secret)).toEqual([{ scheme: "oauth2ClientCredentials", tokenUrl: "https://t.test", clientId: "i", clientSecret: "s", scopes: [] }]);
    expect(AgentSecret.parse([{ ...secret, hosts: ["a.test"] }])).toMatchObject([{ hosts: ["a.test"] }]);
  });
});
