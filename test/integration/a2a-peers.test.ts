import { hostname } from "node:os";

import { generateAgentCardSignature, AgentCard } from "@a2a-js/sdk";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, describe, expect, it } from "vitest";

import { createA2aClient, type SendTask } from "../../shared/a2a/a2a-client.ts";
import { ForbiddenUrlError, InvalidAgentCardError, AgentUnavailableError } from "../../shared/a2a/errors.ts";
import { startPeer, type ScriptedReply, type SeenRequest } from "./scripted-peer.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

const CARD_PATH = "/.well-known/agent-card.json";
const cardOf = (url: string, more: object = {}) => ({
  name: "peer",
  description: "",
  version: "1",
  supportedInterfaces: [{ url, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  skills: [],
  ...more,
});
const SEND: SendTask = { messageId: "m-1", contextId: "c-1", parts: [{ kind: "text", text: "hello" }] };
const ANSWER: ScriptedReply = {
  json: { jsonrpc: "2.0", id: 1, result: { message: { messageId: "r", role: "ROLE_AGENT", parts: [{ text: "hi" }] } } },
};
const refusal = (code: number): ScriptedReply => ({ json: { jsonrpc: "2.0", id: 1, error: { code, message: "no" } } });
const methodOf = ({ body }: SeenRequest): unknown => (body === "" ? undefined : JSON.parse(body).method);

describe("fetching a card", () => {
  it("falls back to agent.json, and takes a card labelled 0.2.9 for 0.2", async () => {
    const card = {
      name: "old",
      url: "https://agents.test/",
      protocolVersion: "0.2.9",
      capabilities: {},
      skills: [{ id: "s" }],
    };
    await using peer = await startPeer(({ url }) => (url === "/.well-known/agent.json" ? { json: card } : undefined));
    const found = await client.fetchAgentCard(peer.url);
    expect(found).toMatchObject({
      url: `${peer.url}/.well-known/agent.json`,
      card: { protocolVersion: "0.2", skills: [{ id: "s", name: "s" }] },
    });
  });

  it.each([
    { base: "/agents/a", found: "/agents/a/.well-known/agent-card.json" },
    { base: "/agents/b", found: "/.well-known/agent-card.json" },
    { base: "/cards/c.json", found: "/cards/c.json" },
  ])("finds the card of $base at $found", async ({ base, found }) => {
    await using peer = await startPeer(({ url }, origin) =>
      url === found ? { json: cardOf(`${origin}/`) } : undefined,
    );
    expect((await client.fetchAgentCard(peer.url + base)).url).toBe(peer.url + found);
  });

  it.each([
    { header: "max-age=600", seconds: 600 },
    { header: "public, max-age=86400", seconds: 3600 },
    { header: "max-age=1", seconds: 30 },
    { header: "no-cache", seconds: 30 },
    { header: "", seconds: 300 },
  ])("keeps it $seconds s for cache-control '$header'", async ({ header, seconds }) => {
    const headers = { "cache-control": header, etag: '"v1"' };
    await using peer = await startPeer((_, origin) => ({ json: cardOf(origin), headers }));
    expect(await client.fetchAgentCard(peer.url)).toMatchObject({
      maxAgeSeconds: seconds,
      etag: '"v1"',
      signature: "unsigned",
    });
  });

  it("follows a redirect inside the origin", async () => {
    await using peer = await startPeer(({ url }, origin) =>
      url === CARD_PATH ? { status: 302, headers: { location: "/moved.json" }, text: "" } : { json: cardOf(origin) },
    );
    expect((await client.fetchAgentCard(peer.url)).card.name).toBe("peer");
    expect(peer.seen.map(({ url }) => url)).toEqual([CARD_PATH, "/moved.json"]);
  });

  const html = "<html></html>";
  it.each<{ flaw: string; reply: ScriptedReply; error: new (...args: never[]) => Error; says: string }>([
    {
      flaw: "a redirect elsewhere",
      reply: { status: 302, headers: { location: "http://127.0.0.2/" }, text: "" },
      error: InvalidAgentCardError,
      says: "another origin",
    },
    {
      flaw: "redirects without end",
      reply: { status: 302, headers: { location: "/again" }, text: "" },
      error: InvalidAgentCardError,
      says: "more than 3 times",
    },
    {
      flaw: "300 KB",
      reply: { json: { name: "x".repeat(300_000) } },
      error: InvalidAgentCardError,
      says: "larger than 262144 bytes",
    },
    { flaw: "HTML", reply: { text: html }, error: InvalidAgentCardError, says: "no JSON" },
    { flaw: "no interface", reply: { json: { name: "x" } }, error: InvalidAgentCardError, says: "names no URL" },
    { flaw: "a 503", reply: { status: 503, text: "" }, error: AgentUnavailableError, says: "HTTP 503" },
  ])("refuses $flaw", async ({ reply, error, says }) => {
    await using peer = await startPeer(() => reply);
    const fetching = client.fetchAgentCard(peer.url);
    await expect(fetching).rejects.toThrow(error);
    await expect(fetching).rejects.toThrow(says);
  });
});

describe("a signed card", () => {
  const signed = async (url: string) => {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const sign = generateAgentCardSignature(privateKey, { alg: "ES256", kid: "k1", typ: "JOSE" });
    const card = AgentCard.toJSON(await sign(AgentCard.fromJSON(cardOf(url))));
    return { card: Object(card), key: await exportJWK(publicKey) };
  };

  it.each([
    { trusted: true, verdict: "valid" },
    { trusted: false, verdict: "unverified" },
  ])("is $verdict (trusted: $trusted)", async ({ trusted, verdict }) => {
    const { card, key } = await signed("https://agents.test/");
    await using peer = await startPeer(() => ({ json: card }));
    const strict = createA2aClient({ allowedHosts: ["127.0.0.1"], trustedCardKeys: trusted ? { k1: key } : {} });
    expect((await strict.fetchAgentCard(peer.url)).signature).toBe(verdict);
  });

  it("is valid by a key set at its own origin, and by no other", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const keys = { json: { keys: [{ ...(await exportJWK(publicKey)), kid: "k1" }] } };
    const verdictFor = async (keySetAt: (origin: string) => string): Promise<string> => {
      let card: unknown;
      await using peer = await startPeer(({ url }) => (url === CARD_PATH ? { json: card } : keys));
      const header = { alg: "ES256", kid: "k1", typ: "JOSE", jku: keySetAt(peer.url) };
      card = AgentCard.toJSON(
        await generateAgentCardSignature(privateKey, header)(AgentCard.fromJSON(cardOf(peer.url))),
      );
      return (await client.fetchAgentCard(peer.url)).signature;
    };
    await using stranger = await startPeer(() => keys);
    expect(await verdictFor((origin) => `${origin}/keys`)).toBe("valid");
    expect(await verdictFor(() => `${stranger.url}/keys`)).toBe("unverified");
    expect(stranger.seen).toEqual([]);
  });

  it("is refused when it was tampered with", async () => {
    const { card, key } = await signed("https://agents.test/");
    await using peer = await startPeer(() => ({ json: { ...card, name: "someone else" } }));
    const strict = createA2aClient({ allowedHosts: ["127.0.0.1"], trustedCardKeys: { k1: key } });
    await expect(strict.fetchAgentCard(peer.url)).rejects.toThrow("signature does not match");
  });
});

describe("where calls go", () => {
  it.each(["http://169.254.169.254/latest", "https://10.0.0.7/", "http://localhost:1/", "ftp://127.0.0.1/"])(
    "refuses a card that sends us to %s",
    async (url) => {
      await using peer = await startPeer(() => ({ json: cardOf(url) }));
      await expect(client.sendTask({ agentId: "p", url: peer.url }, SEND)).rejects.toThrow(ForbiddenUrlError);
    },
  );

  it("refuses a name that resolves to a private address, when it connects", async () => {
    await expect(client.fetchAgentCard(`https://${hostname()}:1/`)).rejects.toThrow(/is not allowed: it resolves to/);
  });

  it("follows the agent when its card changed, once, and remembers", async () => {
    let version = "0.3.0";
    await using peer = await startPeer((request, origin) => {
      if (request.method === "GET")
        return {
          json: version === "1.0" ? cardOf(`${origin}/`) : { name: "p", url: `${origin}/`, protocolVersion: version },
        };
      return methodOf(request) === (version === "1.0" ? "SendMessage" : "message/send") ? ANSWER : refusal(-32_601);
    });
    const endpoint = { agentId: "p", url: peer.url };
    const methods = () => peer.seen.splice(0).map(methodOf);
    expect(await client.sendTask(endpoint, SEND)).toMatchObject({ kind: "message" });
    expect(methods()).toEqual([undefined, "message/send"]);
    version = "1.0";
    expect(await client.sendTask(endpoint, SEND)).toMatchObject({ kind: "message" });
    expect(methods()).toEqual(["message/send", undefined, "SendMessage"]);
    await client.sendTask(endpoint, SEND);
    expect(methods()).toEqual(["SendMessage"]);
  });

  it("uses the stored card until a call shows that it is stale", async () => {
    await using peer = await startPeer(({ method, url }, origin) => {
      if (method === "GET") return { json: cardOf(`${origin}/new`) };
      return url === "/new" ? ANSWER : { status: 404, text: "" };
    });
    const endpoint = { agentId: "p", url: peer.url, card: cardOf(`${peer.url}/old`) };
    expect(await client.sendTask(endpoint, SEND)).toMatchObject({ kind: "message" });
    expect(peer.seen.map(({ url }) => url)).toEqual(["/old", CARD_PATH, "/new"]);
  });

  it("sends again without push when the agent refuses push, against its card", async () => {
    await using peer = await startPeer(({ method, body }, origin) => {
      if (method === "GET") return { json: cardOf(origin, { capabilities: { pushNotifications: true } }) };
      return body.includes("taskPushNotificationConfig") ? refusal(-32_003) : ANSWER;
    });
    const send = { ...SEND, push: { url: "https://us.test/push", token: "t" } };
    expect(await client.sendTask({ agentId: "p", url: peer.url }, send)).toMatchObject({ kind: "message" });
    expect(peer.seen).toHaveLength(3);
  });

  it("announces 1.0 to 1.x servers, and passes the tenant of the interface on", async () => {
    const supportedInterfaces = (url: string) => [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0.1", tenant: "acme" },
    ];
    await using peer = await startPeer(({ method }, origin) =>
      method === "GET" ? { json: cardOf("", { supportedInterfaces: supportedInterfaces(origin) }) } : ANSWER,
    );
    await client.sendTask({ agentId: "p", url: peer.url }, SEND);
    expect(peer.seen[1]?.headers["a2a-version"]).toBe("1.0");
    expect(JSON.parse(peer.seen[1]?.body ?? "")).toMatchObject({ method: "SendMessage", params: { tenant: "acme" } });
  });
});
