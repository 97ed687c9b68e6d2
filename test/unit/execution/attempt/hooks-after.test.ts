import { beforeEach, describe, expect, it } from "vitest";
import { runHooks, type RunHooksDeps } from "../../../../functions/run-hooks/run-hooks.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { holdReader } from "../../../../shared/execution/store/hold-store.ts";
import { loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { heardIndexes, hookReader } from "../../../../shared/hooks/store/hook-reader.ts";
import { deleteHook, saveHook } from "../../../../shared/hooks/store/hook-store.ts";
import { hookLike, HookWorld } from "../../../fixtures/runtime/hook-kit.ts";
import { eventsIn } from "../../../fixtures/runtime/memory-stream.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

let runtime: MemoryRuntime;
let world: HookWorld;
/** What receivers answer, by the path of their URL. */
let answers: Record<string, { status?: number; body?: object }>;

const control = () => ({ db: runtime.tables.client, table: "control" });
const made = { files: [{ path: "a.json", content: "[1]" }] };

async function begin(operation = "edit"): Promise<void> {
  runtime = await startedRuntime([task("a", [], { operation })]);
  runtime.hooks = hookReader(control());
  runtime.onSend = () => ({ kind: "completed", output: made, usage: { cost: 2 } });
  world = new HookWorld();
  world.answer = ({ target }) => {
    const { status = 200, body = {} } = answers[target.url.pathname] ?? {};
    return { kind: "reply", status, headers: {}, body: JSON.stringify(body) };
  };
}

beforeEach(async () => {
  answers = {};
  await begin();
});

const hookAt = (index: number, more: object = {}) =>
  hookLike({ hook_id: `hook_${index}`, name: `n${index}`, trigger: "post_edit", priority: index, retry_policy: { max_attempts: 1 }, action: { type: "webhook", url: `http://hooks.test/${index}` }, ...more });
async function register(...hooks: readonly object[]): Promise<void> {
  for (const [index, more] of hooks.entries()) await saveHook(control(), TENANT, { hook: hookAt(index + 1, more) });
}

const deps = (): RunHooksDeps => ({ ...world.deps, control: control(), executions: runtime.executions, sendTask: (message) => runtime.mail.task(message, 0), now: runtime.now });

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

const row = () => loadTask(runtime.executions, { tenant: TENANT, execution: EXECUTION, task: "a" });
const start = async (): Promise<void> => {
  await dispatchTask(runtime, runtime.message("a"));
  await settleDown();
};
const ends = () => eventsIn(runtime.tables.changes).filter(({ type }) => type === "task.completed");

describe("hooks after an edit", () => {
  it("hold the result until they have run; then it counts as its agent's", async () => {
    await register({});
    await dispatchTask(runtime, runtime.message("a"));
    expect(await row()).toMatchObject({ state: "parked", reason: "hooks", made: { agentId: "agent-one" } });
    expect([runtime.reports.length, ends()]).toEqual([1, []]);
    runtime.time += 30_000;
    await settleDown();
    const settled = await row();
    expect(settled).toMatchObject({ state: "completed", agentId: "agent-one", attempt: 1, usage: { cost: 2 } });
    expect(settled).not.toHaveProperty("made");
    expect(JSON.parse(world.posted[0]?.body ?? "{}")).toMatchObject({ type: "task.made", data: { task_id: "a", operation: "edit", agent_id: "agent-one", output: made } });
    expect(ends().map(({ facts }) => facts)).toMatchObject([{ status: "success", agent_id: "agent-one", skill: "work", operation: "edit", duration_seconds: 0, usage: { cost: 2 } }]);
  });

  it("put another in its place, the later of two over the earlier", async () => {
    await register({}, {});
    answers["/1"] = { body: { patch: { output: "first" } } };
    answers["/2"] = { body: { patch: { output: null } } };
    await start();
    expect(await row()).toMatchObject({ state: "completed", output: { json: "null" } });
  });

  it("format it, where that is what they are for", async () => {
    await register({ action: { type: "function", function: "builtin:format-output", args: [] } });
    await start();
    expect(await runtime.load((await row())?.output ?? { json: "" })).toEqual({ files: [{ path: "a.json", content: "[\n  1\n]\n" }] });
  });

  it("end the task when a critical one fails, and let it be when the others do", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { status: 500 };
    await start();
    expect(await row()).toMatchObject({ state: "failed", failure: { code: "HookAborted" } });
    expect(ends().map(({ facts }) => facts)).toMatchObject([{ status: "failed", agent_id: "agent-one" }]);
    await begin();
    await register({});
    await start();
    expect(await row()).toMatchObject({ state: "completed", output: { json: JSON.stringify(made) } });
  });

  it("fail that want what only tasks have before they begin", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { body: { patch: { agent_id: "agent-two" } } };
    await start();
    expect((await row())?.failure?.message).toContain("agent_id");
  });

  it.each([
    { of: "tasks that edit nothing", operation: "search", more: {} },
    { of: "edits that they are not for", operation: "edit", more: { event_pattern: "task.made other" } },
    { of: "edits while they are off", operation: "edit", more: { enabled: false } },
  ])("are none of the business of $of", async ({ operation, more }) => {
    await begin(operation);
    await register(more);
    await start();
    expect([(await row())?.state, world.posted]).toEqual(["completed", []]);
  });

  it("cost an edit no call where there are none: the same as without any notion of hooks", async () => {
    const callsOf = async (change: (of: MemoryRuntime) => void): Promise<readonly string[]> => {
      await begin();
      change(runtime);
      runtime.tables.calls.length = 0;
      await dispatchTask(runtime, runtime.message("a"));
      return [...runtime.tables.calls];
    };
    const store = (of: MemoryRuntime) => ({ db: of.tables.client, table: "control" });
    const without = await callsOf((of) => Object.assign(of, { hold: holdReader(store(of)), hooks: () => Promise.resolve({ has: () => false, matcher: () => Promise.reject(new Error("nobody matches")) }) }));
    const having = await callsOf((of) => {
      const indexes = heardIndexes();
      Object.assign(of, { hold: holdReader(store(of), indexes), hooks: hookReader(store(of), indexes) });
    });
    expect(having).toEqual(without);
    expect(without.length).toBeGreaterThan(1);
  });

  it("are told how large a result is that they are not shown", async () => {
    const large = "x".repeat(300_000);
    runtime.onSend = () => ({ kind: "completed", output: large });
    await register({ action: { type: "function", function: "builtin:format-output", args: [] } }, {});
    await start();
    expect(await runtime.load((await row())?.output ?? { json: "" })).toBe(large);
    expect(world.posted).toEqual([]);
    expect(eventsIn(runtime.tables.changes).find(({ type }) => type === "hook.executed")?.facts).toMatchObject({ status: "failed", error: { code: "OutputNotSeen" } });
  });

  it("count as having run when there are none any more once somebody asks again", async () => {
    await register({});
    await dispatchTask(runtime, runtime.message("a"));
    runtime.hookOrders.length = 0;
    await deleteHook(control(), TENANT, hookAt(1));
    runtime.time += 600_000;
    await start();
    expect([(await row())?.state, runtime.sent.length]).toEqual(["completed", 1]);
  });

  it("have run and the result counts, wherever any of it is cut off", async () => {
    for (let at = 0; ; at += 1) {
      await begin();
      await register({}, {});
      answers = { "/2": { body: { patch: { output: "formatted" } } } };
      let calls = 0;
      const die = (): void => {
        calls += 1;
        if (calls === at + 1) throw new Error("killed");
      };
      // The send itself is another test's.
      let isMade = false;
      runtime.onSend = () => {
        isMade = true;
        return { kind: "completed", output: made };
      };
      runtime.tables.onSend = () => (isMade ? die() : undefined);
      runtime.tables.onSent = () => (isMade ? die() : undefined);
      runtime.tasks.push({ message: runtime.message("a"), delay: 0 });
      await settleDown();
      const total = calls;
      calls = Infinity;
      // Whoever died before the result was kept has left an attempt on record, which is looked at.
      const found = await row();
      if (found?.state === "parked" || found?.state === "queued") {
        runtime.time += 600_000;
        runtime.tasks.push({ message: runtime.message("a"), delay: 0 });
        await settleDown();
      }
      const settled = await row();
      if (settled?.state !== "dispatched") {
        expect(settled).toMatchObject({ state: "completed", output: { json: '"formatted"' } });
        expect(new Set(world.posted.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
      }
      expect(runtime.sent).toHaveLength(1);
      if (total <= at) break;
    }
  });
});
