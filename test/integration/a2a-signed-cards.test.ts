import { readFileSync } from "node:fs";
import { AgentCard, generateAgentCardSignature } from "@a2a-js/sdk";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { createA2aClient } from "../../shared/a2a/a2a-client.ts";
import { PublicKey } from "../../shared/core/public-key.ts";
import { AgentUnavailableError, ForbiddenUrlError } from "../../shared/a2a/errors.ts";
import { startPeer } from "./scripted-peer.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

const Card = z.record(z.string(), z.unknown());
const Vectors = z.object({ cards: z.record(z.string(), Card), keys: z.record(z.string(), PublicKey) });
/** Made by `test/fixtures/a2a/signed-cards/sign.py`. */
const python = Vectors.parse(
  JSON.parse(readFileSync(new URL("../fixtures/a2a/signed-cards/python-1.3.0.json", import.meta.url), "utf8")),
);
const vector = (alg: string) => ({ card: python.cards[alg] ?? {}, key: PublicKey.parse(python.keys[alg]) });
const at = "https://agents.test/";
const READ = { name: "Grüße, signed", skills: [{ id: "s" }], capabilities: { streaming: true } };

/** A card with one place of it changed. */
function changed(card: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(card);
  const [last = "", ...before] = path.toReversed();
  const holder = before.toReversed().reduce<object>((inner, step) => Object(Reflect.get(inner, step)), copy);
  Reflect.set(holder, last, value);
  return copy;
}

describe("cards signed with the Python SDK", () => {
  it.each(["ES256", "RS256"])("are taken with the signer's key (%s)", async (alg) => {
    const { card, key } = vector(alg);
    expect(await client.trustedCard(at, card, { key })).toMatchObject(READ);
    const { kid: _, ...nameless } = key;
    expect(await client.trustedCard(at, card, { key: nameless })).toMatchObject(READ);
  });

  it.each<[what: string, path: (string | number)[], value: unknown]>([
    ["name", ["name"], "Another"],
    ["description", ["description"], ""],
    ["version", ["version"], "1.2.4"],
    ["address", ["supportedInterfaces", 0, "url"], "https://evil.test/"],
    ["binding", ["supportedInterfaces", 0, "protocolBinding"], "HTTP+JSON"],
    ["tenant", ["supportedInterfaces", 0, "tenant"], "acme"],
    ["capability", ["capabilities", "streaming"], false],
    ["extension", ["capabilities", "extensions", 0, "required"], true],
    ["parameter", ["capabilities", "extensions", 0, "params", "n"], 1.6],
    ["input modes", ["defaultInputModes"], ["text/plain", "image/png"]],
    ["skill", ["skills", 0, "id"], "t"],
    ["tags' order", ["skills", 0, "tags"], ["a", "b"]],
    ["provider", ["provider", "organization"], "Org "],
    ["security", ["securityRequirements"], [{ schemes: { key: { list: ["all"] } } }]],
    ["signature", ["signatures", 0, "signature"], "AAAA"],
    ["header", ["signatures", 0, "protected"], Buffer.from('{"alg":"ES256","kid":"ec-1"}').toString("base64url")],
    [
      "header that leaves no signature to check",
      ["signatures", 0, "protected"],
      Buffer.from('{"alg":"none","kid":"ec-1"}').toString("base64url"),
    ],
    [
      "header that makes the key a secret",
      ["signatures", 0, "protected"],
      Buffer.from('{"alg":"HS256","kid":"ec-1"}').toString("base64url"),
    ],
  ])("are refused with another %s", async (_, path, value) => {
    const { card, key } = vector("ES256");
    await expect(client.trustedCard(at, changed(card, path, value), { key })).rejects.toThrow(
      "its signature does not match its content",
    );
  });

  it("say nothing that was added beside what is signed", async () => {
    const { card, key } = vector("ES256");
    const added = {
      ...card,
      security: [{ stolen: [] }],
      url: "https://evil.test/",
      supportsAuthenticatedExtendedCard: true,
    };
    expect(await client.trustedCard(at, added, { key })).toMatchObject({
      security: [],
      capabilities: { extended: false },
      interfaces: [{ url: "https://agents.test/a2a" }],
    });
  });

  it.each<[why: string, card: (signed: object) => unknown, says: string]>([
    ["no signature", (card) => ({ ...card, signatures: [] }), "it is not signed"],
    [
      "a header that cannot be read",
      (card) => changed(card, ["signatures", 0, "protected"], "%%"),
      "signed with the keys '', and card_signature has 'ec-1'",
    ],
    ["another generation", ({ ...card }) => ({ ...card, supportedInterfaces: [] }), "only cards of A2A 1.0"],
    ["no card at all", () => "card", "it is not signed"],
  ])("are refused for %s, by name", async (_, made, says) => {
    const { card, key } = vector("ES256");
    await expect(client.trustedCard(at, made(card), { key })).rejects.toThrow(says);
  });

  it("are refused for a key that is another's", async () => {
    await expect(client.trustedCard(at, vector("ES256").card, { key: vector("RS256").key })).rejects.toThrow(
      "it is signed with the keys 'ec-1', and card_signature has 'rsa-1'",
    );
  });
});

