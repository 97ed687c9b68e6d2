import { expect } from "vitest";
import * as z from "zod";
import { download } from "../../../infra/cli/client/download.ts";
import { SteeringClient } from "../../integration/support/steering-client.ts";
import { WorkflowClient } from "../../integration/support/workflow-client.ts";
import { agentFeature, recordedDeviation, world } from "../feature.ts";

const client = new WorkflowClient(world);
const steering = new SteeringClient(world);
/** More than a reply carries. */
const LARGE_BYTES = 4_500_000;
const STREAM = "status as server-sent events";
const QUICK_RETRY = { max_attempts: 3, initial_delay_seconds: 0.1, jitter: false };

/** Definitions that come over the API, an agent that misbehaves on request, and steering. */
export function describeWorkflows(): void {
  agentFeature("a definition deployed over the API gets a machine of its own", async () => {
    await client.deploy("deployed-chain", [{ id: "a" }, { id: "b", depends_on: ["a"] }]);
    expect(await client.finished(await client.submit("deployed-chain", { colour: "red" }))).toMatchObject({
      status: "completed",
    });
    return undefined;
  });
  agentFeature("a refused call is tried again", async () => {
    await client.deploy("deployed-retry", [
      { id: "a", input: { behaviour: "unavailable", times: 1 }, retry_policy: QUICK_RETRY },
    ]);
    const id = await client.submit("deployed-retry");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 2 });
    return undefined;
  });
  agentFeature("a task that fails for good fails its execution", async () => {
    await client.deploy("deployed-failure", [{ id: "a", input: { behaviour: "reject" } }]);
    const end = await client.finished(await client.submit("deployed-failure"));
    expect(end).toMatchObject({ status: "failed", error_details: { task: "a" } });
    return undefined;
  });
  agentFeature("an agent that cannot push is polled", async () => {
    await client.deploy("deployed-poll", [{ id: "a", input: { behaviour: "poll" } }]);
    expect(await client.finished(await client.submit("deployed-poll"))).toMatchObject({ status: "completed" });
    return undefined;
  });
  agentFeature("a task that misses its deadline fails", async () => {
    await client.deploy("deployed-deadline", [
      { id: "a", timeout: 2, input: { behaviour: "never-ends" }, retry_policy: { max_attempts: 1 } },
    ]);
    expect(await client.finished(await client.submit("deployed-deadline"))).toMatchObject({ status: "failed" });
    return undefined;
  });
  agentFeature("a large output goes to S3 and comes back by link", async () => {
    await client.deploy("deployed-large", [{ id: "a", input: { behaviour: "big", bytes: LARGE_BYTES } }]);
    const id = await client.submit("deployed-large");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const { body } = await world.call("GET", `/api/v1/executions/${id}/tasks/a`);
    const { output_url: url } = z.object({ output_url: z.url() }).parse(body);
    expect(JSON.parse(await download(url))).toEqual({ filler: "x".repeat(LARGE_BYTES) });
    return undefined;
  });
  agentFeature("cancel reaches machine and agent", async () => {
    await client.deploy("deployed-cancel", [
      { id: "a", input: { behaviour: "never-ends" } },
      { id: "b", depends_on: ["a"] },
    ]);
    const id = await client.submit("deployed-cancel");
    await client.reaches(id, "a", "running");
    expect(await steering.control(id, "cancel")).toMatchObject({ status: "cancelled" });
    await client.reaches(id, "a", "cancelled");
    return undefined;
  });
  agentFeature("pause parks, resume goes on", async () => {
    await client.deploy("deployed-pause", [
      { id: "a", input: { behaviour: "slow", delayMs: 2500 } },
      { id: "b", depends_on: ["a"] },
    ]);
    const id = await client.submit("deployed-pause");
    await client.reaches(id, "a", "dispatched");
    expect(await steering.control(id, "pause")).toMatchObject({ status: "paused" });
    await client.reaches(id, "b", "parked");
    expect(await steering.control(id, "resume")).toMatchObject({ status: "running" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    return undefined;
  });
  agentFeature(STREAM, async ({ connection, target }) => {
    await client.deploy("deployed-stream", [{ id: "a", input: { behaviour: "slow", delayMs: 3000 } }]);
    const id = await client.submit("deployed-stream");
    await client.reaches(id, "a", "dispatched");
    const reply = await fetch(`${connection.url}/api/v1/executions/${id}/stream`, {
      headers: { authorization: `Bearer ${connection.token}` },
    });
    const text = await reply.text();
    await client.finished(id);
    const recorded = recordedDeviation(target, STREAM);
    if (recorded !== undefined) {
      expect(reply.status).toBe(recorded);
      return { lacks: `GET …/stream → ${reply.status}: its Node runtime has no awslambda.streamifyResponse` };
    }
    expect(text.indexOf("event: status")).toBeLessThan(text.indexOf("event: end"));
    return undefined;
  });
}
