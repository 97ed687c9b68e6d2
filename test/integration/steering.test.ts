import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { SteeringClient } from "./support/steering-client.ts";
import { definitionOf, type TaskShape, WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
const steering = new SteeringClient(cloud);
let agent: LoopbackAgent;

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["echo"] });
  expect(status, JSON.stringify(body)).toBe(201);
}, 60_000);

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

const RUNNERS = [{ runner: "machine" }, { runner: "graph" }] as const;
const optionsOf = (runner: string) => (runner === "graph" ? { execution_options: { runner } } : {});
const slow = (delayMs: number): object => ({ input: { behaviour: "slow", delayMs } });
/** Long enough for a dispatcher to hear of a pause. */
const HEARD_MS = 1500;

async function start(name: string, tasks: readonly TaskShape[], { runner = "machine", more = {} }: { runner?: string; more?: object } = {}): Promise<string> {
  await client.deploy(name, tasks, more);
  return client.submit(name, {}, optionsOf(runner));
}

describe.each(RUNNERS)("on its $runner", ({ runner }) => {
  it("pauses: agents finish what they have, nothing new starts; resumes where it stood", async () => {
    const id = await start(`pause-${runner}`, [{ id: "a", ...slow(2500) }, { id: "b", depends_on: ["a"] }, { id: "c", depends_on: ["b"] }], { runner });
    await client.reaches(id, "a", "dispatched");
    const paused = await steering.control(id, "pause");
    expect(paused).toMatchObject({ status: "paused", checkpoint_id: expect.any(String), legal_moves: expect.arrayContaining(["resume"]) });
    expect(await steering.control(id, "pause")).toMatchObject({ status: "paused", checkpoint_id: paused["checkpoint_id"] });
    await client.reaches(id, "a", "completed");
    await client.reaches(id, "b", "parked");
    await sleep(300);
    expect(await steering.states(id)).toEqual({ a: "completed", b: "parked" });
    expect(await steering.control(id, "resume")).toMatchObject({ status: "running", recovered_tasks: 1 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 1, c: 1 });
  });

  it("cancels: agents are told, nothing goes on", async () => {
    const id = await start(`cancel-${runner}`, [{ id: "a", input: { behaviour: "never-ends" } }, { id: "b", depends_on: ["a"] }], { runner });
    await client.reaches(id, "a", "running");
    expect(await steering.control(id, "cancel")).toMatchObject({ status: "cancelled", legal_moves: expect.arrayContaining(["redrive"]) });
    expect(await client.execution(id)).toMatchObject({ status: "cancelled" });
    await client.reaches(id, "a", "cancelled");
    expect(await steering.control(id, "cancel")).toMatchObject({ status: "cancelled" });
    const refused = await steering.try(id, "pause");
    expect(refused).toMatchObject({ status: 409, body: { execution_status: "cancelled", legal_moves: ["resume_from_checkpoint", "redrive", "rerun", "skip"] } });
  });

  it("moves to a faster queue, and agents keep what they have", async () => {
    const id = await start(`boost-${runner}`, [{ id: "a", ...slow(1500) }, { id: "b", depends_on: ["a"] }], { runner });
    await client.reaches(id, "a", "dispatched");
    expect(await steering.control(id, "priority_boost")).toMatchObject({ priority: "high", run: 2 });
    expect(await steering.control(id, "priority_boost")).toMatchObject({ priority: "high", run: 2 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 1 });
  });

  it("redrives a failed run from the failure, keeping results", async () => {
    const id = await start(
      `redrive-${runner}`,
      [{ id: "a" }, { id: "b", depends_on: ["a"], input: { behaviour: "unavailable", times: 1 }, retry_policy: { max_attempts: 1 } }, { id: "c", depends_on: ["b"] }],
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
      [{ id: "a", input: { colour: "red" } }, { id: "side" }, { id: "b", depends_on: ["a"] }, { id: "join", depends_on: ["b", "side"] }],
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
      [{ id: "a", input: { behaviour: "reject" } }, { id: "b", depends_on: ["a"], input_from: { given: "outputs.a.given" } }],
      { runner },
    );
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    await steering.task(id, "a", "skip", { output: { given: 7 }, reason: "known" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "b")).toMatchObject({ status: "completed", output: { echo: { given: 7 } } });
  });

  it("goes back to a checkpoint: what came after it is done again", async () => {
    const id = await start(`checkpoint-${runner}`, [{ id: "a" }, { id: "b", depends_on: ["a"], ...slow(1500) }, { id: "c", depends_on: ["b"] }], { runner });
    await client.reaches(id, "b", "dispatched");
    const marked = z.object({ checkpoint_id: z.string() }).parse((await steering.try(id, "checkpoint")).body);
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
  const before: readonly TaskShape[] = [{ id: "a" }, { id: "b", depends_on: ["a"], ...slow(2500) }, { id: "c", depends_on: ["b"] }, { id: "d", depends_on: ["c"] }];
  const patch = (id: string, tasks: readonly TaskShape[]) =>
    cloud.call("PATCH", `/api/v1/executions/${id}/definition?reason=better`, { workflow: definitionOf(NAME, tasks) });

  it("adds, changes and removes tasks that have not started; what is at work goes on", async () => {
    const id = await start(NAME, before);
    await client.reaches(id, "b", "dispatched");
    const { status, body } = await patch(id, [...before.slice(0, 2), { id: "c", depends_on: ["b"], input: { edited: true } }, { id: "e", depends_on: ["b"] }]);
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ run: 2, changes: { unchanged: 2, changed: ["c"], added: ["e"], removed: ["d"] }, kept_started: [] });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.task(id, "c")).toMatchObject({ output: { echo: { edited: true } } });
    expect(await steering.attempts(id)).toMatchObject({ a: 1, b: 1, c: 1, e: 1 });
    expect((await steering.states(id))["d"]).toBe("cancelled");
  });

  it("refuses to change what has started, and names it", async () => {
    const id = await start(NAME, before);
    await client.reaches(id, "b", "dispatched");
    const { status, body } = await patch(id, [{ id: "a", input: { other: 1 } }, { id: "c", depends_on: ["a"] }]);
    expect(status).toBe(409);
    expect(body).toMatchObject({ tasks: [{ task_id: "a", status: "completed" }, { task_id: "b", status: "dispatched" }] });
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
    await client.reaches(id, "b", "completed");
    await client.reaches(id, "c", "parked");
    expect(await client.execution(id)).toMatchObject({ status: "paused" });
    await steering.control(id, "resume");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toMatchObject({ a: 1, b: 1, c: 1, z: 1 });
  });
});

