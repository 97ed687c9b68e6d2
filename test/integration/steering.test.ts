import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { openSteeredCloud, waitOutHeadCaches } from "./support/steered-cloud.ts";
import { definitionOf, gated, type TaskShape } from "./support/workflow-client.ts";

const { cloud, client, steering, gates } = openSteeredCloud();

const RUNNERS = [{ runner: "machine" }, { runner: "graph" }] as const;
const optionsOf = (runner: string) => (runner === "graph" ? { execution_options: { runner } } : {});

async function start(
  name: string,
  tasks: readonly TaskShape[],
  { runner = "machine", more = {} }: { runner?: string; more?: object } = {},
): Promise<string> {
  await client.deploy(name, tasks, more);
  return client.submit(name, {}, optionsOf(runner));
}

describe.each(RUNNERS)("on its $runner", ({ runner }) => {
  it("pauses: agents finish what they have, nothing new starts; resumes where it stood", async () => {
    const id = await start(
      `pause-${runner}`,
      [
        { id: "a", ...gated(`pause-${runner}`) },
        { id: "b", depends_on: ["a"] },
        { id: "c", depends_on: ["b"] },
      ],
      { runner },
    );
    await client.reaches(id, "a", "dispatched");
    const paused = await steering.control(id, "pause");
    expect(paused).toMatchObject({
      status: "paused",
      checkpoint_id: expect.any(String),
      legal_moves: expect.arrayContaining(["resume"]),
    });
    expect(await steering.control(id, "pause")).toMatchObject({
      status: "paused",
      checkpoint_id: paused["checkpoint_id"],
    });
    await waitOutHeadCaches();
    await gates.open(`pause-${runner}`);
    await client.reaches(id, "a", "completed");
    await client.reaches(id, "b", "parked");
    await sleep(300);
    expect(await steering.states(id)).toEqual({ a: "completed", b: "parked" });
    expect(await steering.control(id, "resume")).toMatchObject({ status: "running", recovered_tasks: 1 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 1, c: 1 });
  });

  it("cancels: agents are told, nothing goes on", async () => {
    const id = await start(
      `cancel-${runner}`,
      [
        { id: "a", input: { behaviour: "never-ends" } },
        { id: "b", depends_on: ["a"] },
      ],
      { runner },
    );
    await client.reaches(id, "a", "running");
    expect(await steering.control(id, "cancel")).toMatchObject({
      status: "cancelled",
      legal_moves: expect.arrayContaining(["redrive"]),
    });
    expect(await client.execution(id)).toMatchObject({ status: "cancelled" });
    await client.reaches(id, "a", "cancelled");
    expect(await steering.control(id, "cancel")).toMatchObject({ status: "cancelled" });
    const refused = await steering.try(id, "pause");
    expect(refused).toMatchObject({
      status: 409,
      body: { execution_status: "cancelled", legal_moves: ["resume_from_checkpoint", "redrive", "rerun", "skip"] },
    });
  });

  it("moves to a faster queue, and agents keep what they have", async () => {
    const id = await start(
      `boost-${runner}`,
      [
        { id: "a", ...gated(`boost-${runner}`) },
        { id: "b", depends_on: ["a"] },
      ],
      { runner },
    );
    await client.reaches(id, "a", "dispatched");
    expect(await steering.control(id, "priority_boost")).toMatchObject({ priority: "high", run: 2 });
    expect(await steering.control(id, "priority_boost")).toMatchObject({ priority: "high", run: 2 });
    await gates.open(`boost-${runner}`);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 1 });
  });

  it("redrives a failed run from the failure, keeping results", async () => {
    const id = await start(
      `redrive-${runner}`,
      [
        { id: "a" },
        {
          id: "b",
          depends_on: ["a"],
          input: { behaviour: "unavailable", times: 1 },
          retry_policy: { max_attempts: 1 },
        },
        { id: "c", depends_on: ["b"] },
      ],
      { runner },
    );
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    expect(await steering.control(id, "redrive")).toMatchObject({ run: 2 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 2, c: 1 });
    expect((await steering.try(id, "redrive")).status).toBe(409);
  });

  it("reruns a task with edited input, and what comes after it, keeping the rest", async () => {
    const id = await start(
      `rerun-${runner}`,
      [
        { id: "a", input: { colour: "red" } },
        { id: "side" },
        { id: "b", depends_on: ["a"] },
        { id: "join", depends_on: ["b", "side"] },
      ],
      { runner },
    );
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    await steering.task(id, "a", "rerun", { input: { colour: "blue" }, reason: "wrong colour" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(JSON.stringify((await client.task(id, "b")).output)).toContain("blue");
    expect(await steering.attempts(id)).toEqual({ a: 2, b: 2, join: 2, side: 1 });
  });

  it("skips the task that failed and goes on with what stands in for it", async () => {
    const id = await start(
      `skip-${runner}`,
      [
        { id: "a", input: { behaviour: "reject" } },
        { id: "b", depends_on: ["a"], input_from: { given: "outputs.a.given" } },
      ],
      { runner },
    );
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    await steering.task(id, "a", "skip", { output: { given: 7 }, reason: "known" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "b")).toMatchObject({ status: "completed", output: { echo: { given: 7 } } });
  });

  it("goes back to a checkpoint: what came after it is done again", async () => {
    const id = await start(
      `checkpoint-${runner}`,
      [{ id: "a" }, { id: "b", depends_on: ["a"], ...gated(`marked-${runner}`) }, { id: "c", depends_on: ["b"] }],
      { runner },
    );
    await client.reaches(id, "b", "dispatched");
    const marked = z.object({ checkpoint_id: z.string() }).parse((await steering.try(id, "checkpoint")).body);
    await gates.open(`marked-${runner}`);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const { body } = await cloud.call("GET", `/api/v1/executions/${id}/checkpoints`);
    expect(body).toMatchObject({ checkpoints: [{ checkpoint_id: marked.checkpoint_id }] });
    expect((await steering.try(id, "resume", { checkpoint_id: "nowhere" })).status).toBe(404);
    await steering.control(id, "resume", marked);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 2, c: 2 });
  });
});

