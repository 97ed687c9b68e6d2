import { describe, expect, it } from "vitest";
import { startOf } from "../../../shared/execution/run/start-run.ts";
import { continuing, dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../functions/watch-task/watch-task.ts";
import { listWaiting } from "../../../shared/execution/store/inbox-store.ts";
import { agentOf, EXECUTION, MemoryRuntime, N_SHAPE, planOf, startedRuntime, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";
import { EXECUTION_LIMITS } from "../../../shared/execution/limits.ts";

const look = { looks: 0 };

async function running(tasks = [task("a")]): Promise<MemoryRuntime> {
  const runtime = await startedRuntime(tasks);
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
  await dispatchTask(runtime, runtime.message("a"));
  runtime.watches.length = 0;
  return runtime;
}

async function inDoubt(more: object = {}): Promise<MemoryRuntime> {
  const runtime = await startedRuntime();
  runtime.registry = [agentOf("agent-one", more)];
  runtime.onSend = () => ({ kind: "in_doubt", reason: "no answer" });
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

const watch = (runtime: MemoryRuntime): Promise<void> => watchTask(runtime, { dispatch: runtime.dispatch("a"), ...look });

describe("a look at a task of an execution that is over", () => {
  it.each([
    { serves: "a task", parent: { execution: "exec_parent0001", task: "sub", attempt: 1 }, told: 1 },
    { serves: "none", parent: undefined, told: 0 },
  ])("has the task look that it serves as: $serves", async ({ parent, told }) => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await runtime.submit({ runner: "graph", parent });
    const run = { ...runtime.message("a").run, runner: "graph" as const };
    await dispatchTask(continuing(runtime), startOf(run));
    expect(runtime.head().status).toBe("completed");
    // The worker that recorded the end told it; the message of another that died comes again.
    runtime.settles.length = 0;
    await watch(runtime);
    expect(runtime.settles).toEqual(told === 0 ? [] : [{ dispatch: { tenant: TENANT, ...parent } }]);
  });
});

describe("watchTask", () => {
  it("polls less and less often while the agent works", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    for (let looks = 0; looks < 8; looks += 1) await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks });
    expect(runtime.watches.map(({ delay }) => delay)).toEqual([2, 3, 4, 6, 8, 12, 15, 15]);
  });

  it("looks again after half a minute when a message that came again had it look early", async () => {
    const runtime = await running();
    runtime.pushBaseUrl = "https://api.test";
    runtime.registry = [agentOf("agent-one", { supports_push: true })];
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    runtime.time += 2000;
    await watch(runtime);
    runtime.time += 30_000;
    await watch(runtime);
    expect(runtime.watches.map(({ message, delay }) => [message.looks, delay])).toEqual([[0, 30], [1, 28]]);
  });

  it("settles what the agent finished", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "completed", output: 42 });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: "42" } });
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });

  it("believes an agent that does not know its task only after a while, asked again meanwhile", async () => {
    const runtime = await running();
    const since = new Date(runtime.time).toISOString();
    await watch(runtime);
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("a"), looks: 0, missingSince: since }, delay: 5 }]);
    runtime.time += 19_000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0, missingSince: since });
    expect(runtime.record("a")?.state).toBe("running");
    runtime.time += 1000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0, missingSince: since });
    expect(runtime.record("a")).toMatchObject({ state: "queued", failure: { code: "AgentForgotTask" } });
  });

  it("goes on with an agent that finds its task again", async () => {
    const runtime = await running();
    await watch(runtime);
    runtime.onGet = () => ({ kind: "completed", output: 42 });
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0, missingSince: new Date(runtime.time).toISOString() });
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1 });
  });

  it.each(["auth", "unknown"] as const)("stops the clock for an agent that waits for %s, which then goes on by itself", async (asksFor) => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: { text: "log in" }, asksFor });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", asksFor, question: { json: '{"text":"log in"}' } });
    expect((await listWaiting(runtime.executions, TENANT, { limit: 10, after: undefined })).rows).toHaveLength(1);
    runtime.time += 3_600_000;
    await watch(runtime);
    expect(runtime.record("a")?.state).toBe("input_required");
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", deadlineAt: new Date(runtime.time + 60_000).toISOString() });
  });

  it("asks anew when an agent that is authorised has a question", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "log in", asksFor: "auth" });
    await watch(runtime);
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "which year?" });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", question: { json: '"which year?"' } });
    expect(runtime.record("a")).not.toHaveProperty("asksFor", "auth");
  });

  it("keeps what an agent made before it failed, for people and not for dependents", async () => {
    const runtime = await running([task("a", [], { retry_policy: { max_attempts: 1, backoff: "none" } })]);
    const failure = { code: "AgentFailed", message: "half way" };
    runtime.onGet = () => ({ kind: "failed", failure, retryable: true, partial: { text: "half" } });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure, partial: { json: '{"text":"half"}' } });
    expect(runtime.record("a")).not.toHaveProperty("output.json");
  });

  it("takes a result that is there at the deadline, although its push was lost", async () => {
    const runtime = await running();
    runtime.time += 60_000;
    runtime.onGet = () => ({ kind: "completed", output: 42 });
    await watch(runtime);
    expect(runtime.record("a")?.state).toBe("completed");
    expect(runtime.cancelled).toEqual([]);
  });

  it("cancels at the deadline and tries again", async () => {
    const runtime = await running();
    runtime.time += 60_000;
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(runtime.cancelled).toEqual(["remote-1"]);
    expect(runtime.record("a")).toMatchObject({ state: "queued", attempt: 1, failure: { code: "TaskTimedOut" }, triedAgents: ["agent-one"] });
    expect(runtime.tasks).toMatchObject([{ message: { task: "a" }, delay: 0 }]);
  });

  it.each(["watch", "push"])("takes a cancel at the deadline for its own, of which somebody else hears first: by %s", async (way) => {
    const runtime = await running();
    runtime.time += 60_000;
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentCanceled", message: "as you wish" }, retryable: false });
    await (way === "watch" ? watch(runtime) : settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-1" }));
    expect(runtime.record("a")).toMatchObject({ state: "queued", attempt: 1, failure: { code: "TaskTimedOut" } });
  });

  it("believes an agent that cancels before its time is up", async () => {
    const runtime = await running();
    runtime.time += 59_000;
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentCanceled", message: "not today" }, retryable: false });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "AgentCanceled" } });
  });

  it("stops a task at the deadline that an unanswered send made", async () => {
    const runtime = await inDoubt();
    runtime.time += 60_000;
    runtime.onFind = () => ({ kind: "working", agentTaskId: "remote-9" });
    await watch(runtime);
    expect(runtime.cancelled).toEqual(["remote-9"]);
  });

  it("gives a task to another agent when its own left the registry", async () => {
    const runtime = await running();
    runtime.registry = [agentOf("agent-two")];
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "queued", failure: { code: "AgentGone" } });
  });

  it("asks the registry itself before it takes an agent for gone: the list may be older than the agent", async () => {
    const runtime = await running();
    const registered = runtime.registry;
    Object.assign(runtime, { agents: async () => [], agent: async () => registered[0] });
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(runtime.record("a")?.state).toBe("running");
  });

  it("calls a task back whose execution ended while it was being dispatched", async () => {
    const runtime = await running();
    runtime.tables.rows.set("T#acme#X#exec_0123456789 META", { ...headRow({ ...runtime.head(), status: "failed" }), pk: "T#acme#X#exec_0123456789", sk: "META" });
    await watch(runtime);
    expect(runtime.record("a")?.state).toBe("cancelled");
    expect(runtime.cancelled).toEqual(["remote-1"]);
    expect(runtime.watches).toEqual([]);
  });
});

