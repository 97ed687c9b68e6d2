import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { LoopbackAgent } from "./support/loopback-agent.ts";
import { StartedCloud } from "./support/started-cloud.ts";
import { WorkflowClient } from "./support/workflow-client.ts";

const cloud = new StartedCloud();
const client = new WorkflowClient(cloud);
let agent: LoopbackAgent;

beforeAll(async () => {
  cloud.start("--no-job", "--latency-ms", "0");
  await cloud.ready();
  agent = await LoopbackAgent.start(path.join(cloud.stateDir, "loopback"));
  const { status, body } = await cloud.call("POST", "/api/v1/agents", { endpoint: agent.url, capabilities: ["undo"] });
  expect(status, JSON.stringify(body)).toBe(201);
});

afterAll(async () => {
  agent.stop();
  await cloud.dispose();
});

const RUNNERS = [{ runner: "machine" }, { runner: "graph" }] as const;
const optionsOf = (runner: string) => (runner === "graph" ? { execution_options: { runner } } : {});

describe.each(RUNNERS)("on its $runner", ({ runner }) => {
  const submit = (name: string, input: unknown = {}) => client.submit(name, input, optionsOf(runner));

  it("takes the branch that the data chooses, and joins", async () => {
    const name = `branches-${runner}`;
    await client.deploy(name, [
      { id: "find", input: { count: 12 } },
      { id: "few", depends_on: ["find"], when: "outputs.find.echo.count <= 10" },
      { id: "many", depends_on: ["find"], when: "outputs.find.echo.count > 10" },
      { id: "after-few", depends_on: ["few"] },
      { id: "join", depends_on: ["after-few", "many"] },
    ]);
    const id = await submit(name);
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const states = await Promise.all(["few", "after-few", "many", "join"].map(async (task) => (await client.task(id, task)).status));
    expect(states).toEqual(["skipped", "skipped", "completed", "completed"]);
  });

  it("runs a task per element, at most three at once, and hands the list on", async () => {
    const name = `list-${runner}`;
    await client.deploy(name, [
      { id: "each", for_each: { items: "input.names", max_concurrency: 3 }, input: { behaviour: "slow", delayMs: 30 }, input_from: { name: "item", at: "index" } },
      { id: "sum", depends_on: ["each"], input_from: { names: "outputs.each.map(one, one.echo.name)" } },
    ]);
    const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
    const id = await submit(name, { names });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const sum = z.object({ echo: z.object({ names: z.array(z.string()) }) }).parse((await client.task(id, "sum")).output);
    expect(sum.echo.names).toEqual(names);
  });

  it("runs another workflow as a task, and gives its outputs", async () => {
    const [inner, outer] = [`inner-${runner}`, `outer-${runner}`];
    await client.deploy(inner, [{ id: "work" }], { outputs: { doubled: "outputs.work.echo.n * 2" } });
    await client.deploy(outer, [
      { id: "sub", workflow: inner, input_from: { n: "input.start + 1" } },
      { id: "after", depends_on: ["sub"], input_from: { got: "outputs.sub.doubled" } },
    ]);
    const id = await submit(outer, { start: 20 });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    const child = await client.task(id, "sub");
    expect(child).toMatchObject({ status: "completed", output: { doubled: 42 } });
    expect((await cloud.call("GET", `/api/v1/executions/${child.child_execution_id ?? ""}/output`)).body).toMatchObject({
      declared: true,
      output: { doubled: 42 },
    });
    expect((await cloud.call("GET", `/api/v1/executions/${id}/output`)).body).toMatchObject({
      declared: false,
      output: { after: { echo: { got: 42 } } },
    });
    expect((await client.task(id, "after")).output).toMatchObject({ echo: { got: 42 } });
  });

  it("waits for an event that another workflow emits, whichever comes first", async () => {
    const [teller, waiter] = [`teller-${runner}`, `waiter-${runner}`];
    await client.deploy(teller, [{ id: "tell", emit_event: { detail_type: "order.priced", detail: { runner } }, input_from: { order: "input.order" } }]);
    const wait = { pattern: { source: ["a2a.workflow"], "detail-type": ["order.priced"], detail: { runner: [runner], order: [1, 2] } } };
    await client.deploy(waiter, [{ id: "wait", wait_for_event: wait }, { id: "use", depends_on: ["wait"], input_from: { order: "outputs.wait.order" } }]);
    const early = await submit(waiter);
    await client.reaches(early, "wait", "parked");
    await client.finished(await submit(teller, { order: 1 }));
    expect(await client.finished(early)).toMatchObject({ status: "completed" });
    expect((await client.task(early, "use")).output).toMatchObject({ echo: { order: 1 } });
  });

  it("undoes what was done, last first, when a saga fails", async () => {
    const name = `saga-${runner}`;
    await client.deploy(
      name,
      [
        { id: "one", compensation_action: "undo" },
        { id: "two", depends_on: ["one"], compensation_action: "undo" },
        { id: "three", depends_on: ["two"], input: { behaviour: "reject" } },
      ],
      { fault_tolerance: { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } } },
    );
    const id = await submit(name);
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "AgentRejected", task: "three" } });
    const events = await client.events(id);
    const undone = events.flatMap(({ event_type: type, task_id: task = "" }) => (type === "task.completed" && task.endsWith("~undo") ? [task] : []));
    expect(undone).toEqual(["two~undo", "one~undo"]);
    expect(events.map(({ event_type: type }) => type)).toEqual(expect.arrayContaining(["compensation.started", "compensation.completed"]));
  });

  it("stops a run that used up its budget", async () => {
    const name = `budget-${runner}`;
    const chain = ["a", "b", "c", "d"].map((id, index, ids) => ({ id, depends_on: index === 0 ? [] : [ids[index - 1] ?? ""] }));
    await client.deploy(name, chain, { budget: { max_agent_calls: 2 } });
    const id = await submit(name);
    expect(await client.finished(id)).toMatchObject({ status: "failed", error_details: { code: "BudgetExceeded" } });
    const types = (await client.events(id)).map(({ event_type: type }) => type);
    expect(types.filter((type) => type === "agent.task_assigned")).toHaveLength(2);
    expect(types).toEqual(expect.arrayContaining(["budget.warning", "budget.exceeded"]));
  });
});

