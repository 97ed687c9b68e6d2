import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";

const cloud = new StartedCloud();
let agent: LoopbackAgent;

const Status = z.object({ status: z.string(), progress: z.object({ completed_stages: z.int() }) });

/** a → b0…b4 → c → d: a fan in the middle of a chain, each task slow enough to be killed in. */
const slow = { agent: "worker", input: { behaviour: "task", delayMs: 300 } };
const middle = Array.from({ length: 5 }, (_, index) => `b${index}`);
const workflow = {
  name: "killed",
  version: "1.0",
  agents: { worker: { type: "loopback", capabilities: ["echo"] } },
  tasks: [
    { id: "a", ...slow },
    ...middle.map((id) => ({ id, ...slow, depends_on: ["a"] })),
    { id: "c", ...slow, depends_on: middle },
    { id: "d", ...slow, depends_on: ["c"] },
  ],
};

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status).toBe(201);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

describe("a run on the graph runner that is killed with SIGKILL after one, four and seven tasks", () => {
  it("goes on each time and calls the agent once per task", async () => {
    const { body } = await cloud.call("POST", "/api/v1/workflows/execute", { workflow });
    const { execution_id: id } = z.object({ execution_id: z.string() }).parse(body);
    const look = async () => Status.parse((await cloud.call("GET", `/api/v1/executions/${id}/status`)).body);
    for (const count of [1, 4, 7]) {
      await cloud.until(async () => ((await look()).progress.completed_stages >= count ? true : undefined), `${count} tasks`);
      await cloud.kill();
      cloud.start("--no-job", "--latency-ms", "0");
      await cloud.ready();
    }
    const end = await cloud.until(async () => {
      const found = await look();
      return found.status === "running" || found.status === "submitted" ? undefined : found;
    }, "the end");
    expect(end).toEqual({ status: "completed", progress: { completed_stages: 8 } });
    expect(agent.effects()).toHaveLength(8);
    expect(new Set(agent.effects()).size).toBe(8);
  });
});
