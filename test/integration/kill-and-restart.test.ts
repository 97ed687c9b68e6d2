import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { StartedCloud } from "./support/started-cloud.ts";

const TASKS = 10;
const Executions = z.object({ executions: z.array(z.object({ execution_id: z.string(), status: z.string() })) });
const Status = z.object({ status: z.string(), progress: z.object({ completed_stages: z.int() }) });

const cloud = new StartedCloud();
const lives: number[] = [];

async function newest(): Promise<string | undefined> {
  const { body } = await cloud.call("GET", "/api/v1/executions?workflow_id=financial-pipeline");
  return Executions.parse(body).executions[0]?.execution_id;
}

const settled = async (id: string): Promise<number> =>
  Status.parse((await cloud.call("GET", `/api/v1/executions/${id}/status`)).body).progress.completed_stages;

/** Kills the whole cloud as soon as `count` tasks have settled. */
async function killAfter(count: number): Promise<void> {
  cloud.start("--latency-ms", "300");
  await cloud.ready();
  const id = await cloud.until(newest, "an execution");
  await cloud.until(async () => ((await settled(id)) >= count ? true : undefined), `${count} settled tasks`);
  lives.push(await settled(id));
  await cloud.kill();
}

beforeAll(async () => {
  await killAfter(1);
  await killAfter(4);
  await killAfter(7);
  cloud.start("--exit", "--latency-ms", "300");
  const code = await cloud.ended();
  expect(code, cloud.output).toBe(0);
});

afterAll(() => cloud.dispose());

describe("kill -9 in the middle of the job, three times, and start again", () => {
  it("goes on where it stood", () => {
    expect(lives).toHaveLength(3);
    expect([...lives]).toEqual(lives.toSorted((a, b) => a - b));
  });

  it("makes every agent call exactly once", () => {
    const calls = cloud.agentCalls();
    expect(calls).toHaveLength(TASKS);
    expect(new Set(calls.map(({ messageId }) => messageId)).size).toBe(TASKS);
  });

  it("keeps to the one execution", () => {
    expect(new Set(cloud.output.match(/exec_[0-9a-f]+/g)).size).toBe(1);
  });
});
