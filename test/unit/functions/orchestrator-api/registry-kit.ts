import type { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";

/** A card of A2A 1.0 with these skills. */
export const cardOf = (name: string, ...skills: string[]) => ({
  name,
  description: "does things",
  version: "1.0.0",
  supportedInterfaces: [{ url: `https://${name}.test/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {},
  skills: skills.map((id) => ({ id, name: id, description: "", tags: [] })),
});

/** Registers an agent that can `calc`, with its card inside. */
export const registerOn = (api: MemoryApi, name: string, more: object = {}) =>
  api.call("POST", "/api/v1/agents", {
    body: { endpoint: `https://${name}.test/`, card: cardOf(name, "calc"), ...more },
  });
