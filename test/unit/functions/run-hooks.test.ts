import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { runHooks } from "../../../functions/run-hooks/run-hooks.ts";
import type { HookRun } from "../../../shared/hooks/hook-run.ts";
import { runIdOf } from "../../../shared/hooks/hook-run.ts";
import { loadStats, saveHook } from "../../../shared/hooks/store/hook-store.ts";
import { listDeadRuns, loadRuns, reviveRun } from "../../../shared/hooks/store/run-store.ts";
import { hookLike, HookWorld, orderOf } from "../../fixtures/runtime/hook-kit.ts";

const ORDER = orderOf("hook_1");
const refused = { kind: "reply" as const, status: 503, headers: {}, body: "" };

let world: HookWorld;
beforeEach(() => {
  world = new HookWorld();
});

const register = async (...hooks: readonly object[]): Promise<void> => {
  for (const [index, more] of hooks.entries()) {
    const hook = hookLike({ hook_id: `hook_${index + 1}`, name: `n${index + 1}`, action: { type: "webhook", url: `http://hooks.test/${index + 1}` }, ...more });
    await saveHook(world.control, "acme", { hook });
  }
};

async function runOf(hook: string, order = ORDER): Promise<HookRun | undefined> {
  const id = runIdOf(order.event, hook);
  return (await loadRuns(world.control, "acme", [id])).get(id)?.run;
}

const targets = (): string[] => world.posted.map(({ target }) => target.url.pathname);
const eventTypes = (): unknown[] => [...world.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("EVT#")).map(({ type }) => type);

/** Delivers an order and whatever it puts off, as SQS would, until nothing is left. */
async function deliverAll(order = ORDER): Promise<void> {
  const queue = [order];
  for (let rounds = 0; queue.length > 0; rounds += 1) {
    if (rounds > 100) throw new Error("the order never ends");
    const next = queue.shift() ?? order;
    try {
      await runHooks(world.deps, next);
    } catch {
      queue.push(next);
      world.time += 60_000;
    }
    for (const { order: later, seconds } of world.putOff.splice(0)) {
      world.time += seconds * 1000;
      queue.push(later);
    }
  }
}