describe("a key set", () => {
  const { card, key } = vector("ES256");
  const keySet = { keys: [vector("RS256").key, key] };
  const served = (reply: object) => startPeer(({ url }) => (url === "/jwks.json" ? reply : { json: card }));

  it("gives the key, for the card and for every later look at it", async () => {
    await using peer = await served({ json: keySet });
    const trust = { jwksUrl: `${peer.url}/jwks.json` };
    expect(await client.fetchAgentCard(peer.url, { trust })).toMatchObject({ signature: "valid", card: READ });
    expect(await client.trustedCard(at, card, trust)).toMatchObject(READ);
  });

  it.each<[what: string, reply: object, error: new (...args: never[]) => Error, says: string]>([
    ["is none", { json: { keys: 1 } }, Error, "no JSON Web Key Set"],
    ["is not there", { status: 404, json: {} }, Error, "HTTP 404 and no JSON Web Key Set"],
    ["cannot be had now", { status: 503, json: {} }, AgentUnavailableError, "no key set: HTTP 503"],
    ["does not have the key", { json: { keys: [vector("RS256").key] } }, Error, "card_signature has 'rsa-1'"],
  ])("that %s is said", async (_, reply, error, says) => {
    await using peer = await served(reply);
    const looking = client.trustedCard(at, card, { jwksUrl: `${peer.url}/jwks.json` });
    await expect(looking).rejects.toThrow(error);
    await expect(looking).rejects.toThrow(says);
  });

  it("is not looked for where we must not go", async () => {
    await expect(client.trustedCard(at, card, { jwksUrl: "https://169.254.169.254/jwks" })).rejects.toThrow(
      ForbiddenUrlError,
    );
  });
});

describe("an agent whose card must be signed", () => {
  it("is not called any more once its card is another's", async () => {
    const { privateKey, publicKey } = await generateKeyPair("EdDSA");
    const sign = async (url: string) => {
      const plain = {
        name: "peer",
        version: "1",
        supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
        capabilities: {},
        skills: [],
      };
      return AgentCard.toJSON(
        await generateAgentCardSignature(privateKey, { alg: "EdDSA", kid: "ed", typ: "JOSE" })(
          AgentCard.fromJSON(plain),
        ),
      );
    };
    const task = { id: "t", status: { state: "TASK_STATE_WORKING" } };
    let isForged = false;
    await using peer = await startPeer(({ method, url }, origin) => {
      if (method === "GET") return { json: cards.get(isForged ? "forged" : "signed") };
      return {
        json: { jsonrpc: "2.0", id: 1, result: url === "/rpc" ? task : { ...task, id: `forged at ${origin}` } },
      };
    });
    const signed = Object(await sign(`${peer.url}/rpc`));
    const cards = new Map<string, unknown>([
      ["signed", signed],
      [
        "forged",
        {
          ...signed,
          supportedInterfaces: [{ url: `${peer.url}/evil`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
        },
      ],
    ]);
    const agent = {
      agentId: "a",
      url: peer.url,
      cardTrust: { key: { ...PublicKey.parse(await exportJWK(publicKey)), kid: "ed" } },
    };
    expect(await client.getTask(agent, "t")).toMatchObject({ taskId: "t" });
    isForged = true;
    const fresh = createA2aClient({ allowedHosts: ["127.0.0.1"] });
    await expect(fresh.getTask(agent, "t")).rejects.toThrow("its signature does not match its content");
    fresh.close();
  });
});
