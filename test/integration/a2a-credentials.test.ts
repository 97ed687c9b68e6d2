import { afterAll, describe, expect, it } from "vitest";

import { createA2aClient, type SendTask } from "../../shared/a2a/a2a-client.ts";
import type { AgentCredential } from "../../shared/a2a/credentials.ts";
import { type ExchangeRecord, readExchange } from "../../shared/a2a/exchange-log.ts";
import { startPeer, type ScriptedReply } from "./scripted-peer.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

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

describe("credentials", () => {
  const schemes = {
    bearer: { type: "http", scheme: "Bearer" },
    key: { type: "apiKey", in: "header", name: "X-Key" },
    query: { apiKeySecurityScheme: { location: "query", name: "key" } },
    cookie: { type: "apiKey", in: "cookie", name: "sid" },
    basic: { httpAuthSecurityScheme: { scheme: "Basic" } },
  };
  const bearer = { scheme: "bearer", token: "B" } as const;
  const key = { scheme: "apiKey", in: "header", name: "x-key", value: "K" } as const;
  const cases: { wants: (keyof typeof schemes)[][]; held: AgentCredential[]; seen: object }[] = [
    { wants: [["bearer"]], held: [key, bearer], seen: { headers: { authorization: "Bearer B" } } },
    { wants: [["key"]], held: [bearer, key], seen: { headers: { "x-key": "K" } } },
    {
      wants: [["basic"], ["bearer", "key"]],
      held: [key, bearer],
      seen: { headers: { authorization: "Bearer B", "x-key": "K" } },
    },
    {
      wants: [["query"]],
      held: [{ scheme: "apiKey", in: "query", name: "key", value: "a&b" }],
      seen: { url: "/?key=a%26b" },
    },
    {
      wants: [["cookie"]],
      held: [{ scheme: "apiKey", in: "cookie", name: "sid", value: "7" }],
      seen: { headers: { cookie: "sid=7" } },
    },
    {
      wants: [["basic"]],
      held: [{ scheme: "basic", username: "u", password: "p" }],
      seen: { headers: { authorization: "Basic dTpw" } },
    },
  ];
  it.each(cases)("for $wants: $seen", async ({ wants, held, seen }) => {
    const security = wants.map((names) => Object.fromEntries(names.map((name) => [name, []])));
    await using peer = await startPeer(({ method }, origin) =>
      method === "GET" ? { json: cardOf(`${origin}/`, { securitySchemes: schemes, security }) } : ANSWER,
    );
    await client.sendTask({ agentId: "p", url: peer.url, credentials: held }, SEND);
    expect(peer.seen[0]?.headers.authorization).toBeUndefined();
    expect(peer.seen[1]).toMatchObject(seen);
  });

  it.each([
    { hosts: undefined, authorization: undefined },
    { hosts: ["127.0.0.1"], authorization: "Bearer B" },
  ])(
    "travel to another host of the card only when the operator named it ($hosts)",
    async ({ hosts, authorization }) => {
      await using other = await startPeer(() => ANSWER);
      await using peer = await startPeer(() => ({ json: cardOf(other.url) }));
      const credentials = [{ ...bearer, ...(hosts === undefined ? {} : { hosts }) }];
      await client.sendTask({ agentId: "p", url: peer.url, credentials }, SEND);
      expect(other.seen[0]?.headers.authorization).toBe(authorization);
    },
  );

  it("come from the operator's token endpoint for OAuth, once per lifetime", async () => {
    await using tokens = await startPeer(() => ({ json: { access_token: "T", expires_in: 3600 } }));
    await using peer = await startPeer(({ method }, origin) => {
      const security = { securitySchemes: { o: { type: "oauth2" } }, security: [{ o: [] }] };
      return method === "GET" ? { json: cardOf(`${origin}/`, security) } : ANSWER;
    });
    const oauth: AgentCredential = {
      scheme: "oauth2ClientCredentials",
      tokenUrl: `${tokens.url}/token`,
      clientId: "id",
      clientSecret: "s:1",
      scopes: ["run"],
    };
    const endpoint = { agentId: "p", url: peer.url, credentials: [oauth] };
    await client.sendTask(endpoint, SEND);
    await client.sendTask(endpoint, SEND);
    expect(peer.seen.slice(1).map(({ headers }) => headers.authorization)).toEqual(["Bearer T", "Bearer T"]);
    expect(tokens.seen).toHaveLength(1);
    expect(tokens.seen[0]).toMatchObject({
      body: "grant_type=client_credentials&scope=run",
      headers: { authorization: "Basic aWQ6cyUzQTE=" },
    });
  });

  it("stay out of what a listener hears of exchanges, whichever way they travel", async () => {
    await using tokens = await startPeer(() => ({ json: { access_token: "s3cret-token", expires_in: 3600 } }));
    await using peer = await startPeer(({ method }, origin) => {
      const wanted = { o: { type: "oauth2" }, key: schemes.key, query: schemes.query, cookie: schemes.cookie };
      const security = [Object.fromEntries(Object.keys(wanted).map((name) => [name, []]))];
      return method === "GET" ? { json: cardOf(`${origin}/`, { securitySchemes: wanted, security }) } : ANSWER;
    });
    const heard: ExchangeRecord[] = [];
    const watched = createA2aClient({
      allowedHosts: ["127.0.0.1"],
      exchanges: { hear: (exchange) => heard.push(readExchange(exchange)), now: Date.now },
    });
    const value = "s3cret-value";
    const credentials: AgentCredential[] = [
      { scheme: "oauth2ClientCredentials", tokenUrl: `${tokens.url}/token`, clientId: "id", clientSecret: "s3cret-client", scopes: [] },
      { ...key, value },
      { scheme: "apiKey", in: "query", name: "key", value },
      { scheme: "apiKey", in: "cookie", name: "sid", value },
    ];
    expect(await watched.sendTask({ agentId: "p", url: peer.url, credentials }, SEND)).toMatchObject({ kind: "message" });
    watched.close();
    expect(peer.seen[1]).toMatchObject({ headers: { authorization: "Bearer s3cret-token", "x-key": value } });
    expect(heard.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(JSON.stringify(heard)).not.toContain("s3cret");
  });
});
