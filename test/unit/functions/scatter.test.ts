import { describe, expect, it } from "vitest";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "./memory-run.ts";

const AGENTS = ["agent-a", "agent-b", "agent-c"];

async function asked(scatter: object, answer: (agent: string) => unknown, more: object = {}): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("ask", [], { scatter, retry_policy: "none", ...more }), task("use", ["ask"])]));
  runtime.registry = AGENTS.map((id) => agentOf(id));
  runtime.onSend = ({ data }, { agent_id: id }) => {
    if (data["task"] === "use") return { kind: "completed", output: 1 };
    const output = answer(id);
    if (output === undefined) return { kind: "working", agentTaskId: `remote-${id}` };
    return output instanceof Error
      ? { kind: "failed", failure: { code: "AgentFailed", message: output.message }, retryable: false }
      : { kind: "completed", output };
  };
  await startGraphRun(runtime);
  await drain(runtime);
  return runtime;
}

const resultOf = (runtime: MemoryRuntime) => {
  const { output } = runtime.record("ask") ?? {};
  return output !== undefined && "json" in output ? JSON.parse(output.json) : undefined;
};

describe("a task that asks several agents", () => {
  it("asks each of them once", async () => {
    const runtime = await asked({ agents: "all", aggregate: "all" }, (id) => ({ id }));
    expect(runtime.sent.slice(0, 3).map(({ agent }) => agent)).toEqual(AGENTS);
    expect(states(runtime)).toMatchObject({ ask: "completed", "ask[0]": "completed", "ask[2]": "completed", use: "completed" });
    expect(resultOf(runtime)).toMatchObject({ answered_by: AGENTS, absent: [] });
  });

  it.each([
    { aggregate: "average", answers: [{ n: 1 }, { n: 2 }, { n: 6 }], result: { n: 3 } },
    { aggregate: "majority_vote", answers: ["yes", "no", "yes"], result: "yes" },
    { aggregate: "merge", answers: [{ a: 1 }, { b: 2 }, { c: 3 }], result: { a: 1, b: 2, c: 3 } },
    { aggregate: { expression: "responses.map(r, r.output).max()" }, answers: [4, 9, 2], result: 9 },
  ])("makes one output of the answers: $aggregate", async ({ aggregate, answers, result }) => {
    const runtime = await asked({ agents: 3, aggregate }, (id) => answers[AGENTS.indexOf(id)]);
    expect(resultOf(runtime).result).toEqual(result);
  });

  it("says how the vote went where there was one", async () => {
    const answers = ["yes", "no", "yes"];
    const vote = await asked({ agents: 3, aggregate: "majority_vote" }, (id) => answers[AGENTS.indexOf(id)]);
    expect(resultOf(vote)).toHaveProperty("vote");
    expect(resultOf(await asked({ agents: 3, aggregate: "all" }, () => 1))).not.toHaveProperty("vote");
  });

  it("fails by name where the vote is a tie", async () => {
    const runtime = await asked({ agents: 2, aggregate: "majority_vote" }, (id) => ({ answer: id }));
    expect(runtime.record("ask")).toMatchObject({
      state: "failed",
      failure: { code: "NoMajority", message: expect.stringContaining("2 votes fell on 2 different answers (1, 1)") },
    });
  });

  it("asks as many as it should and no more, and begins when there are just enough", async () => {
    const two = await asked({ agents: 2, aggregate: "all" }, () => 1);
    expect(two.sent.filter(({ message }) => message.data["task"] !== "use")).toHaveLength(2);
    const all = await asked({ agents: 3, min_responses: 3, aggregate: "all" }, () => 1);
    expect(resultOf(all)).toMatchObject({ answered_by: AGENTS });
  });

  it("goes on with the first answer where that is enough", async () => {
    const runtime = await asked({ agents: "all", aggregate: "first" }, (id) => (id === "agent-b" ? { id } : undefined));
    expect(resultOf(runtime)).toMatchObject({ result: { id: "agent-b" }, answered_by: ["agent-b"] });
    expect(states(runtime)["use"]).toBe("completed");
  });

  it("records a late answer and does not count it", async () => {
    const runtime = await asked({ agents: "all", aggregate: "first" }, (id) => (id === "agent-b" ? { id } : undefined));
    runtime.onGet = () => ({ kind: "completed", output: { late: true } });
    await settleTask(runtime, { dispatch: runtime.dispatch("ask[2]") });
    await drain(runtime);
    expect(runtime.record("ask[2]")?.state).toBe("completed");
    expect(resultOf(runtime).result).toEqual({ id: "agent-b" });
  });

  it("completes at its deadline with those who answered", async () => {
    const runtime = await asked({ agents: "all", aggregate: "all", min_responses: 2, deadline: 5 }, (id) => (id === "agent-c" ? undefined : { id }));
    expect(states(runtime)["ask"]).toBe("running");
    const later = runtime.tasks.find(({ delay }) => delay === 5);
    runtime.time = START + 5000;
    runtime.tasks.splice(0, runtime.tasks.length, ...(later === undefined ? [] : [{ ...later, delay: 0 }]));
    await drain(runtime);
    expect(resultOf(runtime)).toMatchObject({ answered_by: ["agent-a", "agent-b"], absent: ["agent-c"] });
  });

  it("fails when too few are left to answer", async () => {
    const runtime = await asked({ agents: "all", aggregate: "all", min_responses: 2 }, (id) => (id === "agent-a" ? { id } : new Error("no")));
    expect(runtime.record("ask")).toMatchObject({ state: "failed", failure: { code: "TooFewResponses" } });
  });

  it("asks the agents that it names", async () => {
    const runtime = await asked({ agents: ["agent-c", "agent-a"], aggregate: "all" }, (id) => ({ id }));
    expect(runtime.sent.slice(0, 2).map(({ agent }) => agent)).toEqual(["agent-c", "agent-a"]);
  });

  it("is what the strategy 'broadcast' means", async () => {
    const runtime = new MemoryRuntime(planOf([task("ask", [], { strategy: "broadcast" })]));
    runtime.registry = AGENTS.map((id) => agentOf(id));
    await startGraphRun(runtime);
    await drain(runtime);
    expect(runtime.sent.map(({ agent }) => agent)).toEqual(AGENTS);
  });

  it("fails by what is wrong with its expression, whatever that is asked of", async () => {
    const runtime = await asked({ agents: 2, aggregate: { expression: "responses.map(r, r.output).max()" } }, (id) => ({ id }));
    expect(runtime.record("ask")).toMatchObject({ state: "failed", failure: { code: "AgentFailed", message: expect.stringContaining("no order") } });
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "ask", code: "AgentFailed" } });
  });

  it("is left alone once it has ended, and goes on waiting while too few have answered", async () => {
    const runtime = await asked({ agents: "all", aggregate: "all", min_responses: 2 }, (id) => (id === "agent-a" ? { id } : undefined));
    expect(runtime.record("ask")?.state).toBe("running");
    const look = async (): Promise<void> => {
      await runtime.mail.task({ ...runtime.message("ask", { seen: 0, token: "token-of-run" }), run: { ...runtime.message("ask").run, runner: "graph" } }, 0);
      await drain(runtime);
    };
    await look();
    expect(runtime.record("ask")?.state).toBe("running");
    runtime.onGet = () => ({ kind: "completed", output: { late: true } });
    await settleTask(runtime, { dispatch: runtime.dispatch("ask[1]") });
    await settleTask(runtime, { dispatch: runtime.dispatch("ask[2]") });
    await drain(runtime);
    const before = runtime.record("ask");
    expect(before?.state).toBe("completed");
    await look();
    expect(runtime.record("ask")).toEqual(before);
  });
});
