import { describe, expect, it } from "vitest";
import { awaitAgent } from "../../../functions/await-agent/await-agent.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../functions/watch-task/watch-task.ts";
import type { Agent } from "../../../shared/agents/agent.ts";
import type { AttemptOutcome, Patience } from "../../../shared/agents/calls/agent-calls.ts";
import { cancelExecution } from "../../../shared/execution/control/control-execution.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { hashSecret } from "../../../shared/execution/task/dispatch-ref.ts";
import { controlOf } from "../../fixtures/runtime/memory-control.ts";
import { eventsIn } from "../../fixtures/runtime/memory-stream.ts";
import { agentOf, EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

const ONCE = { max_attempts: 1, backoff: "none" };
const BLOCKING: Partial<Agent> = { blocking: undefined };
const done: AttemptOutcome = { kind: "completed", output: { text: "a long thought" } };
const iso = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** The task `a` is dispatched to an agent of which nothing else is known. */
async function dispatched(agent: Partial<Agent> = {}, more: object = {}): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 120, retry_policy: ONCE, ...more })]));
  runtime.registry = [agentOf("agent-one", { ...BLOCKING, ...agent })];
  runtime.onFind = () => ({ kind: "unsupported" });
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

/** Delivers what waits for the function that may wait; `keep`: the message comes again. */
async function deliver(runtime: MemoryRuntime, { keep = false } = {}): Promise<void> {
  const messages = keep ? [...runtime.awaits] : runtime.awaits.splice(0);
  for (const message of messages) await awaitAgent(runtime, message);
}

/** The agent answers after so many seconds. */
const after = (runtime: MemoryRuntime, seconds: number, outcome: AttemptOutcome) => (): AttemptOutcome => {
  runtime.time += seconds * 1000;
  return outcome;
};

/** The one who sent died before it heard anything. */
class Killed extends Error {}

async function killedWhileOpen(agent: Partial<Agent>, more: object = {}): Promise<MemoryRuntime> {
  const runtime = await dispatched(agent, more);
  runtime.onSend = () => {
    throw new Killed();
  };
  await expect(deliver(runtime, { keep: true })).rejects.toThrow(Killed);
  runtime.time += 30_000;
  return runtime;
}

describe("a task for an agent that may answer only when it is done", () => {
  it("is left to the function that may wait, and watched from then on", async () => {
    const runtime = await dispatched();
    expect(runtime.sent).toEqual([]);
    expect(runtime.awaits).toEqual([{ dispatch: runtime.dispatch("a") }]);
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 120 }]);
  });

  it("is sent once, and its answer counts however late it comes", async () => {
    const runtime = await dispatched();
    runtime.onSend = after(runtime, 45, done);
    await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1, output: { json: '{"text":"a long thought"}' } });
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.answering).toEqual([["agent-one", "late"]]);
  });

  it("has its time from when it is sent: the way there is ours", async () => {
    const runtime = await dispatched();
    runtime.time += 100_000;
    runtime.onSend = after(runtime, 45, done);
    await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed", dispatchedAt: iso(100) });
  });

  it("pushes with a secret that only the sender knew", async () => {
    const runtime = await dispatched({ supports_push: true, blocking: true });
    runtime.pushBaseUrl = "https://push.test";
    let secret = "";
    runtime.onSend = ({ push }) => {
      secret = push?.token ?? "";
      return { kind: "working", agentTaskId: "remote" };
    };
    await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", pushSecretHash: hashSecret(secret) });
  });

  it("is not waited for again once the agent named a task at once", async () => {
    const runtime = await dispatched();
    runtime.onSend = after(runtime, 1, { kind: "working", agentTaskId: "remote" });
    await deliver(runtime);
    expect(runtime.answering).toEqual([["agent-one", "at_once"]]);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentTaskId: "remote" });
  });

  it("ends at its deadline although the send is open, which is then hung up", async () => {
    const runtime = await dispatched();
    let signal: AbortSignal | undefined;
    runtime.onSend = async (_, __, patience) => {
      ({ signal } = patience ?? {});
      runtime.time += 120_000;
      await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
      for (const fire of runtime.timers) await fire();
      return { kind: "in_doubt", reason: "the call was called off" };
    };
    await deliver(runtime);
    expect(signal?.aborted).toBe(true);
    expect(runtime.record("a")).toMatchObject({ state: "failed", failure: { code: "TaskTimedOut" } });
  });

  it("is called off at the agent when its name is learnt after a cancel", async () => {
    const runtime = await dispatched();
    runtime.onSend = async () => {
      await cancelExecution(controlOf(runtime).deps, { tenant: TENANT, execution: EXECUTION, by: "ann" });
      await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
      return { kind: "working", agentTaskId: "remote" };
    };
    await deliver(runtime);
    expect(runtime.record("a")?.state).toBe("cancelled");
    expect(runtime.cancelled).toEqual(["remote"]);
  });
});

