import { describe, expect, it } from "vitest";

import { bindingOf, readAgentCard } from "../../../shared/a2a/agent-card.ts";
import { IDEMPOTENT_MESSAGES_EXTENSION } from "../../../shared/core/a2a-extensions.ts";
import { mayTravelTo, selectCredentials } from "../../../shared/a2a/credentials.ts";

const read = (more: object) => {
  const card = readAgentCard({ name: "a", ...more });
  if ("flaw" in card) throw new Error(card.flaw);
  return card;
};
const at = (protocolBinding: string, protocolVersion: string) => ({
  url: `https://a.test/${protocolBinding}/${protocolVersion}`,
  protocolBinding,
  protocolVersion,
});

describe("the protocol version of a card", () => {
  it.each([
    { card: { url: "https://a.test" }, version: "0.2" },
    { card: { url: "https://a.test", protocolVersion: "0.2.5" }, version: "0.2" },
    { card: { url: "https://a.test", protocolVersion: "0.2.9" }, version: "0.2" },
    { card: { url: "https://a.test", protocolVersion: "v0.2.9+" }, version: "0.2" },
    { card: { url: "https://a.test", protocolVersion: "0.1.0" }, version: "0.2" },
    { card: { url: "https://a.test", protocolVersion: "0.3.0" }, version: "0.3" },
    { card: { url: "https://a.test", protocolVersion: "0.20" }, version: "0.3" },
    { card: { url: "https://a.test", protocolVersion: "1.0" }, version: "0.3" },
    { card: { supportedInterfaces: [at("JSONRPC", "1.0")] }, version: "1.0" },
    { card: { supportedInterfaces: [at("JSONRPC", "1.0.1")] }, version: "1.0" },
    { card: { supportedInterfaces: [at("JSONRPC", "")] }, version: "1.0" },
    { card: { supportedInterfaces: [at("JSONRPC", "0.3")] }, version: "0.3" },
    {
      card: { url: "https://a.test", protocolVersion: "0.3.0", supportedInterfaces: [at("JSONRPC", "1.0")] },
      version: "1.0",
    },
  ])("$card is $version", ({ card, version }) => {
    expect(read(card).protocolVersion).toBe(version);
  });
});

describe("the interfaces of a card", () => {
  it("prefers JSON-RPC, and among it the newest version", () => {
    const { interfaces } = read({
      supportedInterfaces: [at("GRPC", "1.0"), at("JSONRPC", "0.3"), at("JSONRPC", "1.0"), at("HTTP+JSON", "1.0")],
    });
    expect(interfaces.map(({ url }) => url.slice("https://a.test/".length))).toEqual([
      "JSONRPC/1.0",
      "JSONRPC/0.3",
      "HTTP+JSON/1.0",
      "GRPC/1.0",
    ]);
    expect(interfaces.filter((one) => bindingOf(one) === "JSONRPC")).toHaveLength(2);
  });

  it("finds JSON-RPC among the additional interfaces of a 0.3 card", () => {
    const { interfaces } = read({
      protocolVersion: "0.3.0",
      url: "https://a.test/rest",
      preferredTransport: "HTTP+JSON",
      additionalInterfaces: [{ url: "https://a.test/rpc", transport: "JSONRPC" }],
    });
    expect(interfaces[0]).toEqual({ url: "https://a.test/rpc", binding: "JSONRPC", protocolVersion: "0.3" });
  });
});

describe("readAgentCard", () => {
  it.each([
    { card: null, flaw: "expected object" },
    { card: { url: "https://a.test" }, flaw: "name" },
    { card: { name: "a" }, flaw: "names no URL" },
    { card: { name: "a", url: "https://a.test", skills: [{ name: "no id" }] }, flaw: "skills" },
  ])("refuses $card", ({ card, flaw }) => {
    expect(readAgentCard(card)).toMatchObject({ flaw: expect.stringContaining(flaw) });
  });

  it("gives skills the modes of the card unless they name their own", () => {
    const card = read({
      url: "https://a.test",
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["a/b"],
      skills: [{ id: "s" }, { id: "t", outputModes: ["c/d"] }],
    });
    expect(card.skills.map(({ inputModes, outputModes }) => [inputModes, outputModes])).toEqual([
      [["text/plain"], ["a/b"]],
      [["text/plain"], ["c/d"]],
    ]);
    expect(card.outputModes).toEqual(["a/b", "c/d"]);
  });

  it("knows agents that de-duplicate", () => {
    const capabilities = { extensions: [{ uri: IDEMPOTENT_MESSAGES_EXTENSION }] };
    expect(read({ url: "https://a.test", capabilities }).idempotentMessages).toBe(true);
    expect(read({ url: "https://a.test" }).idempotentMessages).toBe(false);
  });
});

describe("selecting credentials", () => {
  const token = { scheme: "bearer", token: "T" } as const;
  const key = { scheme: "apiKey", in: "header", name: "X-Key", value: "K" } as const;
  const securitySchemes = {
    bearer: { httpAuthSecurityScheme: { scheme: "bearer" } },
    key: { apiKeySecurityScheme: { location: "header", name: "x-key" } },
    oidc: { openIdConnectSecurityScheme: {} },
    mtls: { mtlsSecurityScheme: {} },
  };
  const demand = (...alternatives: string[][]) =>
    alternatives.map((names) => ({ schemes: Object.fromEntries(names.map((name) => [name, { list: [] }])) }));
  it.each([
    { wants: demand(["bearer"]), held: [key, token], chosen: [token] },
    { wants: demand(["oidc"]), held: [token], chosen: [token] },
    { wants: demand(["mtls"], ["key"]), held: [token, key], chosen: [key] },
    { wants: demand(["key", "bearer"]), held: [token, key], chosen: [key, token] },
    { wants: demand(["key", "bearer"]), held: [token], chosen: [] },
    { wants: demand(["unknown"]), held: [token], chosen: [] },
    { wants: demand([]), held: [token], chosen: [] },
    { wants: [], held: [token], chosen: [] },
  ])("for $wants", ({ wants, held, chosen }) => {
    const card = read({ url: "https://a.test", securitySchemes, securityRequirements: wants });
    expect(selectCredentials(card, held)).toEqual(chosen);
  });

  it("sends what the operator registered to an agent whose card says nothing of security", () => {
    expect(selectCredentials(read({ url: "https://a.test" }), [token])).toEqual([token]);
  });

  it.each([
    { to: "https://a.test/rpc", hosts: undefined, travels: true },
    { to: "https://a.test:444/", hosts: undefined, travels: false },
    { to: "https://evil.test/", hosts: undefined, travels: false },
    { to: "https://a.test.evil.test/", hosts: undefined, travels: false },
    { to: "https://api.test/", hosts: ["api.test"], travels: true },
    { to: "https://a.test/", hosts: ["api.test"], travels: false },
  ])("a credential of https://a.test may go to $to: $travels (hosts: $hosts)", ({ to, hosts, travels }) => {
    const credential = { ...token, ...(hosts === undefined ? {} : { hosts }) };
    expect(mayTravelTo(credential, new URL(to), new URL("https://a.test/"))).toBe(travels);
  });

  it("never falls from https to http", () => {
    expect(mayTravelTo(token, new URL("http://a.test/"), new URL("https://a.test/"))).toBe(false);
  });
});