describe("runHooks", () => {
  it("runs a list by priority, whatever the order of its names, and keeps what each gave", async () => {
    await register({ priority: 200 }, { priority: 50 }, { priority: 100 });
    await runHooks(world.deps, orderOf("hook_1", "hook_2", "hook_3"));
    expect(targets()).toEqual(["/2", "/3", "/1"]);
    expect(await runOf("hook_1")).toMatchObject({ status: "completed", attempt: 1, output: { ok: true }, event_type: "task.completed" });
    expect(eventTypes().filter((type) => type === "hook.executed")).toHaveLength(3);
  });

  it("tells receivers what happened, signed and under one id for every try", async () => {
    const secret = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/hooks/acme/chat-AbCdEf";
    await register({ action: { type: "webhook", url: "http://hooks.test/1", secret_arn: secret } });
    await runHooks(world.deps, ORDER);
    const [post] = world.posted;
    const { headers = {}, body = "" } = post ?? {};
    const id = runIdOf(ORDER.event, "hook_1");
    const signature = createHmac("sha256", Buffer.alloc(32, 7)).update(`${id}.${headers["webhook-timestamp"]}.${body}`).digest("base64");
    expect(headers).toMatchObject({ "webhook-id": id, "idempotency-key": id, "webhook-signature": `v1,${signature}` });
    expect(JSON.parse(body)).toMatchObject({ type: "task.completed", attempt: 1, hook: { name: "n1" }, data: { task_id: "fetch", execution_id: "exec_0123456789" } });
  });

  it("reads no secret of another tenant", async () => {
    const secret = "arn:aws:secretsmanager:eu-central-1:1:secret:a2a/hooks/other/chat-AbCdEf";
    await register({ action: { type: "webhook", url: "http://hooks.test/1", secret_arn: secret } });
    await runHooks(world.deps, ORDER);
    expect([world.posted, (await runOf("hook_1"))?.error?.code]).toEqual([[], "HookSecretUnusable"]);
  });

  it("posts a text with the event's fields in it, as chat services take it", async () => {
    await register({ action: { type: "webhook", url: "http://hooks.test/1", text: "{task_id} of {workflow_id}: {status} {nothing}" } });
    await runHooks(world.deps, ORDER);
    expect(world.posted[0]?.body).toBe('{"text":"fetch of report: success {nothing}"}');
  });

  it("tries again after growing pauses, and leaves a dead letter after the last", async () => {
    await register({ retry_policy: { max_attempts: 3, initial_delay_seconds: 2 } });
    world.answer = () => refused;
    const pauses: number[] = [];
    for (let tries = 0; tries < 3; tries += 1) {
      await runHooks(world.deps, ORDER);
      for (const { seconds } of world.putOff.splice(0)) world.time += (pauses.push(seconds), seconds * 1000);
    }
    expect(pauses).toEqual([2, 4]);
    expect(await runOf("hook_1")).toMatchObject({ status: "failed", attempt: 3, error: { code: "WebhookRefused" } });
    expect((await listDeadRuns(world.control, "acme", { limit: 10 })).rows).toMatchObject([{ hook_id: "hook_1", event: { event_id: "fetch.3.settled" } }]);
    expect(new Set(world.posted.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("has a dead letter begin anew, and forgets it once it has come right", async () => {
    await register({ retry_policy: { max_attempts: 1 } });
    world.answer = () => refused;
    await runHooks(world.deps, ORDER);
    world.answer = () => ({ kind: "reply", status: 204, headers: {}, body: "" });
    world.time += 1000;
    await reviveRun(world.control, "acme", runIdOf(ORDER.event, "hook_1"), new Date(world.time).toISOString());
    await runHooks(world.deps, ORDER);
    expect((await runOf("hook_1"))?.status).toBe("completed");
    expect((await listDeadRuns(world.control, "acme", { limit: 10 })).rows).toEqual([]);
  });

  it("does not try again what will not change: a refusal for good", async () => {
    await register({});
    world.answer = () => ({ ...refused, status: 410 });
    await runHooks(world.deps, ORDER);
    expect([world.posted.length, (await runOf("hook_1"))?.status]).toEqual([1, "failed"]);
  });

  it("ends the list with a hook that failed, but for those that always run", async () => {
    await register({ priority: 1, retry_policy: { max_attempts: 1 } }, { priority: 2 }, { priority: 3, always_run: true });
    world.answer = ({ target }) => (target.url.pathname === "/1" ? refused : { ...refused, status: 200 });
    await runHooks(world.deps, orderOf("hook_1", "hook_2", "hook_3"));
    expect(targets()).toEqual(["/1", "/3"]);
    expect([(await runOf("hook_1"))?.status, (await runOf("hook_2"))?.status, (await runOf("hook_3"))?.status]).toEqual(["failed", "skipped", "completed"]);
  });

  it("gives up on a hook whose time is over", async () => {
    await register({ timeout_seconds: 1, retry_policy: { max_attempts: 1 } });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    world.answer = async ({ signal }) => {
      vi.advanceTimersByTime(999);
      expect(signal?.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      expect(signal?.aborted).toBe(true);
      return { kind: "lost", reason: "hung up", timedOut: true };
    };
    await runHooks(world.deps, ORDER);
    expect(await runOf("hook_1")).toMatchObject({ status: "timeout", error: { code: "HookTimedOut" } });
    expect(await loadStats(world.control, "acme", "hook_1")).toMatchObject({ total: 1, failed: 1, timeouts: 1, completed: 0 });
  });

  it("leaves a hook alone after five failures in a row, and lets a run through once a minute is over", async () => {
    await register({ retry_policy: { max_attempts: 1 } });
    world.answer = () => refused;
    const orders = Array.from({ length: 7 }, (_, index) => ({ ...ORDER, event: { ...ORDER.event, event_id: `e${index}` } }));
    for (const order of orders) await runHooks(world.deps, order);
    expect(world.posted).toHaveLength(5);
    expect(world.putOff.map(({ seconds }) => seconds)).toEqual([60, 60]);
    world.time += 61_000;
    world.answer = () => ({ ...refused, status: 200 });
    for (const { order } of world.putOff.splice(0)) await runHooks(world.deps, order);
    expect(world.posted).toHaveLength(7);
    expect(await loadStats(world.control, "acme", "hook_1")).toMatchObject({ total: 7, completed: 2, failed: 5, failures: 0 });
    expect(await loadStats(world.control, "acme", "hook_1")).not.toHaveProperty("open_until");
  });

  it("runs a hook that another delivery is at work on only when that must have died", async () => {
    await register({});
    const under = { release: (): void => {} };
    world.answer = () => new Promise((resolve) => (under.release = () => resolve({ ...refused, status: 200 })));
    const first = runHooks(world.deps, ORDER);
    await expect.poll(() => world.posted.length).toBe(1);
    await runHooks(world.deps, ORDER);
    expect(world.putOff).toMatchObject([{ seconds: 40 }]);
    under.release();
    await first;
    await runHooks(world.deps, ORDER);
    expect(world.posted).toHaveLength(1);
  });

  it("puts off a hook that this invocation has no time for", async () => {
    await register({});
    world.remaining = 39_000;
    await runHooks(world.deps, ORDER);
    expect([world.posted.length, world.putOff.length]).toEqual([0, 1]);
  });

  it("runs each hook at least once, in order and under one id, wherever it is cut off", async () => {
    let cuts = 0;
    for (let at = 0; ; at += 1) {
      world = new HookWorld();
      await register({ priority: 1 }, { priority: 2 }, { priority: 3 });
      let calls = 0;
      const die = (): void => {
        calls += 1;
        if (calls !== at + 1) return;
        cuts += 1;
        throw new Error("killed");
      };
      world.tables.onSend = die;
      world.tables.onSent = die;
      world.answer = () => {
        die();
        return { ...refused, status: 200 };
      };
      await deliverAll(orderOf("hook_1", "hook_2", "hook_3"));
      const made = calls;
      calls = Infinity;
      expect([...new Set(targets())]).toEqual(["/1", "/2", "/3"]);
      for (const path of ["/1", "/2", "/3"]) {
        const ids = world.posted.filter(({ target }) => target.url.pathname === path).map(({ headers }) => headers["webhook-id"]);
        expect(new Set(ids).size).toBe(1);
      }
      const inOrder = targets().every((path, index, all) => index === 0 || path >= (all[index - 1] ?? ""));
      expect(inOrder).toBe(true);
      for (const hook of ["hook_1", "hook_2", "hook_3"]) expect((await runOf(hook))?.status).toBe("completed");
      if (made <= at) break;
    }
    expect(cuts).toBeGreaterThan(20);
  });
});
