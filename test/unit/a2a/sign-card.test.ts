import { AgentCard, verifyAgentCardSignature } from "@a2a-js/sdk";
import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { createA2aClient } from "../../../shared/a2a/a2a-client.ts";
import { cardSigner } from "../../../shared/a2a/sign-card.ts";
import { PublicKey } from "../../../shared/core/public-key.ts";
import { publicCard } from "../../../shared/endpoint/agent-card.ts";
import { MemoryEndpoint } from "../functions/a2a-endpoint/memory-endpoint.ts";

async function keyOf(alg: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    secret: { ...(await exportJWK(privateKey)), kid: "ours", alg },
    open: PublicKey.parse({ ...(await exportJWK(publicKey)), kid: "ours", alg }),
  };
}

const URL_OF_US = "https://orchestrator.test/a2a";
const client = createA2aClient();

describe("our card under a key", () => {
  it.each(["ES256", "RS256", "EdDSA"])("is verified by the SDK, and by our own client (%s)", async (alg) => {
    const { secret, open } = await keyOf(alg);
    const signed = await cardSigner(async () => secret)(publicCard(URL_OF_US, "1.0"));
    const verify = verifyAgentCardSignature(async () => open);
    await expect(verify(AgentCard.fromJSON(signed))).resolves.toBeUndefined();
    expect(await client.trustedCard(URL_OF_US, signed, { key: open })).toMatchObject({ name: "A2A orchestrator" });
    await expect(client.trustedCard(URL_OF_US, { ...signed, name: "another" }, { key: open })).rejects.toThrow(
      "its signature does not match",
    );
    expect(JSON.stringify(signed)).not.toContain(secret.d);
  });

  it("is signed once, and anew under another key", async () => {
    const keys = [await keyOf("ES256"), await keyOf("ES256")];
    let current = keys[0];
    const sign = cardSigner(async () => current?.secret);
    const card = publicCard(URL_OF_US, "1.0");
    const first = await sign(card);
    expect(await sign(card)).toBe(first);
    current = keys[1];
    expect((await sign(card))["signatures"]).not.toEqual(first["signatures"]);
  });

  it.each([{}, { kty: "oct", k: "c2VjcmV0", kid: "a", alg: "HS256" }, null])(
    "is not signed with %j",
    async (secret) => {
      await expect(cardSigner(async () => secret)({})).rejects.toThrow();
    },
  );
});

describe("an endpoint whose deployment names a key", () => {
  const signedBy = async (readKey: () => Promise<unknown>) => {
    const endpoint = new MemoryEndpoint();
    endpoint.signCard = cardSigner(readKey);
    return endpoint;
  };

  it("signs public and extended card; the public one is known again although its signature differs", async () => {
    const { secret, open } = await keyOf("ES256");
    const endpoint = await signedBy(async () => secret);
    const shown = await endpoint.call("GET", "/.well-known/agent-card.json", { authorizer: null });
    const extended = await endpoint.call("GET", "/a2a/extendedAgentCard");
    for (const { text } of [shown, extended])
      expect(await client.trustedCard(URL_OF_US, JSON.parse(text), { key: open })).toBeDefined();
    const other = await signedBy(async () => secret);
    const again = await other.call("GET", "/.well-known/agent-card.json", {
      authorizer: null,
      headers: { "if-none-match": shown.headers["etag"] ?? "" },
    });
    expect(again.statusCode).toBe(304);
    const plain = await new MemoryEndpoint().call("GET", "/.well-known/agent-card.json", { authorizer: null });
    expect(plain.headers["etag"]).not.toBe(shown.headers["etag"]);
  });

  it("shows its card all the same while the key cannot be had, and says so in its log", async () => {
    const endpoint = await signedBy(() => Promise.reject(new Error("no such secret")));
    const { statusCode, text } = await endpoint.call("GET", "/.well-known/agent-card.json", { authorizer: null });
    expect([statusCode, JSON.parse(text).signatures, endpoint.defects.map(String)]).toEqual([
      200,
      undefined,
      ["Error: no such secret"],
    ]);
  });
});
