import { beforeEach, describe, expect, it } from "vitest";
import { reconcileExecutions } from "../../../../functions/reconcile-executions/reconcile-executions.ts";
import { runHooks } from "../../../../functions/run-hooks/run-hooks.ts";
import { cancelExecution } from "../../../../shared/execution/control/control-execution.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { admitWaiting } from "../../../../shared/execution/run/admit.ts";
import { startRun } from "../../../../shared/execution/run/start-run.ts";
import { loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { viewExecutionDetails } from "../../../../shared/execution/views/executions.ts";
import { hookReader } from "../../../../shared/hooks/store/hook-reader.ts";
import { saveHook } from "../../../../shared/hooks/store/hook-store.ts";
import { begin, SessionBody } from "../../../../shared/sessions/session.ts";
import { listMembers, saveSession } from "../../../../shared/sessions/store/session-store.ts";
import { AdmissionWorld } from "../../../fixtures/runtime/admission-world.ts";
import { hookLike, HookWorld } from "../../../fixtures/runtime/hook-kit.ts";
import { TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const SESSION = "session_0123456789";

let world: AdmissionWorld;
let hooks: HookWorld;
let answers: Record<string, { status?: number; body?: object }>;

const control = () => ({ db: world.runtime.tables.client, table: "control" });

beforeEach(() => {
  world = new AdmissionWorld();
  world.runtime.hooks = hookReader(control());
  hooks = new HookWorld();
  answers = {};
  hooks.answer = ({ target }) => {
    const { status = 200, body = {} } = answers[target.url.pathname] ?? {};
    return { kind: "reply", status, headers: {}, body: JSON.stringify(body) };
  };
});

async function register(...more: readonly object[]): Promise<void> {
  for (const [index, fields] of more.entries()) {
    const action = { type: "webhook", url: `http://hooks.test/${index + 1}` };
    const base = { hook_id: `hook_${index + 1}`, name: `n${index + 1}`, trigger: "pre_workflow", retry_policy: { max_attempts: 1 }, action };
    await saveHook(control(), TENANT, { hook: hookLike({ ...base, ...fields }) });
  }
}

const deps = () => ({
  ...hooks.deps,
  control: control(),
  executions: world.runtime.executions,
  sendTask: (message: Parameters<typeof dispatchTask>[1]) => world.runtime.mail.task(message, 0),
  admit: () => admitWaiting({ ...world.deps, startRun: (execution) => startRun(world.deps, execution) }),
  now: world.runtime.now,
});

/** Delivers orders and task messages until none is left; a delivery that is cut off comes again. */
async function settleDown(): Promise<void> {
  const { runtime } = world;
  for (let rounds = 0; runtime.hookOrders.length + runtime.tasks.length + hooks.putOff.length > 0; rounds += 1) {
    if (rounds > 100) throw new Error("it never comes to rest");
    for (const { order, seconds } of hooks.putOff.splice(0)) {
      runtime.time += seconds * 1000;
      runtime.hookOrders.push(order);
    }
    for (const order of runtime.hookOrders.splice(0)) {
      await runHooks(deps(), order).catch(() => {
        runtime.time += 60_000;
        runtime.hookOrders.push(order);
      });
    }
    for (const { message } of runtime.tasks.splice(0)) await dispatchTask(runtime, message);
  }
}

const head = (id: string) => loadExecution(world.runtime.executions, TENANT, id);

describe("hooks before an execution", () => {
  it("keep it queued until they have run, and say so; then it starts", async () => {
    await register({});
    const { executionId: id, status } = await world.submit();
    expect(status).toBe("queued");
    const waiting = await head(id);
    expect(viewExecutionDetails(waiting, { byState: {}, queue: undefined }).waiting).toMatchObject({ reason: "hooks", until: expect.any(String) });
    await admitWaiting({ ...world.deps, startRun: () => Promise.reject(new Error("it must not start")) });
    await settleDown();
    expect((await head(id)).status).toBe("submitted");
    expect([...world.control.machines.keys()]).toEqual([`${id}-r1`]);
    expect(JSON.parse(hooks.posted[0]?.body ?? "{}")).toMatchObject({ type: "workflow.starting", data: { execution_id: id, priority: "medium", submitted_by: "ann", input: {} } });
  });

  it("let those start meanwhile that no hook is for", async () => {
    await register({ event_filter: { detail: { priority: ["high"] } } });
    const { executionId: waits } = await world.submit("high");
    const { status } = await world.submit("medium");
    expect([(await head(waits)).status, status]).toEqual(["queued", "submitted"]);
  });

  it("end it when a critical one fails, before anything of it began", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { status: 403 };
    const { executionId: id } = await world.submit();
    await settleDown();
    expect(await head(id)).toMatchObject({ status: "failed", failure: { code: "HookAborted", message: "hook 'n1' failed: http://hooks.test answered 403" } });
    expect(world.control.machines.size).toBe(0);
    await world.audit();
  });

  it("let it start when one fails that is not critical", async () => {
    await register({});
    answers["/1"] = { status: 500 };
    const { executionId: id } = await world.submit();
    await settleDown();
    expect((await head(id)).status).toBe("submitted");
  });

  it("add to its input, and have it join a session", async () => {
    await saveSession(control(), TENANT, begin(SESSION, SessionBody.parse({ variables: { topic: "coal" } }), { at: new Date(world.runtime.time).toISOString(), by: "ann" }));
    await register({});
    answers["/1"] = { body: { patch: { input: { limit: 5 }, session_id: SESSION } } };
    const { executionId: id } = await world.submit("medium", { input: { query: "x" } });
    await settleDown();
    const { input, session } = await head(id);
    expect([input, session]).toMatchObject([{ json: '{"query":"x","limit":5}' }, { id: SESSION, version: 1, variables: { json: '{"topic":"coal"}' } }]);
    expect(await listMembers(control(), TENANT, SESSION)).toEqual([id]);
  });

  it("are told how large an input is that they are not shown", async () => {
    await register({});
    await world.submit("medium", { input: "x".repeat(40_000) });
    await settleDown();
    expect(JSON.parse(hooks.posted[0]?.body ?? "{}")).toMatchObject({ data: { input_bytes: 40_002 } });
  });

  it("fail that want of an execution what only tasks have", async () => {
    await register({ severity: "critical" });
    answers["/1"] = { body: { patch: { agent_id: "agent-one" } } };
    const { executionId: id } = await world.submit();
    await settleDown();
    expect((await head(id)).failure?.message).toContain("agent_id");
  });

  it("are those of its session as well, where it joins one", async () => {
    await register({ trigger: "session_start" });
    expect((await world.submit()).status).toBe("submitted");
    const { executionId: id } = await world.submit("medium", { session: { id: SESSION, version: 1, variables: {} } });
    await settleDown();
    expect((await head(id)).status).toBe("submitted");
    expect(JSON.parse(hooks.posted[0]?.body ?? "{}")).toMatchObject({ data: { session_id: SESSION } });
  });

  it("leave it alone that was cancelled meanwhile", async () => {
    await register({});
    const { executionId: id } = await world.submit();
    await cancelExecution(world.control.deps, { tenant: TENANT, execution: id, by: "ann" });
    await settleDown();
    expect((await head(id)).status).toBe("cancelled");
    expect(world.control.machines.size).toBe(0);
  });

  it("are asked for again by the sweep when they were never heard of, and by who submits again under the same key", async () => {
    await register({});
    const { executionId: id } = await world.submit("medium", { idempotencyKey: "k" });
    world.runtime.hookOrders.length = 0;
    await world.submit("medium", { idempotencyKey: "k" });
    expect(world.runtime.hookOrders).toHaveLength(1);
    world.runtime.hookOrders.length = 0;
    const sweep = async () => reconcileExecutions({ ...world.control.deps, report: async () => {} });
    world.runtime.time += 90_000;
    expect((await sweep()).revived).toBe(0);
    world.runtime.time += 90_000;
    expect((await sweep()).revived).toBe(1);
    await settleDown();
    expect((await head(id)).status).toBe("submitted");
  });

  it("cost a submission no call but one small read in five seconds where there are none", async () => {
    const callsOf = async (): Promise<number> => {
      world.runtime.tables.calls.length = 0;
      await world.submit();
      return world.runtime.tables.calls.length;
    };
    world = new AdmissionWorld({ perTenant: 50 });
    await world.submit();
    const without = await callsOf();
    world.runtime.hooks = hookReader(control());
    expect([await callsOf(), await callsOf()]).toEqual([without + 1, without]);
  });

  it("have run, in order and under one name each, and it started once, wherever any of it is cut off", async () => {
    for (let at = 0; ; at += 1) {
      world = new AdmissionWorld();
      world.runtime.hooks = hookReader(control());
      hooks = new HookWorld();
      await register({ priority: 1 }, { priority: 2 });
      const { executionId: id } = await world.submit();
      let calls = 0;
      const die = (): void => {
        calls += 1;
        if (calls === at + 1) throw new Error("killed");
      };
      world.runtime.tables.onSend = die;
      world.runtime.tables.onSent = die;
      hooks.answer = () => {
        die();
        return { kind: "reply", status: 200, headers: {}, body: "{}" };
      };
      await settleDown();
      const made = calls;
      calls = Infinity;
      const paths = hooks.posted.map(({ target }) => target.url.pathname);
      expect([...new Set(paths)]).toEqual(["/1", "/2"]);
      expect(paths.toSorted()).toEqual(paths);
      for (const path of ["/1", "/2"]) {
        const own = hooks.posted.filter(({ target }) => target.url.pathname === path);
        expect(new Set(own.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      }
      // Whoever died after it had its slot is followed by the sweep.
      world.runtime.time += 600_000;
      await reconcileExecutions({ ...world.control.deps, report: async () => {} });
      expect([(await head(id)).status, [...world.control.machines.keys()]]).toEqual(["submitted", [`${id}-r1`]]);
      if (made <= at) break;
    }
  });
});
