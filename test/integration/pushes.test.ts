import { afterAll, beforeAll, expect, it } from "vitest";
import * as z from "zod";
import { startPeer, type ScriptedPeer } from "./scripted-peer.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const Sent = z.object({
  method: z.literal("SendMessage"),
  params: z.object({ configuration: z.object({ taskPushNotificationConfig: z.object({ url: z.url(), token: z.string() }) }) }),
});
const Metered = z.object({ calls: z.record(z.string(), z.number()) });

const cloud = new StartedCloud({ env: { A2A_METER: "1" } });
const client = new WorkflowClient(cloud);
let agent: ScriptedPeer;
let isDone = false;
/** Where the agent is to report, and by what it shows that it may. */
let target: { url: string; token: string } | undefined;

const cardOf = (url: string) => ({
  name: "pusher",
  capabilities: { pushNotifications: true },
  supportedInterfaces: [{ url: `${url}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  skills: [],
});
const taskNow = () => ({
  id: "t-1",
  contextId: "c-1",
  status: { state: isDone ? "TASK_STATE_COMPLETED" : "TASK_STATE_WORKING" },
  ...(isDone ? { artifacts: [{ artifactId: "a", parts: [{ text: "made" }] }] } : {}),
});

beforeAll(async () => {
  agent = await startPeer(({ method, body }, origin) => {
    if (method === "GET") return { json: cardOf(origin) };
    const sent = Sent.safeParse(JSON.parse(body)).data;
    target ??= sent?.params.configuration.taskPushNotificationConfig;
    return { json: { jsonrpc: "2.0", id: 1, result: sent === undefined ? taskNow() : { task: taskNow() } } };
  });
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["pushing"] });
  expect(status, JSON.stringify(body)).toBe(201);
  await client.deploy("pushed", [{ id: "work", input: {} }], { agents: { worker: { type: "pusher", capabilities: ["pushing"] } } });
});

afterAll(async () => {
  await cloud.dispose();
  await agent[Symbol.asyncDispose]();
});

/** How often a function was called. */
async function callsOf(name: string): Promise<number> {
  const { calls } = Metered.parse(await (await fetch(`${cloud.connection().aws_endpoint}/_meter`)).json());
  return Object.entries(calls).find(([target]) => target.startsWith("invoke:") && target.endsWith(`-${name}`))?.[1] ?? 0;
}

it("an agent's push comes by a door of its own and settles its task, by a call and no message", async () => {
  const id = await client.submit("pushed");
  const { url, token } = await cloud.until(async () => target, "the agent hearing of its task");
  expect(new URL(url).origin).not.toBe(new URL(cloud.connection().url).origin);
  const push = (shown: string, to = url) =>
    fetch(to, { method: "POST", headers: { "x-a2a-notification-token": shown }, body: JSON.stringify({ task: taskNow() }) });
  expect((await push("forged")).status).toBe(401);
  expect((await push(token, new URL("/api/v1/executions", url).href)).status).toBe(404);
  expect(await callsOf("settle-task")).toBe(0);
  isDone = true;
  expect((await push(token)).status).toBe(202);
  expect(await client.finished(id)).toMatchObject({ status: "completed" });
  expect(await callsOf("receive-push")).toBe(2);
  expect(await callsOf("settle-task")).toBe(1);
});
