import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
const agents: LoopbackAgent[] = [];

/** Brings up an agent whose tasks take so long, and registers it. */
async function enlist(id: string, latencyMs: number): Promise<LoopbackAgent> {
  const agent = await LoopbackAgent.start(path.join(cloud.stateDir, id), latencyMs);
  agents.push(agent);
  const registration = { agent_id: id, endpoint: agent.url, capabilities: ["echo"] };
  expect((await cloud.call("POST", "/api/v1/agents", registration)).status).toBe(201);
  return agent;
}

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
});

afterAll(async () => {
  for (const agent of agents) agent.stop();
  await cloud.dispose();
});

it("the task of an agent that is killed at work is finished by its twin", async () => {
  const first = await enlist("agent-first", 3_600_000);
  await client.deploy("left-behind", [
    { id: "before" , input: { behaviour: "echo", n: 7 } },
    { id: "work", depends_on: ["before"], timeout: 900, input: { behaviour: "poll" } },
  ]);
  const id = await client.submit("left-behind");
  await client.reaches(id, "work", "running");
  const twin = await enlist("agent-twin", 10);
  first.stop();
  expect(await client.finished(id)).toMatchObject({ status: "completed" });
  expect((await client.task(id, "work")).attempt).toBe(2);
  expect(twin.effects()).toHaveLength(1);
  const retried = (await client.events(id)).find(({ event_type: type, task_id: task }) => type === "task.retry_scheduled" && task === "work");
  expect(JSON.stringify(retried)).toContain("AgentLost");
});
