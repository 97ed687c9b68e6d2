import { beforeEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { runHooks, type RunHooksDeps } from "../../../../functions/run-hooks/run-hooks.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { holdReader } from "../../../../shared/execution/store/hold-store.ts";
import { loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { heardIndexes, hookReader } from "../../../../shared/hooks/store/hook-reader.ts";
import { saveHook } from "../../../../shared/hooks/store/hook-store.ts";
import { hookLike, HookWorld } from "../../../fixtures/runtime/hook-kit.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { agentOf, EXECUTION, type MemoryRuntime, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";

let runtime: MemoryRuntime;
let world: HookWorld;
/** What receivers answer, by the path of their URL. */
let answers: Record<string, { status?: number; body?: object }>;

const control = (): { db: typeof runtime.tables.client; table: string } => ({ db: runtime.tables.client, table: "control" });

beforeEach(async () => {
  runtime = await startedRuntime();
  runtime.hooks = hookReader(control());
  world = new HookWorld();
  answers = {};
  world.answer = ({ target }) => {
    const { status = 200, body = {} } = answers[target.url.pathname] ?? {};
    return { kind: "reply", status, headers: {}, body: JSON.stringify(body) };
  };
});

const register = async (...hooks: readonly object[]): Promise<void> => {
  for (const [index, more] of hooks.entries()) {
    const action = { type: "webhook", url: `http://hooks.test/${index + 1}` };
    const hook = hookLike({ hook_id: `hook_${index + 1}`, name: `n${index + 1}`, trigger: "pre_task", retry_policy: { max_attempts: 1 }, action, ...more });
    await saveHook(control(), TENANT, { hook });
  }
};

const deps = (): RunHooksDeps => ({
  ...world.deps,
  control: control(),
  executions: runtime.executions,
  sendTask: (message) => runtime.mail.task(message, 0),
  now: runtime.now,
});

/** Delivers orders and task messages until none is left; a delivery that fails comes again. */
async function settleDown(): Promise<void> {
  for (let rounds = 0; runtime.hookOrders.length + runtime.tasks.length + world.putOff.length > 0; rounds += 1) {
    if (rounds > 200) throw new Error("it never comes to rest");
    for (const { order, seconds } of world.putOff.splice(0)) {
      runtime.time += seconds * 1000;
      runtime.hookOrders.push(order);
    }
    for (const order of runtime.hookOrders.splice(0)) {
      await runHooks(deps(), order).catch(() => {
        runtime.time += 60_000;
        runtime.hookOrders.push(order);
      });
    }
    for (const entry of runtime.tasks.splice(0)) await dispatchTask(runtime, entry.message).catch(() => void runtime.tasks.push(entry));
  }
}

const isWaiting = (record: Awaited<ReturnType<typeof row>>): boolean => record === undefined || record.state === "parked" || record.state === "queued";
const row = () => loadTask(runtime.executions, { tenant: TENANT, execution: EXECUTION, task: "a" });
const start = async (): Promise<void> => {
  await dispatchTask(runtime, runtime.message("a"));
  await settleDown();
};

describe("hooks before a task", () => {
  it("hold the task parked until they have run, and are told what its agent would get", async () => {
    await register({ event_pattern: "task.starting a - work" });
    await dispatchTask(runtime, runtime.message("a"));
    expect(await row()).toMatchObject({ state: "parked", reason: "hooks" });
    expect(runtime.sent).toEqual([]);
    await settleDown();
    expect(await row()).toMatchObject({ state: "completed" });
    expect(JSON.parse(world.posted[0]?.body ?? "")).toMatchObject({ type: "task.starting", data: { task_id: "a", attempt: 1, skill: "work", input: { greeting: "hello" } } });
  });

  it("choose the agent, add to its input and label it; of two the later one counts, and the history says so", async () => {
    runtime.registry = [agentOf("agent-one"), agentOf("agent-two")];
    await register({ priority: 1 }, { priority: 2 });
    answers["/1"] = { body: { patch: { agent_id: "agent-one", input: { style: "short", n: 1 }, labels: { team: "red" } } } };
    answers["/2"] = { body: { patch: { agent_id: "agent-two", input: { n: 2 } } } };
    await start();
    expect(runtime.sent).toMatchObject([
      { agent: "agent-two", message: { data: { input: { greeting: "hello", style: "short", n: 2 } }, metadata: { labels: { team: "red" } } } },
    ]);
    const told = eventsIn(runtime.tables.changes).find(({ type }) => type === "task.hooks_ran");
    expect(told?.facts).toMatchObject({
      hooks: [{ hook_name: "n1", status: "completed" }, { hook_name: "n2", status: "completed" }],
      changed: { agent_id: "agent-two", input: ["style", "n"], labels: { team: "red" } },
    });
  });

  it("are told who failed it before, and what is asked of its agent", async () => {
    await register({});
    await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task: "a", state: "queued", attempt: 1, triedAgents: ["agent-one"] }) });
    await dispatchTask(runtime, { ...runtime.message("a"), seen: 0 });
    await settleDown();
    expect(JSON.parse(world.posted[0]?.body ?? "")).toMatchObject({ data: { attempt: 2, tried_agents: ["agent-one"], role: { capabilities: expect.any(Array) } } });
  });

  it("give an output in the agent's place, that of another task as well, unless that is gone", async () => {
    await register({});
    answers["/1"] = { body: { patch: { skip: { output_of: { execution_id: EXECUTION, task_id: "before" } } } } };
    await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task: "before", state: "completed", output: { json: "7" } }) });
    await start();
    expect([await row(), runtime.sent]).toMatchObject([{ state: "completed", output: { json: "7" } }, []]);
    runtime = await startedRuntime();
    runtime.hooks = hookReader(control());
    await register({});
    await start();
    expect([(await row())?.state, runtime.sent.length]).toEqual(["completed", 1]);
  });

  it("give an output in the agent's place, which then is not asked", async () => {
    await register({});
    answers["/1"] = { body: { patch: { skip: { output: { cached: true } } } } };
    await start();
    expect(runtime.sent).toEqual([]);
    expect(await row()).toMatchObject({ state: "completed", output: { json: '{"cached":true}' } });
  });

  it("end the task when a critical one fails", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { status: 500 };
    await start();
    expect(await row()).toMatchObject({ state: "failed", failure: { code: "HookAborted", message: "hook 'n1' failed: http://hooks.test answered 500" } });
    expect(runtime.sent).toEqual([]);
  });

  it("let the task go on when one fails that is not critical", async () => {
    await register({ severity: "warning" });
    answers["/1"] = { status: 500 };
    await start();
    expect([(await row())?.state, runtime.sent.length]).toEqual(["completed", 1]);
  });

  it("fail that want what there is not", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { body: { patch: { agnet_id: "x" } } };
    await start();
    expect((await row())?.failure?.message).toContain("agnet_id");
  });

  it("are none of a task's business that no pattern names", async () => {
    await register({ event_pattern: "other" });
    await dispatchTask(runtime, runtime.message("a"));
    expect([runtime.hookOrders, world.posted, runtime.sent.length]).toEqual([[], [], 1]);
    expect(runtime.events()).not.toContain("task.parked");
  });

  it("are told what the task does and on what it depends; equal tasks have equal digests, and a large input is left out", async () => {
    const told = async (greeting: string, output: string) => {
      runtime = await startedRuntime([task("before"), task("a", ["before"], { operation: "search" })]);
      runtime.hooks = hookReader(control());
      world = new HookWorld();
      await register({ trigger: "pre_search" });
      const execution = runtime.head();
      Object.assign(runtime.tables.row(executionPartition(TENANT, EXECUTION), "META") ?? {}, { input: { json: JSON.stringify({ greeting }) } });
      await saveRow(runtime.executions, execution, { row: taskRow({ task: "before", state: "completed", output: { json: output } }) });
      await start();
      return z.object({ data: z.record(z.string(), z.unknown()) }).parse(JSON.parse(world.posted[0]?.body ?? "")).data;
    };
    const first = await told("hello", "1");
    expect(first).toMatchObject({ task_id: "a", operation: "search", skill: "work", dependencies: ["before"], input: { greeting: "hello" } });
    expect((await told("hello", "1"))["input_hash"]).toBe(first["input_hash"]);
    expect((await told("hello", "2"))["input_hash"]).not.toBe(first["input_hash"]);
    expect((await told("bye", "1"))["input_hash"]).not.toBe(first["input_hash"]);
    const large = await told("x".repeat(300_000), "1");
    expect(large).not.toHaveProperty("input");
    expect(large["input_bytes"]).toBe(300_015);
  });

  it("cost no call where there are none: the same calls as without any notion of hooks", async () => {
    const callsOf = async (change: (of: MemoryRuntime) => void): Promise<readonly string[]> => {
      const fresh = await startedRuntime();
      change(fresh);
      fresh.tables.calls.length = 0;
      await dispatchTask(fresh, fresh.message("a"));
      return [...fresh.tables.calls];
    };
    const store = (of: MemoryRuntime) => ({ db: of.tables.client, table: "control" });
    const without = await callsOf((of) => Object.assign(of, { hold: holdReader(store(of)) }));
    const indexes = heardIndexes();
    const having = await callsOf((of) => Object.assign(of, { hold: holdReader(store(of), indexes), hooks: hookReader(store(of), indexes) }));
    expect(having).toEqual(without);
    expect(without.length).toBeGreaterThan(1);
  });

  it("have run and the task goes on, wherever either of them is cut off", async () => {
    for (let at = 0; ; at += 1) {
      runtime = await startedRuntime();
      runtime.hooks = hookReader(control());
      world = new HookWorld();
      await register({ priority: 1 }, { priority: 2 });
      let calls = 0;
      const die = (): void => {
        calls += 1;
        if (calls === at + 1) throw new Error("killed");
      };
      runtime.tables.onSend = die;
      runtime.tables.onSent = die;
      world.answer = () => {
        die();
        return { kind: "reply", status: 200, headers: {}, body: "{}" };
      };
      runtime.tasks.push({ message: runtime.message("a"), delay: 0 });
      await settleDown();
      const made = calls;
      calls = Infinity;
      // The sweep sends the message of a task that nothing is on its way for.
      if (isWaiting(await row())) {
        runtime.time += 600_000;
        runtime.tasks.push({ message: runtime.message("a"), delay: 0 });
        await settleDown();
      }
      // Whoever died after that has left an attempt on record, which looks at it end.
      expect(isWaiting(await row())).toBe(false);
      expect(runtime.sent.map(({ message }) => message.messageId)).toSatisfy((ids: string[]) => new Set(ids).size <= 1);
      expect([...new Set(world.posted.map(({ target }) => target.url.pathname))]).toEqual(["/1", "/2"]);
      if (made <= at) break;
    }
  });
});