describe("events from outside", () => {
  it("start a workflow that names them as its trigger, once", async () => {
    await client.deploy("triggered", [{ id: "work" }], {
      triggers: [{ pattern: { source: ["shop"], "detail-type": ["order.paid"] }, input_from: { order: "event.detail.order" } }],
    });
    const { status } = await cloud.call("POST", "/api/v1/events", { source: "shop", detail_type: "order.paid", detail: { order: 7 } });
    expect(status).toBe(202);
    const Page = z.object({ executions: z.array(z.object({ execution_id: z.string() })) });
    const started = await cloud.until(async () => {
      const { executions } = Page.parse((await cloud.call("GET", "/api/v1/executions?workflow_id=triggered")).body);
      return executions[0];
    }, "an execution of the triggered workflow");
    expect(await client.finished(started.execution_id)).toMatchObject({ status: "completed" });
    expect((await client.task(started.execution_id, "work")).output).toMatchObject({ echo: { order: 7 } });
  });

  it("are found by a wait that begins after them, within its look-back", async () => {
    await client.deploy("late-waiter", [
      { id: "first", input: { behaviour: "slow", delayMs: 1500 } },
      { id: "wait", depends_on: ["first"], wait_for_event: { pattern: { "detail-type": ["was.early"] } } },
    ]);
    const id = await client.submit("late-waiter");
    await cloud.call("POST", "/api/v1/events", { detail_type: "was.early", detail: { n: 3 } });
    expect(await client.finished(id)).toMatchObject({ status: "completed" });
    expect((await client.task(id, "wait")).output).toMatchObject({ n: 3 });
  });

  it.each([
    { body: { detail_type: "x", source: "aws.s3" }, why: "speaks for AWS" },
    { body: { detail_type: "x", source: "a2a.orchestrator" }, why: "speaks for the orchestrator" },
    { body: { source: "shop" }, why: "has no type" },
  ])("are refused when one $why", async ({ body }) => {
    expect((await cloud.call("POST", "/api/v1/events", body)).status).toBe(400);
  });
});
