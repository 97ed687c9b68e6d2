import { describe, expect, it } from "vitest";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { cancelOpenTasks } from "../../../../shared/execution/attempt/cancel-open-tasks.ts";
import { executionMetrics } from "../../../../shared/execution/run/execution-metrics.ts";
import { stageStatus } from "../../../../shared/execution/run/execution-status.ts";
import { finishExecution } from "../../../../shared/execution/run/finish-execution.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { saveSubmission } from "../../../../shared/execution/store/execution-store.ts";
import { completed, failed } from "../../../../shared/execution/task/attempt-transitions.ts";
import { reset, revived } from "../../../../shared/execution/task/steering-transitions.ts";
import { ExecutionId } from "../../../../shared/core/ids.ts";
import { present } from "../../../../shared/core/present.ts";
import type { Usage } from "../../../../shared/core/usage.ts";
import { type HeadFields, headRow } from "../../../fixtures/runtime/head-rows.ts";
import { saveRow, type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import {
  EXECUTION,
  MemoryRuntime,
  planOf,
  START,
  task,
  TENANT,
} from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "../../functions/memory-run.ts";
import { atFirstAgent, giveToSecond } from "../../functions/hedged-run.ts";

const ONCE = { retry_policy: { max_attempts: 1 } };
const failure = { code: "AgentFailed", message: "no" };

async function run(
  tasks: readonly object[],
  prepare: (runtime: MemoryRuntime) => void = () => {},
  head: HeadFields = {},
): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(tasks));
  runtime.onSend = () => ({ kind: "completed", output: 1, usage: { cost: 0.1, tokens: 3 } });
  prepare(runtime);
  await startGraphRun(runtime, head);
  await drain(runtime);
  return runtime;
}

const statusOf = async (runtime: MemoryRuntime) => stageStatus(await takeSnapshot(runtime, TENANT, EXECUTION));
const factsOf = (runtime: MemoryRuntime, type: string) => runtime.told(type).map(([, facts]) => facts);

describe("what the tasks of an execution used", () => {
  it("stands with each task, and summed with the execution", async () => {
    const status = await statusOf(await run([task("a"), task("b", ["a"])]));
    expect(status.usage).toEqual({ cost: 0.2, tokens: 6 });
    expect(status.stage_details).toMatchObject([
      { usage: { cost: 0.1, tokens: 3 } },
      { usage: { cost: 0.1, tokens: 3 } },
    ]);
  });

  it("is absent where no agent says anything", async () => {
    const runtime = await run([task("a")], (quiet) => (quiet.onSend = () => ({ kind: "completed", output: 1 })));
    const status = await statusOf(runtime);
    expect(status).not.toHaveProperty("usage");
    expect(status.stage_details[0]).not.toHaveProperty("usage");
    expect(runtime.tables.row(`T#${TENANT}#X#${EXECUTION}`, "TASK#a")).not.toHaveProperty("usage");
  });

  it("makes throughput where records are among it", async () => {
    const runtime = await run(
      [task("a")],
      (busy) =>
        (busy.onSend = () => {
          busy.time = START + 10_000;
          return { kind: "completed", output: 1, usage: { records: 50 } };
        }),
      { startedAt: new Date(START).toISOString() },
    );
    const snapshot = await takeSnapshot(runtime, TENANT, EXECUTION);
    expect(stageStatus(snapshot).performance_metrics).toEqual({
      execution_time_seconds: 10,
      throughput_records_per_second: 5,
    });
    expect(executionMetrics(snapshot)).toMatchObject({
      throughput_records_per_second: 5,
      usage: { records: 50 },
      tasks: [{ usage: { records: 50 } }],
    });
  });

  it("counts attempts that failed, and those before a task that waits for an operator", async () => {
    let sends = 0;
    const runtime = await run(
      [task("a", [], { retry_policy: { max_attempts: 2, initial_delay_seconds: 0 }, on_failure: "park" })],
      (failing) => {
        failing.onSend = () => ({ kind: "failed", failure, retryable: true, usage: { tokens: (sends += 1) } });
      },
    );
    for (const entry of runtime.tasks) Object.assign(entry, { delay: 0 });
    await drain(runtime);
    expect(states(runtime)).toEqual({ a: "parked" });
    expect((await statusOf(runtime)).usage).toEqual({ tokens: 3 });
    expect(factsOf(runtime, "task.retry_scheduled")).toMatchObject([{ usage: { tokens: 1 } }]);
    expect(factsOf(runtime, "task.parked")).toMatchObject([{ usage: { tokens: 2 } }]);
  });

  it("counts an attempt once, however often its end is heard", async () => {
    const runtime = await run([task("a")], (slow) => {
      slow.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
      slow.onGet = () => ({ kind: "completed", output: 1, usage: { tokens: 9 } });
    });
    for (let time = 0; time < 3; time += 1) await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect((await statusOf(runtime)).usage).toEqual({ tokens: 9 });
  });

  it("counts instances with their task, and each of them once", async () => {
    const runtime = await run([task("a", [], { for_each: "[1, 2, 3]" })]);
    await drain(runtime);
    const status = await statusOf(runtime);
    expect([status.usage, status.stage_details[0]?.usage]).toEqual([
      { cost: 0.3, tokens: 9 },
      { cost: 0.3, tokens: 9 },
    ]);
  });
});