describe("a send in doubt", () => {
  it("is left alone while the sender may still be at it", async () => {
    const runtime = await inDoubt();
    runtime.time += 29_000;
    await watch(runtime);
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.watches.at(-1)?.delay).toBe(1);
  });

  it("is carried on with at once when the agent knows of it", async () => {
    const runtime = await inDoubt();
    runtime.time += 1000;
    runtime.onFind = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentTaskId: "remote-1" });
  });

  it("is repeated at once to an agent that de-duplicates", async () => {
    const runtime = await inDoubt({ idempotent_messages: true });
    runtime.time += 1000;
    await watch(runtime);
    expect(runtime.sent.map(({ message }) => message.messageId)).toEqual(Array(2).fill(runtime.sent[0]?.message.messageId));
  });

  it("is repeated under the same message id, without a second push secret, when the agent knows nothing of it", async () => {
    const runtime = await inDoubt({ supports_push: true });
    runtime.pushBaseUrl = "https://api.test";
    const secret = runtime.record("a")?.pushSecretHash;
    runtime.time += 30_000;
    await watch(runtime);
    expect(runtime.sent).toHaveLength(2);
    expect(runtime.sent[1]?.message.messageId).toBe(runtime.sent[0]?.message.messageId);
    expect(runtime.sent[1]?.message.push).toBeUndefined();
    expect(runtime.record("a")?.pushSecretHash).toBe(secret);
  });

  it("is repeated once when two looks come to the same conclusion", async () => {
    const runtime = await inDoubt();
    runtime.time += 30_000;
    await Promise.all([watch(runtime), watch(runtime), watch(runtime)]);
    expect(runtime.sent).toHaveLength(2);
  });

  it("is not repeated to an agent that cannot tell, unless it de-duplicates", async () => {
    const careful = await inDoubt();
    careful.onFind = () => ({ kind: "unsupported" });
    careful.time += 30_000;
    await watch(careful);
    expect(careful.sent).toHaveLength(1);
    const idempotent = await inDoubt({ idempotent_messages: true });
    idempotent.onFind = () => ({ kind: "unsupported" });
    idempotent.time += 30_000;
    await watch(idempotent);
    expect(idempotent.sent).toHaveLength(2);
  });
});

