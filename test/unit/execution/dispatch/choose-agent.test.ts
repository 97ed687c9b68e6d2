import { describe, expect, it } from "vitest";
import type { AgentPool } from "../../../../shared/agents/pool/agent-pool.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { agentOf, MemoryRuntime, planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

type Asked = Parameters<AgentPool["assign"]>[0];

/** A message about a task; what the pool was asked for it. */
async function dispatched(given: object, { name = "a", rows = [], registry = ["agent-one", "agent-two"], more = {}, prepare = () => {} }: {
  name?: string;
  rows?: readonly (RowFields & { task: string; state: "queued" | "running" | "completed" | "dispatched" })[];
  registry?: readonly string[];
  more?: object;
  prepare?: (runtime: MemoryRuntime) => void;
} = {}) {
  const runtime = new MemoryRuntime(planOf([given], more));
  runtime.registry = registry.map((id) => agentOf(id));
  const execution = await runtime.submit({ priority: "high" });
  for (const row of rows) await saveRow(runtime.executions, execution, { row: taskRow({ token: `token-${row.task}`, ...row }) });
  const asked: Asked[] = [];
  const usual = { ...runtime.pool };
  Object.assign(runtime.pool, { assign: (wish: Asked) => (asked.push(wish), usual.assign(wish)) });
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote" });
  prepare(runtime);
  await dispatchTask(runtime, { ...runtime.message("a", { seen: 0 }), task: name, token: `token-${name}` });
  return { runtime, asked };
}

describe("the pool is asked for an agent", () => {
  it("for the next attempt of the task, with the execution's priority unless the task has its own", async () => {
    const { asked } = await dispatched(task("a"), { rows: [{ task: "a", state: "queued", attempt: 1, triedAgents: ["agent-one"] }] });
    expect(asked).toMatchObject([{ priority: "high", tried: ["agent-one"], workflow: "drawn" }]);
    const own = await dispatched(task("a", [], { priority: "low" }));
    expect(own.asked).toMatchObject([{ priority: "low", tried: [] }]);
  });

  it("beside the first, leaving out all that have had the task", async () => {
    const hedged = task("a", [], { hedge: { after: 1 } });
    const first = { task: "a", state: "running", agentId: "agent-one", triedAgents: ["agent-zero"] } as const;
    const { asked } = await dispatched(hedged, { name: "a~hedge", rows: [first] });
    expect(asked[0]?.tried).toEqual(["agent-zero", "agent-one"]);
    const again = await dispatched(hedged, { name: "a~hedge", rows: [first, { task: "a~hedge", state: "queued", attempt: 1, triedAgents: ["agent-two"] }] });
    expect(again.asked[0]?.tried).toEqual(["agent-zero", "agent-two", "agent-one"]);
    expect((await dispatched(hedged, { name: "a~hedge" })).asked[0]?.tried).toEqual([]);
  });

  it("that a hook chose, whatever the role's strategy", async () => {
    const agents = { worker: { type: "worker", capabilities: ["work"], strategy: "round_robin" } };
    const { asked, runtime } = await dispatched(task("a"), { more: { agents }, rows: [{ task: "a", state: "queued", attempt: 0, hooked: { attempt: 1, agentId: "agent-two" } }] });
    expect(asked[0]?.role).toMatchObject({ agentId: "agent-two", strategy: undefined });
    expect(runtime.sent.map(({ agent }) => agent)).toEqual(["agent-two"]);
  });

  it("for one call of several: the one that it is for, and the role's for an element of a list", async () => {
    const group = { task: "a", state: "running", items: { count: 2, list: { json: '["agent-two","agent-one"]' } } } as const;
    const call = await dispatched(task("a", [], { scatter: { agents: 2 } }), { name: "a[0]", rows: [group] });
    expect(call.asked[0]?.role).toMatchObject({ agentId: "agent-two", strategy: undefined });
    const element = await dispatched(task("a", [], { for_each: { items: "input.list" } }), { name: "a[0]", rows: [group] });
    expect(element.asked[0]?.role.agentId).toBeUndefined();
  });
});

describe("a task that asks several agents", () => {
  const SCATTER = task("a", [], { scatter: { agents: 3, min_responses: 2 } });

  it("waits until there are as many as must answer, for what the pool says is missing", async () => {
    const prepare = ({ pool }: MemoryRuntime): void => {
      const usual = { ...pool };
      Object.assign(pool, { assign: async (wish: Asked) => (wish.tried.length > 0 ? { reason: "no_capacity", retrySeconds: 7 } : usual.assign(wish)) });
    };
    const { runtime } = await dispatched(SCATTER, { registry: ["agent-one"], prepare });
    expect(runtime.record("a")).toMatchObject({ state: "queued", wait: { reason: "no_capacity" } });
    expect(runtime.tasks).toMatchObject([{ message: { task: "a" }, delay: 7 }]);
  });

  it("waits a second when the pool has no one else to offer", async () => {
    const { runtime } = await dispatched(SCATTER, { registry: ["agent-one"] });
    expect(runtime.record("a")).toMatchObject({ state: "queued", wait: { reason: "no_capable_agent" } });
    expect(runtime.tasks.map(({ delay }) => delay)).toEqual([1]);
  });

  it("asks those that there are once they are enough", async () => {
    const { runtime } = await dispatched(SCATTER);
    expect(runtime.record("a")).toMatchObject({ state: "running", items: { count: 2, list: { json: '["agent-one","agent-two"]' } } });
  });
});

describe("a task that waits for an agent", () => {
  const at = (second: number): string => new Date(START + second * 1000).toISOString();

  it.each([
    { what: "its turn in a limit group is still to come", until: at(1), isWritten: false },
    { what: "its turn came and brought nothing", until: at(0), isWritten: true },
  ])("says so anew when $what: $isWritten", async ({ until, isWritten }) => {
    const rows = [{ task: "a", state: "queued", attempt: 0, wait: { reason: "limit", until } } as const];
    const { runtime } = await dispatched(task("a"), { rows, prepare: ({ pool }) => void Object.assign(pool, { assign: async () => ({ reason: "limit", retrySeconds: 9 }) }) });
    expect(runtime.record("a")).toMatchObject({ wait: { reason: "limit", until: isWritten ? at(9) : until } });
    expect(runtime.tasks.map(({ delay }) => delay)).toEqual([9]);
  });
});
