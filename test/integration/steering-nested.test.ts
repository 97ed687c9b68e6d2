import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openSteeredCloud, waitOutHeadCaches } from "./support/steered-cloud.ts";
import { gated } from "./support/workflow-client.ts";

const { cloud, client, steering, gates, effects } = openSteeredCloud();

/** The execution that runs as a task. */
const childOf = (id: string, task: string): Promise<string> =>
  cloud.until(
    async () => (await client.task(id, task).catch(() => undefined))?.child_execution_id,
    `the child of ${task}`,
  );

describe("executions inside executions", () => {
  it("pause and go on with the one above them", async () => {
    await client.deploy("inner-pause", [
      { id: "x", ...gated("inner-pause") },
      { id: "y", depends_on: ["x"] },
    ]);
    await client.deploy("outer-pause", [
      { id: "sub", workflow: "inner-pause" },
      { id: "after", depends_on: ["sub"] },
    ]);
    const id = await client.submit("outer-pause");
    const child = await childOf(id, "sub");
    await client.reaches(child, "x", "dispatched");
    await steering.control(id, "pause");
    expect(await client.execution(child)).toMatchObject({ status: "paused" });
    await waitOutHeadCaches();
    await gates.open("inner-pause");
    await client.reaches(child, "y", "parked");
    await steering.control(id, "resume");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await client.execution(child)).toMatchObject({ status: "completed" });
    expect(await steering.attempts(child)).toEqual({ x: 1, y: 1 });
  });

  it("are cancelled with it, down to their agents", async () => {
    await client.deploy("inner-cancel", [{ id: "x", input: { behaviour: "never-ends" } }]);
    await client.deploy("outer-cancel", [{ id: "sub", workflow: "inner-cancel" }]);
    const id = await client.submit("outer-cancel");
    const child = await childOf(id, "sub");
    await client.reaches(child, "x", "running");
    await steering.control(id, "cancel");
    expect(await client.execution(child)).toMatchObject({ status: "cancelled" });
    await client.reaches(child, "x", "cancelled");
    await client.reaches(id, "sub", "cancelled");
  });

  it("tell it when they are cancelled themselves", async () => {
    await client.deploy("inner-alone", [{ id: "x", input: { behaviour: "never-ends" } }]);
    await client.deploy("outer-alone", [{ id: "sub", workflow: "inner-alone", retry_policy: { max_attempts: 1 } }]);
    const id = await client.submit("outer-alone");
    const child = await childOf(id, "sub");
    await client.reaches(child, "x", "running");
    await steering.control(child, "cancel");
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { task: "sub" } });
  });
});

describe("a run whose sub-workflow failed", () => {
  it("is redriven inside it: what the sub-workflow has done stays done", async () => {
    await client.deploy("inner-fails", [
      { id: "x" },
      { id: "y", depends_on: ["x"], input: { behaviour: "unavailable", times: 1 }, retry_policy: { max_attempts: 1 } },
    ]);
    await client.deploy("outer-fails", [
      { id: "sub", workflow: "inner-fails", retry_policy: { max_attempts: 1 } },
      { id: "after", depends_on: ["sub"] },
    ]);
    const id = await client.submit("outer-fails");
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    const child = await childOf(id, "sub");
    await steering.control(id, "redrive");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect(await childOf(id, "sub")).toBe(child);
    expect(await steering.attempts(child)).toEqual({ x: 1, y: 2 });
    expect(await steering.attempts(id)).toEqual({ sub: 1, after: 1 });
  });
});

describe("a saga that is cancelled", () => {
  const saga = { fault_tolerance: { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } } };
  const tasks = [
    { id: "one", compensation_action: "undo" },
    { id: "two", depends_on: ["one"], input: { behaviour: "never-ends" } },
  ];

  it("is undone first", async () => {
    await client.deploy("saga-cancelled", tasks, saga);
    const id = await client.submit("saga-cancelled");
    await client.reaches(id, "two", "running");
    await steering.control(id, "cancel");
    expect(await client.finished(id)).toMatchObject({ status: "cancelled" });
    expect(await steering.states(id)).toMatchObject({ one: "completed", two: "cancelled", "one~undo": "completed" });
    const refused = await steering.try(id, "redrive");
    expect(refused).toMatchObject({ status: 409, body: { legal_moves: [] } });
  });

  it("is left done where that is wished", async () => {
    await client.deploy("saga-left", tasks, saga);
    const id = await client.submit("saga-left");
    await client.reaches(id, "two", "running");
    await steering.control(id, "cancel", { compensate: false });
    expect(await client.finished(id)).toMatchObject({ status: "cancelled" });
    expect(Object.keys(await steering.states(id))).toEqual(["one", "two"]);
  });
});

