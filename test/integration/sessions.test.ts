import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { gated, WorkflowClient } from "./support/workflow-client.ts";

const Session = z.object({ session_id: z.string(), version: z.int(), status: z.string(), variables: z.record(z.string(), z.unknown()), executions: z.array(z.object({ execution_id: z.string(), status: z.string() })) });
const START = ["--no-job", "--latency-ms", "0"];

const cloud = new StartedCloud({ isGroup: true });
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;

beforeAll(async () => {
  cloud.start(...START);
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  expect((await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["undo"] })).status).toBe(201);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

const ask = async (method: string, target: string, body?: object): Promise<z.infer<typeof Session>> => {
  const reply = await cloud.call(method, `/api/v1/sessions${target}`, body);
  expect(reply.status, JSON.stringify(reply.body)).toBeLessThan(300);
  return Session.parse(reply.body);
};

describe("a session", () => {
  it("of three executions survives a kill: variables, versions, and the one that was under way", async () => {
    await client.deploy("note", [{ id: "take", input_from: { round: "session.round", topic: "session.topic" } }]);
    await client.deploy("slow-note", [{ id: "wait", ...gated("session-gate") }, { id: "take", depends_on: ["wait"], input_from: { round: "session.round" } }]);
    const { session_id: id } = await ask("POST", "", { name: "research", variables: { topic: "coal", round: 1 } });
    const inSession = { execution_context: { session_id: id } };
    const first = await client.submit("note", {}, inSession);
    await client.finished(first);
    await ask("POST", `/${id}/save`, { variables: { round: 2 } });
    const second = await client.submit("note", {}, inSession);
    await client.finished(second);
    await ask("POST", `/${id}/resume`, {});
    const third = await client.submit("slow-note", {}, inSession);
    await cloud.until(async () => {
      const { status, body } = await cloud.call("GET", `/api/v1/executions/${third}/tasks/wait`);
      return status === 200 && /"status":"(dispatched|running)"/.test(JSON.stringify(body)) ? true : undefined;
    }, "the third to wait");

    await cloud.kill();
    cloud.start(...START);
    await cloud.ready();

    expect(await ask("GET", `/${id}`)).toMatchObject({ status: "active", version: 3, variables: { topic: "coal", round: 2 } });
    expect((await ask("GET", `/${id}?version=1`)).variables).toEqual({ topic: "coal", round: 1 });
    const saved = await ask("POST", `/${id}/save`, { variables: { round: 3 }, pause: true });
    expect(new Map(saved.executions.map(({ execution_id: one, status }) => [one, status]))).toEqual(new Map([[third, "paused"], [second, "completed"], [first, "completed"]]));
    await ask("POST", `/${id}/resume`, {});
    await agent.open("session-gate");
    expect(await client.finished(third)).toMatchObject({ status: "completed" });
    const said = await Promise.all([first, second, third].map(async (one) => (await client.task(one, "take")).output));
    // The third sees what was remembered when it was submitted, not what was saved since.
    expect(said).toMatchObject([{ echo: { round: 1, topic: "coal" } }, { echo: { round: 2, topic: "coal" } }, { echo: { round: 2 } }]);
  });
});