describe("a stream", () => {
  const STREAMING: Partial<Agent> = { supports_streaming: true, answering: { at: iso(-60), answers: "late" } };
  const naming = (patience: Patience | undefined): void => patience?.onTask({ kind: "working", agentTaskId: "remote" });

  it("names the task long before the answer, so that a kill loses nothing", async () => {
    const runtime = await dispatched(STREAMING);
    runtime.onSend = async (_, __, patience) => {
      expect(patience).toMatchObject({ stream: true, seconds: 870 });
      naming(patience);
      while (runtime.record("a")?.state !== "running") await new Promise((resolve) => setImmediate(resolve));
      throw new Killed();
    };
    await expect(deliver(runtime, { keep: true })).rejects.toThrow(Killed);
    expect(runtime.watches.at(-1)).toEqual({ message: { dispatch: runtime.dispatch("a"), looks: 0 }, delay: 30 });
    await deliver(runtime);
    expect(runtime.sent).toHaveLength(1);
    runtime.onGet = () => done;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    expect(runtime.record("a")?.state).toBe("completed");
  });

  it("counts to its end", async () => {
    const runtime = await dispatched(STREAMING);
    runtime.onSend = (_, __, patience) => {
      naming(patience);
      return after(runtime, 45, done)();
    };
    await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1, agentTaskId: "remote" });
    expect(runtime.events().filter((type) => type === "task.completed")).toHaveLength(1);
  });

  it("may be overtaken by a push", async () => {
    const runtime = await dispatched(STREAMING);
    runtime.onGet = () => done;
    runtime.onSend = async (_, __, patience) => {
      naming(patience);
      await settleTask(runtime, { dispatch: runtime.dispatch("a"), agentTaskId: "remote" });
      return done;
    };
    await deliver(runtime);
    expect(runtime.events().filter((type) => type === "task.completed")).toHaveLength(1);
  });
});

describe("the one who waits is killed before the answer", () => {
  it("nothing is sent again to an agent that may take it for new work, and the history says so", async () => {
    const runtime = await killedWhileOpen({});
    await deliver(runtime);
    expect(runtime.sent).toHaveLength(1);
    expect(runtime.awaits).toEqual([]);
    const told = eventsIn(runtime.tables.changes).find(({ type }) => type === "task.send_in_doubt");
    expect(told?.facts).toMatchObject({ reason: "who waited for the answer was cut off", until: iso(120) });
  });

  it.each<[who: string, agent: Partial<Agent>, more: object]>([
    ["the author", {}, { on_lost_answer: "resend" }],
    ["the registration", { on_lost_answer: "resend" }, {}],
    ["the card", { idempotent_messages: true }, {}],
  ])("the same message goes out again where %s allows it", async (_, agent, more) => {
    const runtime = await killedWhileOpen(agent, more);
    await deliver(runtime);
    runtime.onSend = () => done;
    await deliver(runtime);
    const [first, second] = runtime.sent.map(({ message }) => message.messageId);
    expect(runtime.sent).toHaveLength(2);
    expect(second).toBe(first);
    expect(runtime.record("a")).toMatchObject({ state: "completed", attempt: 1 });
  });

  it("an empty list of tasks does not mean that the agent has not got it", async () => {
    const runtime = await killedWhileOpen({});
    runtime.onFind = () => ({ kind: "not_found" });
    await deliver(runtime);
    expect(runtime.awaits).toEqual([]);
  });

  it("a task that the agent shows is taken up", async () => {
    const runtime = await killedWhileOpen({});
    runtime.onFind = () => ({ kind: "working", agentTaskId: "found" });
    await deliver(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentTaskId: "found" });
  });

  it("a look sends a late message again only where no other waits to be taken up", async () => {
    const runtime = await dispatched();
    runtime.awaits.length = 0;
    runtime.time += 30_000;
    runtime.unawaited = 12;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    expect(runtime.awaits).toEqual([]);
    runtime.unawaited = 0;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    expect(runtime.awaits).toEqual([{ dispatch: runtime.dispatch("a") }]);
  });

  it("a look before the send's time is up asks nobody, and one whose message got lost sends it again", async () => {
    const runtime = await dispatched();
    runtime.awaits.length = 0;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
    expect(runtime.awaits).toEqual([]);
    runtime.time += 30_000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0, once: true });
    expect(runtime.awaits).toEqual([{ dispatch: runtime.dispatch("a") }]);
  });
});

it("an agent that answered late to a dispatcher is waited for from then on", async () => {
  const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 120, on_lost_answer: "resend" })]));
  runtime.registry = [agentOf("agent-one", { blocking: undefined, supports_push: true })];
  runtime.pushBaseUrl = "https://push.test";
  runtime.onFind = () => ({ kind: "unsupported" });
  await runtime.submit();
  runtime.onSend = after(runtime, 20, { kind: "in_doubt", reason: "no whole reply within 20000 ms" });
  await dispatchTask(runtime, runtime.message("a"));
  expect(runtime.answering).toEqual([["agent-one", "late"]]);
  runtime.registry = [agentOf("agent-one", { blocking: undefined, answering: { at: iso(20), answers: "late" } })];
  runtime.time += 10_000;
  await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0 });
  expect(runtime.awaits).toEqual([{ dispatch: runtime.dispatch("a") }]);
});
