import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { runFunction } from "./support/run-function.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const Schedule = z.object({
  schedule_id: z.string(),
  status: z.string(),
  runs: z.array(z.object({ due_at: z.string(), at: z.string(), outcome: z.string(), execution_id: z.string() })),
});
const Executions = z.object({ executions: z.array(z.object({ execution_id: z.string() })) });
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

const scheduled = async (): Promise<z.infer<typeof Schedule>> => {
  const { body } = await cloud.call("GET", "/api/v1/schedules");
  const [schedule] = z.object({ schedules: z.array(Schedule) }).parse(body).schedules;
  if (schedule === undefined) throw new Error("there is no schedule");
  return schedule;
};
const started = async (): Promise<number> => Executions.parse((await cloud.call("GET", "/api/v1/executions")).body).executions.length;

/** Deploys a workflow that is due in so many seconds, and has the sweep find it. */
async function deployDue(name: string, inSeconds: number): Promise<number> {
  const due = Math.ceil(Date.now() / 1000 + inSeconds) * 1000;
  await client.deploy(name, [{ id: "take", input_from: { due: "input.due" } }], {
    triggers: [{ schedule: `at(${new Date(due).toISOString().slice(0, 19)})`, input_from: { due: "event.time" } }],
  });
  await runFunction(cloud, "run-schedules");
  return due;
}

describe("a schedule", () => {
  it("starts its workflow in the second at which it is due", async () => {
    const due = await deployDue("on-time", 3);
    const { runs } = await cloud.until(async () => ((await scheduled()).status === "ended" ? scheduled() : undefined), "the tick");
    expect(runs).toMatchObject([{ due_at: new Date(due).toISOString(), outcome: "started" }]);
    expect(Date.parse(runs[0]?.at ?? "") - due).toBeLessThan(2000);
    const id = runs[0]?.execution_id ?? "";
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "take")).output).toMatchObject({ echo: { due: new Date(due).toISOString() } });
    await client.deploy("on-time", [{ id: "take" }], { version: "1.1" });
    expect((await cloud.call("GET", "/api/v1/schedules")).body).toMatchObject({ schedules: [] });
  });

  it("starts it once when everything is killed as it is due, and comes up again", async () => {
    const before = await started();
    const due = await deployDue("killed", 3);
    await sleep(due - Date.now() + 20);
    await cloud.kill();
    cloud.start(...START);
    await cloud.ready();
    await runFunction(cloud, "run-schedules");
    const { runs } = await cloud.until(async () => ((await scheduled()).status === "ended" ? scheduled() : undefined), "the tick");
    await runFunction(cloud, "run-schedules");
    expect(await client.finished(runs[0]?.execution_id ?? "")).toMatchObject({ status: "completed" });
    expect(await started()).toBe(before + 1);
  });
});
