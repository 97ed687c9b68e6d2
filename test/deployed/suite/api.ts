import { expect } from "vitest";
import * as z from "zod";
import { agentFeature, feature } from "../feature.ts";

const Openapi = z.object({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) });

/** What the gateway and the authorizer do. */
export function describeApi(): void {
  feature("open routes answer without a token", async ({ connection }) => {
    const reply = await fetch(`${connection.url}/openapi.json`);
    expect(reply.status).toBe(200);
    expect(Object.keys(Openapi.parse(await reply.json()).paths).length).toBeGreaterThan(40);
    return undefined;
  });
  feature("authorizer: no token, a forged token", async ({ connection }) => {
    for (const headers of [{}, { authorization: "Bearer forged" }]) {
      const reply = await fetch(`${connection.url}/api/v1/workflows`, { headers });
      expect([reply.status, reply.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
      expect(await reply.json()).toMatchObject({ type: "urn:a2a-orchestrator:problem:http-401", status: 401 });
    }
    return undefined;
  });
  feature("the gateway's own refusals as problems", async (world) => {
    const reply = await world.call("GET", "/nowhere");
    expect(reply).toMatchObject({ status: 404, body: { type: "urn:a2a-orchestrator:problem:http-404" } });
    return undefined;
  });
  agentFeature("agents registered by their cards", async (world) => {
    for (const [name, endpoint] of world.agentUrls) {
      const capabilities = name === "loopback" ? { capabilities: ["echo", "undo"] } : {};
      const { status, body } = await world.call("POST", "/api/v1/agents", { endpoint, ...capabilities });
      expect(status, JSON.stringify(body)).toBe(201);
    }
    return undefined;
  });
  agentFeature("a definition is refused with every flaw", async (world) => {
    const tasks = [
      { id: "a", agent: "absent", depends_on: ["b"] },
      { id: "b", agent: "absent", depends_on: ["a"] },
    ];
    const { status, body } = await world.call("POST", "/api/v1/workflows/validate", {
      workflow: { name: "flawed", version: "1.0", agents: {}, tasks },
    });
    expect(status).toBe(422);
    expect(z.object({ errors: z.array(z.unknown()) }).parse(body).errors.length).toBeGreaterThan(1);
    return undefined;
  });
}
