import { describe, expect, it } from "vitest";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import type { FoundAttempt } from "../../../../shared/agents/calls/agent-calls.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";

const GONE: FoundAttempt = { kind: "in_doubt", reason: "ECONNREFUSED", isUnreachable: true };
const SILENT: FoundAttempt = { kind: "in_doubt", reason: "no answer in time" };
const WORKING: FoundAttempt = { kind: "working", agentTaskId: "remote-1" };
const twin = agentOf("agent-two");

interface Given {
  readonly agent?: Partial<Agent>;
  readonly author?: object;
  readonly others?: readonly Agent[];
  readonly isTaken?: boolean;
}

/** A task that agent one took, and time that passes from message to message. */
async function taken({ agent = {}, author = {}, others = [twin], isTaken = true }: Given = {}) {
  const runtime = new MemoryRuntime(planOf([task("a", [], { timeout: 600, ...author })]));
  runtime.registry = [agentOf("agent-one", agent), ...others];
  runtime.onSend = () => (isTaken ? { kind: "working", agentTaskId: "remote-1" } : { kind: "in_doubt", reason: "no answer" });
  runtime.onGet = () => WORKING;
  runtime.onFind = () => GONE;
  await runtime.submit();
  await dispatchTask(runtime, runtime.message("a"));
  const seconds = (): number => (runtime.time - START) / 1000;
  /** Delivers the looks in their time until the attempt is over or so many seconds have passed. */
  const pass = async (until: number): Promise<void> => {
    while (runtime.record("a")?.attempt === 1 && runtime.record("a")?.state !== "queued") {
      const [next] = runtime.watches.splice(0);
      if (next === undefined || seconds() + next.delay > until) return;
      runtime.time += next.delay * 1000;
      await watchTask(runtime, next.message);
    }
  };
  return { runtime, seconds, pass };
}

describe("the task of an agent whose address takes no call any more", () => {
  it("is at its twin in 15 seconds, with what it was about", async () => {
    const { runtime, seconds, pass } = await taken();
    runtime.onGet = () => GONE;
    await pass(600);
    expect(runtime.record("a")).toMatchObject({ state: "queued", failure: { code: "AgentLost" }, triedAgents: ["agent-one"] });
    const [again] = runtime.tasks.splice(0);
    expect(again?.delay).toBe(0);
    expect(seconds()).toBeLessThan(15);
    if (again !== undefined) await dispatchTask(runtime, again.message);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentId: "agent-two", attempt: 2 });
    expect(runtime.sent.at(-1)?.message.data["previous"]).toMatchObject({ attempts: 1, agents: ["agent-one"], failure: { code: "AgentLost" } });
  });

  it("is asked about after 2, 4 and 8 seconds first, for it may only restart", async () => {
    const { runtime, pass } = await taken();
    const calls: number[] = [];
    runtime.onGet = () => {
      calls.push((runtime.time - START) / 1000);
      return GONE;
    };
    await pass(600);
    const [first = 0] = calls;
    expect(calls.map((at) => at - first)).toEqual([0, 2, 4, 8]);
  });

  it("goes on where it was when the agent is back", async () => {
    const { runtime, pass } = await taken();
    runtime.onGet = () => (runtime.time < START + 6000 ? GONE : WORKING);
    await pass(60);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentId: "agent-one", attempt: 1 });
  });

  it("is as gone when the send was never answered", async () => {
    const { runtime, seconds, pass } = await taken({ isTaken: false });
    await pass(600);
    expect(runtime.record("a")).toMatchObject({ state: "queued", failure: { code: "AgentLost" } });
    expect(seconds()).toBeLessThan(20);
  });

  it.each<[string, Given]>([
    ["nothing else can do it", { others: [] }],
    ["the others cannot do it", { others: [agentOf("agent-two", { capabilities: ["else"] }), agentOf("agent-three", { status: "INACTIVE" })] }],
    ["its author says to wait", { author: { on_lost_answer: "wait" } }],
    ["its registration says to wait", { agent: { on_lost_answer: "wait" } }],
    ["there is no further attempt", { author: { retry_policy: { max_attempts: 1 } } }],
  ])("stays where it is when %s", async (_, given) => {
    const { runtime, pass } = await taken(given);
    runtime.onGet = () => GONE;
    await pass(120);
    expect(runtime.record("a")).toMatchObject({ state: "running", agentId: "agent-one", attempt: 1 });
    expect(runtime.watches.length).toBeLessThan(2);
  });

  it("may be taken by its twin though the author resends lost answers", async () => {
    const { runtime, pass } = await taken({ agent: { on_lost_answer: "wait" }, author: { on_lost_answer: "resend" } });
    runtime.onGet = () => GONE;
    await pass(600);
    expect(runtime.record("a")?.failure?.code).toBe("AgentLost");
  });

  it("is not followed up twice by a look of the sweep", async () => {
    const { runtime } = await taken();
    runtime.onGet = () => GONE;
    runtime.watches.splice(0);
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 0, once: true });
    expect(runtime.watches).toEqual([]);
  });
});

describe("an agent that owes heartbeats", () => {
  const beats = { sends_heartbeats: true, heartbeat_interval_seconds: 4, last_heartbeat_at: new Date(START).toISOString(), supports_push: true };

  it("is lost by its silence: two intervals and five seconds after the last one", async () => {
    const { runtime, seconds, pass } = await taken({ agent: beats });
    runtime.pushBaseUrl = "https://api.test";
    runtime.onGet = () => SILENT;
    await pass(600);
    expect(runtime.record("a")).toMatchObject({ state: "queued", failure: { code: "AgentLost" } });
    expect(seconds()).toBeLessThanOrEqual(15);
  });

  it("is not while it answers, nor while it beats", async () => {
    const answering = await taken({ agent: beats });
    await answering.pass(60);
    expect(answering.runtime.record("a")?.attempt).toBe(1);
    const beating = await taken({ agent: { ...beats, last_heartbeat_at: new Date(START + 120_000).toISOString() } });
    beating.runtime.onGet = () => SILENT;
    await beating.pass(60);
    expect(beating.runtime.record("a")).toMatchObject({ state: "running", attempt: 1 });
  });
});