describe("a definition that changes under a run", () => {
  const NAME = "modified";
  const before: readonly TaskShape[] = [
    { id: "a" },
    { id: "b", depends_on: ["a"], ...gated(NAME) },
    { id: "c", depends_on: ["b"] },
    { id: "d", depends_on: ["c"] },
  ];
  beforeEach(() => gates.shut(NAME));
  const patch = (id: string, tasks: readonly TaskShape[]) =>
    cloud.call("PATCH", `/api/v1/executions/${id}/definition?reason=better`, { workflow: definitionOf(NAME, tasks) });

  it("adds, changes and removes tasks that have not started; what is at work goes on", async () => {
    const id = await start(NAME, before);
    await client.reaches(id, "b", "dispatched");
    const { status, body } = await patch(id, [
      ...before.slice(0, 2),
      { id: "c", depends_on: ["b"], input: { edited: true } },
      { id: "e", depends_on: ["b"] },
    ]);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({
      run: 2,
      changes: { unchanged: 2, changed: ["c"], added: ["e"], removed: ["d"] },
      kept_started: [],
    });
    await gates.open(NAME);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "c")).toMatchObject({ output: { echo: { edited: true } } });
    expect(await steering.attempts(id)).toMatchObject({ a: 1, b: 1, c: 1, e: 1 });
    expect((await steering.states(id))["d"]).toBe("cancelled");
  });

  it("refuses to change what has started, and names it", async () => {
    const id = await start(NAME, before);
    await client.reaches(id, "b", "dispatched");
    const { status, body } = await patch(id, [
      { id: "a", input: { other: 1 } },
      { id: "c", depends_on: ["a"] },
    ]);
    expect(status).toBe(409);
    expect(body).toMatchObject({
      tasks: [
        { task_id: "a", status: "completed" },
        { task_id: "b", status: "dispatched" },
      ],
    });
    await gates.open(NAME);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("tells what is wrong with it", async () => {
    const id = await start(NAME, before);
    const { status, body } = await patch(id, [{ id: "a", depends_on: ["nobody"] }]);
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain("nobody");
    await steering.control(id, "cancel");
  });

  it("stays paused when it was, and a paused run can be rebuilt", async () => {
    const id = await start(NAME, before);
    await client.reaches(id, "b", "dispatched");
    await steering.control(id, "pause");
    const { status, body } = await patch(id, [...before.slice(0, 3), { id: "z", depends_on: ["c"] }]);
    expect(status, JSON.stringify(body)).toBe(200);
    await waitOutHeadCaches();
    await gates.open(NAME);
    await client.reaches(id, "b", "completed");
    await client.reaches(id, "c", "parked");
    expect(await client.execution(id)).toMatchObject({ status: "paused" });
    await steering.control(id, "resume");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toMatchObject({ a: 1, b: 1, c: 1, z: 1 });
  });
});

describe("histories", () => {
  it("are whole, and replaying them gives the state on record", async () => {
    expect(await steering.unsound()).toEqual([]);
  });
});