describe("a run that waits for more", () => {
  it("goes on when its budget is raised", async () => {
    await client.deploy("poor", [{ id: "a" }, { id: "b", depends_on: ["a"] }], {
      budget: { max_agent_calls: 1, on_exceeded: "park" },
    });
    const id = await client.submit("poor");
    await client.reaches(id, "b", "parked");
    expect((await steering.try(id, "raise_budget", {})).status).toBe(400);
    await steering.control(id, "raise_budget", { max_agent_calls: 10 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
  });

  it("is in the inbox with its question, until it is answered", async () => {
    await client.deploy("asking", [{ id: "only", input: { behaviour: "input-required" } }]);
    const id = await client.submit("asking");
    await client.reaches(id, "only", "input_required");
    const Inbox = z.object({ items: z.array(z.looseObject({ execution_id: z.string() })) });
    const entry = async () =>
      Inbox.parse((await cloud.call("GET", "/api/v1/inbox?kind=input")).body).items.find(
        ({ execution_id: execution }) => execution === id,
      );
    const found = await cloud.until(entry, "the question in the inbox");
    expect(found).toMatchObject({ task_id: "only", actions: ["input", "skip"] });
    expect(JSON.stringify(found)).toContain("which colour?");
    await steering.task(id, "only", "skip", { output: "red" });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    await cloud.until(async () => ((await entry()) === undefined ? true : undefined), "an empty inbox");
  });
});

describe("a task that runs as instances", () => {
  const each = (more: object = {}) => ({
    id: "each",
    for_each: { items: "input.list", max_concurrency: 4 },
    retry_policy: { max_attempts: 1 },
    ...more,
  });

  it("is redriven where instances failed; the others keep their results", async () => {
    await client.deploy("some-fail", [
      each({ input_from: { behaviour: "item == 2 ? 'unavailable' : 'echo'", n: "item" } }),
      { id: "sum", depends_on: ["each"], input_from: { all: "outputs.each.map(one, one.echo.n)" } },
    ]);
    const id = await client.submit("some-fail", { list: [0, 1, 2, 3, 4] });
    expect(await client.finished(id)).toMatchObject({ status: "failed" });
    const before = await steering.attempts(id);
    await steering.control(id, "redrive");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "sum")).output).toMatchObject({ echo: { all: [0, 1, 2, 3, 4] } });
    const after = await steering.attempts(id);
    expect(after["each[2]"]).toBe((before["each[2]"] ?? 0) + 1);
    const { "each[0]": first, "each[1]": second } = after;
    expect({ first, second }).toEqual({ first: before["each[0]"], second: before["each[1]"] });
  });

  it("is rerun in one instance, and what comes after it as well", async () => {
    await client.deploy("one-again", [
      each({ input_from: { n: "item" } }),
      { id: "sum", depends_on: ["each"], input_from: { all: "outputs.each.map(one, one.echo.n)" } },
    ]);
    const id = await client.submit("one-again", { list: [0, 1, 2] });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    await steering.task(id, "each[1]", "rerun", { input: { n: 7 } });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "sum")).output).toMatchObject({ echo: { all: [0, 7, 2] } });
    expect(await steering.attempts(id)).toMatchObject({ "each[0]": 1, "each[1]": 2, "each[2]": 1, sum: 2 });
  });
});

describe("a large run", () => {
  it("of 2 000 tasks, paused in the middle, goes on and does nothing twice", async () => {
    const chains = 40;
    const length = 50;
    const middle = length / 2;
    // Half of the way every chain stands at a gate: however fast the machine, the run is in the middle when it is paused.
    const tasks = Array.from({ length: chains * length }, (_, index) => ({
      id: `t${index}`,
      ...(Math.floor(index / chains) === middle ? gated("middle") : {}),
      ...(index < chains ? {} : { depends_on: [`t${index - chains}`] }),
    }));
    await client.deploy("large-run", tasks);
    const id = await client.submit("large-run", {}, { execution_options: { runner: "graph" } });
    const Head = z.object({ status: z.string(), tasks_by_state: z.object({ completed: z.int().default(0) }) });
    const completed = async () =>
      Head.parse((await cloud.call("GET", `/api/v1/executions/${id}`)).body).tasks_by_state.completed;
    await cloud.until(async () => ((await completed()) > 600 ? true : undefined), "600 tasks done");
    const paused = await steering.control(id, "pause");
    expect(paused).toMatchObject({ status: "paused" });
    // Dispatchers go by what they read of it up to a second ago; what they sent before ends.
    await sleep(2000);
    await gates.open("middle");
    const atRest = await cloud.until(async () => {
      const before = await completed();
      await sleep(2000);
      return (await completed()) === before ? before : undefined;
    }, "rest");
    expect(atRest).toBeLessThanOrEqual(chains * (middle + 1));
    await steering.control(id, "resume");
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const calls = effects();
    expect(new Set(calls).size).toBe(calls.length);
    let cursor: string | undefined;
    const attempts: number[] = [];
    const Page = z.object({ tasks: z.array(z.object({ attempt: z.int() })), next_cursor: z.string().optional() });
    do {
      const page = Page.parse(
        (
          await cloud.call(
            "GET",
            `/api/v1/executions/${id}/tasks?limit=1000${cursor === undefined ? "" : `&cursor=${cursor}`}`,
          )
        ).body,
      );
      attempts.push(...page.tasks.map(({ attempt }) => attempt));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(attempts).toHaveLength(2000);
    expect(Math.max(...attempts)).toBe(1);
  });
});

describe("histories", () => {
  it("are whole, and replaying them gives the state on record", async () => {
    expect(await steering.unsound()).toEqual([]);
  });
});
