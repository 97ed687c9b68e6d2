import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { LoopbackAgent } from "./loopback-agent.ts";
import { type CloudProcess, StartedCloud } from "./started-cloud.ts";
import { SteeringClient } from "./steering-client.ts";
import { WorkflowClient } from "./workflow-client.ts";

/** Warm dispatchers go by what they read of executions and holds for up to a second. */
export const waitOutHeadCaches = (): Promise<void> => sleep(1500);

/** A cloud that is there while a file's tests run, with the loopback agent as its one worker. */
export function openSteeredCloud(how: CloudProcess = {}) {
  const cloud = new StartedCloud(how);
  let agent: LoopbackAgent | undefined;
  beforeAll(async () => {
    cloud.start("--no-job", "--latency-ms", "0");
    await cloud.ready();
    agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
    const registration = { endpoint: agent.url, capabilities: ["echo", "undo"] };
    const { status, body } = await cloud.call("POST", "/api/v1/agents", registration);
    expect(status, JSON.stringify(body)).toBe(201);
  });
  afterAll(async () => {
    agent?.stop();
    await cloud.dispose();
  });
  return {
    cloud,
    client: new WorkflowClient(cloud),
    steering: new SteeringClient(cloud),
    /** Opens and shuts gates at which the agent's `gated` tasks wait. */
    gates: { open: (gate: string) => agent?.open(gate), shut: (gate: string) => agent?.shut(gate) },
    /** Message ids of calls that had an effect. */
    effects: (): string[] => agent?.effects() ?? [],
  };
}