describe("fix and go on", () => {
  it("redrives with another definition of what failed", async () => {
    const name = "mended";
    const id = await start(name, [{ id: "a" }, { id: "b", depends_on: ["a"], input: { behaviour: "reject" } }]);
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    const definition = { workflow: definitionOf(name, [{ id: "a" }, { id: "b", depends_on: ["a"], input: { behaviour: "echo" } }]) };
    expect(await steering.control(id, "redrive", { definition })).toMatchObject({ run: 2 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(id)).toEqual({ a: 1, b: 2 });
  });

  it("retries a task that waits for an operator", async () => {
    const id = await start("operator", [
      { id: "a", on_failure: "park", input: { behaviour: "unavailable", times: 1 }, retry_policy: { max_attempts: 1 } },
      { id: "b", depends_on: ["a"] },
    ]);
    await client.reaches(id, "a", "parked");
    const inbox = await cloud.until(async () => {
      const { body } = await cloud.call("GET", "/api/v1/inbox?kind=operator");
      const { items } = z.object({ items: z.array(z.looseObject({ execution_id: z.string() })) }).parse(body);
      return items.find(({ execution_id: execution }) => execution === id);
    }, "the task in the inbox");
    expect(inbox).toMatchObject({ kind: "operator", task_id: "a", actions: ["retry", "skip"], error: { code: expect.any(String) } });
    await steering.task(id, "a", "retry", { reason: "it is back" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("skips one, and says in the history who did and why", async () => {
    const id = await start("skipped", [{ id: "a", on_failure: "park", input: { behaviour: "reject" } }, { id: "b", depends_on: ["a"] }]);
    await client.reaches(id, "a", "parked");
    await steering.task(id, "a", "skip", { output: { ok: true }, reason: "by hand" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "b")).status).toBe("completed");
    const events = await client.events(id);
    expect(events.find(({ event_type: type }) => type === "workflow.controlled")).toMatchObject({ action: "skip of 'a'", reason: "by hand", requested_by: expect.any(String) });
  });
});

describe("decisions", () => {
  it.each([
    { act: "approve", end: "completed" },
    { act: "reject", end: "failed" },
  ])("$act: the run is $end", async ({ act, end }) => {
    const id = await start(`decision-${act}`, [{ id: "a" }, { id: "ok", depends_on: ["a"], approval: { prompt: "go?" } }, { id: "b", depends_on: ["ok"] }]);
    await client.reaches(id, "ok", "parked");
    const { body } = await cloud.call("GET", "/api/v1/inbox?kind=approval");
    expect(JSON.stringify(body)).toContain(id);
    const decided = await steering.task(id, "ok", act, { reason: "so be it" });
    expect(decided).toMatchObject({ verdict: act === "approve" ? "approved" : "rejected", reason: "so be it" });
    expect(await steering.task(id, "ok", act, {})).toEqual(decided);
    expect(await client.finished(id)).toMatchObject({ status: end });
  });
});

describe("holds", () => {
  const hold = (method: string, place: object) =>
    method === "DELETE"
      ? cloud.call("DELETE", `/api/v1/holds?${new URLSearchParams(Object.entries(place)).toString()}`)
      : cloud.call("PUT", "/api/v1/holds", { ...place, reason: "a test" });

  it.each([
    { place: { scope: "workflow", workflow_id: "held-workflow" }, name: "held-workflow" },
    { place: { scope: "tenant" }, name: "held-tenant" },
    { place: { scope: "global" }, name: "held-globally" },
  ])("$place.scope: nothing starts until it is released", async ({ place, name }) => {
    await client.deploy(name, [{ id: "a" }, { id: "b", depends_on: ["a"] }]);
    expect((await hold("PUT", place)).status).toBe(200);
    await sleep(HEARD_MS);
    const id = await client.submit(name);
    await client.reaches(id, "a", "parked");
    const { body } = await cloud.call("GET", "/api/v1/holds");
    expect(body).toMatchObject({ holds: [{ scope: place.scope, reason: "a test" }] });
    const released = await cloud.until(async () => {
      const reply = await hold("DELETE", place);
      return reply.status === 200 && (await client.task(id, "a")).status !== "parked" ? reply : undefined;
    }, "the release");
    expect(released.status).toBe(200);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("pauses and resumes a workflow with all its runs", async () => {
    const name = "paused-as-a-whole";
    await client.deploy(name, [{ id: "a", ...slow(800) }, { id: "b", depends_on: ["a"] }]);
    const ids = await Promise.all([client.submit(name), client.submit(name)]);
    for (const id of ids) await client.reaches(id, "a", "dispatched");
    const { status, body } = await cloud.call("POST", `/api/v1/workflows/${name}/pause`, { reason: "stop" });
    expect(status, JSON.stringify(body)).toBe(200);
    expect(body).toMatchObject({ status: "paused", is_complete: true, hold: { scope: "workflow", workflow_id: name } });
    for (const id of ids) expect(await client.execution(id)).toMatchObject({ status: "paused" });
    const late = await client.submit(name);
    await sleep(HEARD_MS);
    const resumed = await cloud.call("POST", `/api/v1/workflows/${name}/resume`, {});
    expect(resumed.status, JSON.stringify(resumed.body)).toBe(200);
    for (const id of [...ids, late]) expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });
});

describe("many at once", () => {
  it("says what would happen, then does it, page by page", async () => {
    const name = "many";
    await client.deploy(name, [{ id: "a", input: { behaviour: "never-ends" } }]);
    const ids = await Promise.all(Array.from({ length: 5 }, () => client.submit(name)));
    for (const id of ids) await client.reaches(id, "a", "running");
    const wish = { action: "cancel", reason: "all of them", filter: { workflow_id: name } };
    const Results = z.object({ results: z.array(z.object({ execution_id: z.string(), outcome: z.string(), status: z.string() })), next_cursor: z.string().optional() });
    const dry = Results.parse((await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, dry_run: true })).body);
    expect(dry.results.map(({ outcome, status }) => `${outcome} ${status}`)).toEqual(Array(5).fill("changed running"));
    const first = Results.parse((await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, limit: 3 })).body);
    expect(first.results).toHaveLength(3);
    const rest = Results.parse((await cloud.call("POST", "/api/v1/executions/bulk", { ...wish, limit: 3, cursor: first.next_cursor })).body);
    expect(new Set([...first.results, ...rest.results].map(({ execution_id: id }) => id))).toEqual(new Set(ids));
    for (const id of ids) expect(await client.execution(id)).toMatchObject({ status: "cancelled" });
  });
});
