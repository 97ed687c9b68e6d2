import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { type ScriptedPeer, startPeer } from "./scripted-peer.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
const RETRY_AFTER_SECONDS = 4;
const AGENTS = ["agent-one", "agent-two", "agent-three"];
let provider: ScriptedPeer;
/** How many messages came, and when the one was turned away. */
let came = 0;
let turnedAwayAt = 0;

beforeAll(async () => {
  provider = await startPeer(({ method }) => {
    if (method === "GET") return { json: cardOf(provider.url) };
    came += 1;
    if (came === 3) {
      turnedAwayAt = Date.now();
      return { status: 429, headers: { "retry-after": String(RETRY_AFTER_SECONDS) }, text: "slow down" };
    }
    return { json: { jsonrpc: "2.0", id: 1, result: { message: { messageId: "r", role: "ROLE_AGENT", parts: [{ text: "done" }] } } } };
  });
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  for (const agent_id of AGENTS) {
    const { status, body } = await cloud.call("POST", "/api/v1/agents", { agent_id, endpoint: `${provider.url}/${agent_id}`, capabilities: ["limited"], card: cardOf(provider.url), blocking: false, limit_group: "provider" });
    expect(status, JSON.stringify(body)).toBe(201);
  }
  came = 0;
  expect((await cloud.call("PUT", "/api/v1/limit-groups/provider", { requests_per_minute: 3000 })).status).toBe(200);
});
afterAll(async () => {
  await cloud.dispose();
  await provider[Symbol.asyncDispose]();
});

const cardOf = (url: string) => ({ name: "one of three", supportedInterfaces: [{ url: `${url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }], skills: [] });
const Breaker = z.object({ circuit_breaker: z.object({ state: z.string(), failures: z.number() }) });
const Group = z.object({ held_until: z.iso.datetime().optional() });

it("one Retry-After holds all three agents of a group; no attempt and no breaker pays for it", async () => {
  const agents = { worker: { type: "limited", capabilities: ["limited"] } };
  const work = Array.from({ length: 30 }, (_, index) => ({ id: `do-${index}`, input: {}, timeout: 60, retry_policy: { max_attempts: 1, backoff: "none" } }));
  await client.deploy("limited", work, { agents });
  const id = await client.submit("limited");
  const held = await cloud.until(async () => Group.parse((await cloud.call("GET", "/api/v1/limit-groups/provider")).body).held_until, "the hold of the group");
  expect(Date.parse(held)).toBeGreaterThan(turnedAwayAt + (RETRY_AFTER_SECONDS - 1) * 1000);
  expect(await client.finished(id)).toMatchObject({ status: "completed" });
  const events = await client.events(id);
  const turnedAway = events.filter(({ event_type: type, reason, agent_id: agent }) => type === "task.parked" && reason === "limit" && agent !== undefined);
  expect(turnedAway).toHaveLength(1);
  for (const { id: task } of work) expect(await client.task(id, task)).toMatchObject({ attempt: 1 });
  for (const agent of AGENTS) {
    const { circuit_breaker: breaker } = Breaker.parse((await cloud.call("GET", `/api/v1/agents/${agent}`)).body);
    expect(breaker).toEqual({ state: "closed", failures: 0 });
  }
  // Each once, and the one that was turned away again.
  expect(came).toBe(work.length + 1);
});