describe("consequences that a crash cut off", () => {
  it.each(["watch", "settle"] as const)("are carried out when the %s message comes again: dependents and token", async (kind) => {
    const runtime = await running(N_SHAPE.map((one) => one));
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    const again = () => (kind === "watch" ? watch(runtime) : settleTask(runtime, { dispatch: runtime.dispatch("a") }));
    const tokens = { ...runtime.tokens };
    Object.assign(runtime.tokens, { succeed: () => Promise.reject(new Error("the worker was killed")) });
    await expect(again()).rejects.toThrow("killed");
    expect(runtime.record("a")?.state).toBe("completed");
    Object.assign(runtime.tokens, tokens);
    await again();
    expect(runtime.answers).toEqual([{ token: "token-a" }]);
  });

  it.each(["watch", "settle"] as const)("are carried out when the %s message comes again: the next attempt", async (kind) => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "failed", failure: { code: "AgentFailed", message: "oh" }, retryable: true });
    const again = () => (kind === "watch" ? watch(runtime) : settleTask(runtime, { dispatch: runtime.dispatch("a") }));
    const { task: send } = runtime.mail;
    Object.assign(runtime.mail, { task: () => Promise.reject(new Error("the worker was killed")) });
    await expect(again()).rejects.toThrow("killed");
    expect(runtime.record("a")?.state).toBe("queued");
    Object.assign(runtime.mail, { task: send });
    runtime.time += EXECUTION_LIMITS.nudgeSeconds * 1000;
    await again();
    expect(runtime.tasks).toMatchObject([{ message: { task: "a", token: "token-a", seen: 0 } }]);
  });

  it("come to one more answer, which the machine drops, at the backstop look at a task that settled", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await watch(runtime);
    await watch(runtime);
    expect(runtime.answers).toEqual([{ token: "token-a" }, { token: "token-a" }]);
    expect([runtime.tasks, runtime.watches.filter(({ delay }) => delay === 0)]).toEqual([[], []]);
  });

  it.each([
    { follower: "an agent that is at it, or was, and has messages of its own", outcome: "working", queued: [] },
    { follower: "nobody but whoever looked at it, and may have died after", outcome: "completed", queued: ["$end"] },
  ] as const)("of a graph run go no further than to $follower", async ({ outcome, queued }) => {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    await runtime.submit({ runner: "graph" });
    const run = { ...runtime.message("a").run, runner: "graph" as const, timeoutSeconds: 60 };
    await dispatchTask(runtime, { run, task: "a", token: "token-of-run" });
    runtime.onSend = () => (outcome === "working" ? { kind: outcome, agentTaskId: "remote-b" } : { kind: outcome, output: 1 });
    await dispatchTask(runtime, { run, task: "b", token: "token-of-run" });
    runtime.tasks.length = 0;
    await watch(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(queued);
    if (outcome === "completed") return;
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await settleTask(runtime, { dispatch: runtime.dispatch("b") });
    runtime.tasks.length = 0;
    await watch(runtime);
    expect(runtime.tasks).toEqual([]);
  });

  it("of a graph run reach a task that waits for an event, which may have come before it was parked", async () => {
    const wait = task("b", ["a"], { wait_for_event: { pattern: { "detail-type": ["order.paid"] } } });
    const runtime = new MemoryRuntime(planOf([task("a"), wait]));
    await runtime.submit({ runner: "graph" });
    const run = { ...runtime.message("a").run, runner: "graph" as const, timeoutSeconds: 60 };
    await dispatchTask(runtime, { run, task: "a", token: "token-of-run" });
    await dispatchTask(runtime, { run, task: "b", token: "token-of-run" });
    expect(runtime.record("b")).toMatchObject({ state: "parked", reason: "event" });
    runtime.tasks.length = 0;
    await watch(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toContain("b");
  });

  it("of a graph run that never began are carried out for a message received for the first time", async () => {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])]));
    await runtime.submit({ runner: "graph" });
    const run = { ...runtime.message("a").run, runner: "graph" as const, timeoutSeconds: 60 };
    Object.assign(runtime, { next: () => Promise.reject(new Error("the worker was killed")) });
    await expect(dispatchTask(runtime, { run, task: "a", token: "token-of-run" })).rejects.toThrow("killed");
    Object.assign(runtime, { next: runtime.mail.tasks });
    await watch(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(["b"]);
  });
});

