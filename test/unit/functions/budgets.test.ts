import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { raiseBudget } from "../../../shared/execution/store/budget-store.ts";
import type { AgentRequest } from "../../../shared/agents/pool/agent-request.ts";
import type { Runtime } from "../../../shared/execution/runtime/runtime.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { runTokenOf } from "../../../shared/execution/task/task-rules.ts";
import { drain, graphRunRef, startGraphRun, states } from "./memory-run.ts";

const CHAIN = ["a", "b", "c", "d", "e"].map((id, index, ids) => task(id, index === 0 ? [] : [ids[index - 1] ?? ""], { estimate: { cost: 2 } }));

async function runWith(budget: object, tasks: readonly object[] = CHAIN): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(tasks, { budget }));
  await startGraphRun(runtime, { budgetRoot: EXECUTION, startedAt: new Date(START).toISOString() });
  await drain(runtime);
  return runtime;
}

const eventsOf = (runtime: MemoryRuntime) => runtime.events().filter((type) => type.startsWith("budget.")).toSorted();

describe("a budget", () => {
  it("lets a run go that stays within it", async () => {
    const runtime = await runWith({ max_agent_calls: 10, max_cost: 100 });
    expect(runtime.head().status).toBe("completed");
    expect(eventsOf(runtime)).toEqual([]);
  });

  it.each([
    { resource: "agent calls", budget: { max_agent_calls: 4 }, calls: 4 },
    { resource: "cost", budget: { max_cost: 5 }, calls: 3 },
  ])("stops a run that used up its $resource, after a warning", async ({ budget, calls }) => {
    const runtime = await runWith(budget);
    expect(runtime.sent).toHaveLength(calls);
    expect(eventsOf(runtime)).toEqual(["budget.exceeded", "budget.warning"]);
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { code: "BudgetExceeded" } });
  });

  it("does not stop a run over a message that comes twice, when the first pays for its task with the last of it", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")], { budget: { max_agent_calls: 1 } }));
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
    await runtime.submit({ budgetRoot: EXECUTION });
    const base: Runtime = runtime;
    // Both have seen that the task has no row; the second looks for an agent until the first is done.
    const first = dispatchTask(runtime, runtime.message("a"));
    const late = { ...base, pool: { ...base.pool, assign: async (request: AgentRequest) => (await first, base.pool.assign(request)) } };
    await Promise.all([first, dispatchTask(late, runtime.message("a"))]);
    expect(runtime.head().status).toBe("running");
    expect(runtime.record("a")).toMatchObject({ state: "running", attempt: 1 });
    expect(eventsOf(runtime)).toEqual(["budget.warning"]);
  });

  it("counts what agents say they used instead of what was estimated", async () => {
    const runtime = new MemoryRuntime(planOf(CHAIN, { budget: { max_cost: 20, max_tokens: 250 } }));
    runtime.onSend = () => ({ kind: "completed", output: 1, usage: { cost: 0.5, tokens: 100 } });
    await startGraphRun(runtime, { budgetRoot: EXECUTION, startedAt: new Date(START).toISOString() });
    await drain(runtime);
    // 100, 200 and 300 tokens after three calls; the fourth finds the ceiling passed.
    expect(runtime.sent).toHaveLength(3);
    expect(runtime.tables.row("T#acme#X#exec_0123456789", "BUDGET")).toMatchObject({ calls: 3, cost: 1.5, tokens: 300 });
  });

  it("parks what has not started until it is raised, where the definition says so", async () => {
    const runtime = await runWith({ max_agent_calls: 2, on_exceeded: "park" });
    expect(states(runtime)).toMatchObject({ a: "completed", b: "completed", c: "parked" });
    expect(runtime.record("c")).toMatchObject({ reason: "budget" });
    await raiseBudget(runtime.executions, { tenant: TENANT, root: EXECUTION }, { maxAgentCalls: 9 });
    await runtime.mail.task({ run: { ...runtime.message("c").run, runner: "graph" }, task: "c", token: runTokenOf(graphRunRef(runtime)), seen: 1 }, 0);
    await drain(runtime);
    expect(runtime.head().status).toBe("completed");
    expect(runtime.sent).toHaveLength(5);
  });

  it("is shared by the executions under it: a child finds its parent's ceiling", async () => {
    const runtime = new MemoryRuntime(planOf(CHAIN, { budget: { max_agent_calls: 3 } }));
    await runtime.submit({ runner: "graph", executionId: "exec_rootrootroot", budgetRoot: "exec_rootrootroot" });
    await startGraphRun(runtime, { budgetRoot: "exec_rootrootroot" });
    await drain(runtime);
    expect(runtime.sent).toHaveLength(3);
    expect(runtime.tables.row("T#acme#X#exec_rootrootroot", "BUDGET")).toMatchObject({ calls: 3 });
  });
});