describe("what two agents used that had the same task", () => {
  it.each([
    { winner: "agent-one", of: "a" },
    { winner: "agent-two", of: "a~hedge" },
  ])("is what $winner says, which was first, and what the other says that is called back", async ({ winner, of }) => {
    const runtime = await atFirstAgent();
    await giveToSecond(runtime);
    runtime.usedByCancelled = { tokens: 100 };
    runtime.onGet = (id) =>
      id === `remote-${winner}`
        ? { kind: "completed", output: 1, usage: { tokens: 7 } }
        : { kind: "working", agentTaskId: id };
    for (let time = 0; time < 2; time += 1) await settleTask(runtime, { dispatch: runtime.dispatch(of) });
    await drain(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "completed" });
    const status = await statusOf(runtime);
    expect([status.usage, status.stage_details[0]?.usage]).toEqual([{ tokens: 107 }, { tokens: 107 }]);
  });

  it("counts the one that is called back once, though a second worker calls it back later", async () => {
    const runtime = await atFirstAgent();
    await giveToSecond(runtime);
    runtime.onGet = (id) =>
      id === "remote-agent-two" ? { kind: "completed", output: 1 } : { kind: "working", agentTaskId: id };
    await settleTask(runtime, { dispatch: runtime.dispatch("a~hedge") });
    const heard = present(runtime.settles.shift());
    const replies = [Promise.withResolvers<Usage>(), Promise.withResolvers<Usage>()];
    const asked: string[] = [];
    Object.assign(runtime.calls, { cancel: (_: Agent, id: string) => present(replies[asked.push(id) - 1]).promise });
    const workers = replies.map(() => settleTask(runtime, heard));
    for (const [index, reply] of replies.entries()) {
      await expect.poll(() => asked).toHaveLength(2);
      reply.resolve({ tokens: 100 });
      await workers[index];
    }
    expect(runtime.record("a")).toMatchObject({ state: "completed", usage: { tokens: 100 } });
  });
});

describe("what an agent used whose task was called off", () => {
  it("is what it says when it is told", async () => {
    const runtime = await run(
      [task("a")],
      (slow) => (slow.onSend = () => ({ kind: "working", agentTaskId: "remote-1" })),
    );
    runtime.usedByCancelled = { cost: 2 };
    for (let time = 0; time < 2; time += 1) await cancelOpenTasks(runtime, runtime.head());
    expect(runtime.record("a")).toMatchObject({ state: "cancelled", usage: { cost: 2 } });
    expect(runtime.record("a")).not.toHaveProperty("recall");
  });
});

describe("what an execution used that runs as a task of another", () => {
  const SUB = { id: "sub", workflow: { name: "other", version: "2.0" }, input: {}, ...ONCE, on_failure: "park" };
  const spent = (name: string, tokens: number): TaskFields => ({
    task: name,
    state: "completed",
    output: { json: "1" },
    usage: { tokens },
  });

  async function withChild(): Promise<{ runtime: MemoryRuntime; child: ReturnType<typeof headRow> }> {
    const runtime = await run([SUB]);
    const parent = { execution: EXECUTION, task: "sub", attempt: 1 };
    const child = headRow({
      ...runtime.head(),
      executionId: runtime.record("sub")?.child ?? "",
      parent,
      workflowId: "other",
      status: "running",
      runner: "machine",
    });
    await saveSubmission(runtime.executions, child);
    for (const row of [spent("x", 4), spent("y", 6)]) await saveRow(runtime.executions, child, { row: taskRow(row) });
    return { runtime, child };
  }

  it("is its task's, and so the parent's, once it has ended", async () => {
    const { runtime, child } = await withChild();
    expect(await statusOf(runtime)).not.toHaveProperty("usage");
    await finishExecution(runtime, child, { to: "failed", failure });
    await drain(runtime);
    const status = await statusOf(runtime);
    expect([status.usage, status.stage_details[0]?.usage]).toEqual([{ tokens: 10 }, { tokens: 10 }]);
  });

  it("is told by the tasks of it alone: who adds up events counts nothing twice", async () => {
    const { runtime, child } = await withChild();
    await finishExecution(runtime, child, { to: "completed" });
    await drain(runtime);
    expect((await statusOf(runtime)).usage).toEqual({ tokens: 10 });
    expect(factsOf(runtime, "task.completed")[0]).not.toHaveProperty("usage");
  });

  it("is counted as a whole again when it goes on, and not in addition", () => {
    const child = ExecutionId.parse("exec_0123456789abcdef01234567");
    const at = new Date(START).toISOString();
    const first = taskRow({ task: "sub", state: "running", attempt: 2, child, usage: { tokens: 5 } });
    if (first.state !== "running") throw new Error("it must run");
    const ended = failed(first, { failure, at, usage: { tokens: 10 } }).row;
    expect(ended).toMatchObject({ usage: { tokens: 15 }, childUsage: { tokens: 10 } });
    const again = revived({ ...ended, child }, { run: 2, at, reason: "redriven" }).row;
    const done = completed(again, { output: { json: "1" }, at, usage: { tokens: 12 } }).row;
    expect(done).toMatchObject({ usage: { tokens: 17 }, childUsage: { tokens: 12 } });
    const anew = reset(done, { run: 3, at, reason: "rerun" }).row;
    expect(anew.usage).toEqual({ tokens: 17 });
    expect(anew).not.toHaveProperty("childUsage");
  });
});

describe("the end of an execution", () => {
  const usageAfter = async (head: HeadFields) => {
    const sent: string[] = [];
    const counting = (runtime: MemoryRuntime): void => void (runtime.tables.onSent = (name) => void sent.push(name));
    const runtime = await run([task("a")], counting, head);
    return { usage: runtime.head().usage, queries: sent.filter((name) => name === "QueryCommand").length };
  };

  it("says what was used where a caller over A2A is to hear it, and reads nothing where none is", async () => {
    const silent = await usageAfter({});
    expect(silent.usage).toBeUndefined();
    expect(await usageAfter({ contextId: "ctx-1" })).toEqual({
      usage: { cost: 0.1, tokens: 3 },
      queries: silent.queries + 1,
    });
  });
});