describe("a question of the agent", () => {
  it("stops the deadline, and the answer starts it anew", async () => {
    const runtime = await running();
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", contextId: "theirs", question: { ask: "which year?" } });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "input_required", contextId: "theirs", question: { json: '{"ask":"which year?"}' } });
    expect(runtime.record("a")?.deadlineAt).toBeUndefined();
    runtime.time += 3_600_000;
    await watch(runtime);
    expect(runtime.record("a")?.state).toBe("input_required");
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", deadlineAt: new Date(runtime.time + 60_000).toISOString() });
    expect(runtime.record("a")?.question).toBeUndefined();
  });

  it("is in its tenant's inbox until it is answered", async () => {
    const runtime = await running();
    const inbox = async () => (await listWaiting(runtime.executions, TENANT, { limit: 10 })).rows;
    runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "?" });
    await watch(runtime);
    const since = "2026-11-21T10:00:00.000Z";
    expect(await inbox()).toEqual([{ tenant: TENANT, execution: EXECUTION, task: "a", since }]);
    runtime.onGet = () => ({ kind: "working", agentTaskId: "remote-1" });
    await watch(runtime);
    expect(await inbox()).toEqual([]);
  });

  it("is not overwritten by an older answer that arrives after it", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = async () => {
      // The agent's push comes first; its answer to the send was written before.
      runtime.onGet = () => ({ kind: "input_required", agentTaskId: "remote-1", question: "?" });
      await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote-1" });
      return { kind: "working", agentTaskId: "remote-1" };
    };
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")?.state).toBe("input_required");
  });
});
