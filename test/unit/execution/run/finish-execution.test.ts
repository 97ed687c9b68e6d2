import { describe, expect, it } from "vitest";
import { saveRow, type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { finishExecution } from "../../../../shared/execution/run/finish-execution.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import type { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();
const PARENT = { parent: { execution: "exec_parent00001", task: "sub", attempt: 2 } };
const done = (id: string, value: unknown): TaskFields => ({ task: id, state: "completed", output: { json: JSON.stringify(value) } });

/** A diamond: `a` before `b` and `c`. */
const TASKS = [task("a"), task("b", ["a"]), task("c", ["a"], { on_failure: "continue" })];

async function ready(
  outputs: Readonly<Record<string, string>> | undefined,
  head: HeadFields = {},
  records: readonly TaskFields[] = [done("a", { n: 1 }), done("b", { n: 2 }), { task: "c", state: "failed" }],
): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(TASKS, outputs === undefined ? {} : { outputs }));
  const execution = await runtime.submit({ startedAt: at(0), ...head });
  for (const record of records) {
    await saveRow(runtime.executions, execution, { row: taskRow(record) });
  }
  return runtime;
}

async function outputOf(runtime: MemoryRuntime): Promise<unknown> {
  await finishExecution(runtime, runtime.head(), { to: "completed" });
  const { output } = runtime.head();
  return output === undefined ? undefined : runtime.load(output);
}

describe("the output of a workflow", () => {
  it("is what its definition says, from input, outputs and states", async () => {
    const runtime = await ready({ sum: "outputs.a.n + outputs.b.n", hello: "input.greeting", state: "tasks.c.state", parts: "size(outputs)" });
    expect(await outputOf(runtime)).toEqual({ sum: 3, hello: "hello", state: "failed", parts: 3 });
  });

  it("reads no more than it speaks of", async () => {
    const runtime = await ready({ one: "outputs.b.n" }, { input: { key: "gone", bytes: 1, sha256: "" } }, [
      { task: "a", state: "completed", output: { key: "gone", bytes: 1, sha256: "" } },
      done("b", { n: 2 }),
    ]);
    expect(await outputOf(runtime)).toEqual({ one: 2 });
  });

  it("tells all tasks' states where one asks for all", async () => {
    const runtime = await ready({ failed: "tasks.exists(t, tasks[t].state == 'failed')" });
    expect(await outputOf(runtime)).toEqual({ failed: true });
  });

  it("is what the last tasks gave where a parent waits for one and the definition names none", async () => {
    expect(await outputOf(await ready(undefined, PARENT))).toEqual({ b: { n: 2 }, c: null });
  });

  it("is told to a parent once, however many find the end", async () => {
    const runtime = await ready(undefined, PARENT);
    const seen = runtime.head();
    expect(await finishExecution(runtime, seen, { to: "completed" })).toBe("written");
    expect(await finishExecution(runtime, seen, { to: "completed" })).toBe("stale");
    expect(runtime.settles).toHaveLength(1);
  });

  it("is what the definition says for a parent as well", async () => {
    expect(await outputOf(await ready({ one: "outputs.a.n" }, PARENT))).toEqual({ one: 1 });
  });

  it("is not worked out where nobody asks for one", async () => {
    const runtime = await ready(undefined);
    runtime.tables.calls.length = 0;
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(runtime.head()).not.toHaveProperty("output");
    expect(runtime.tables.calls).not.toContain("BatchGetCommand");
  });

  it.each(["failed", "cancelled"] as const)("is not worked out of an execution that is %s", async (to) => {
    const runtime = await ready({ sum: "outputs.a.n" }, PARENT);
    await finishExecution(runtime, runtime.head(), { to });
    expect(runtime.head()).toMatchObject({ status: to });
    expect(runtime.head()).not.toHaveProperty("output");
  });

  it("fails the execution when it cannot be worked out", async () => {
    const runtime = await ready({ odd: "outputs.a.missing.deeper" });
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { code: "ExpressionFailed" } });
  });

  it("is no excuse for a store that is gone", async () => {
    const runtime = await ready({ big: "outputs.a" }, {}, [{ task: "a", state: "completed", output: { key: "gone", bytes: 1, sha256: "" } }]);
    await expect(finishExecution(runtime, runtime.head(), { to: "completed" })).rejects.toThrow();
    expect(runtime.head().status).toBe("running");
  });
});

describe("the end of an execution", () => {
  it("tells the task that waits for it", async () => {
    const runtime = await ready(undefined, PARENT);
    await finishExecution(runtime, runtime.head(), { to: "completed" });
    expect(runtime.settles).toEqual([{ dispatch: { tenant: TENANT, ...PARENT.parent } }]);
  });

  it("recalls what is under way when it did not complete", async () => {
    const working = [{ task: "a", state: "running" as const, agentId: "agent-one", agentTaskId: "remote" }];
    const failed = await ready(undefined, {}, working);
    await finishExecution(failed, failed.head(), { to: "failed" });
    expect(failed.cancelled).toEqual(["remote"]);
    const completed = await ready(undefined, {}, working);
    await finishExecution(completed, completed.head(), { to: "completed" });
    expect(completed.cancelled).toEqual([]);
  });

  it("is told with what failed, and once", async () => {
    const runtime = await ready(undefined);
    const seen = runtime.head();
    const ending = { to: "failed", failure: { code: "Oh", message: "no" } } as const;
    expect(await finishExecution(runtime, seen, ending)).toBe("written");
    expect(await finishExecution(runtime, seen, ending)).toBe("stale");
    const facts = runtime.told("workflow.status_changed").map(([, told]) => told);
    expect(facts).toContainEqual({ previous_status: "running", new_status: "failed", reason: "Oh: no" });
    expect(facts).toHaveLength(2);
  });

  it("ends an undoing that is under way, and no other", async () => {
    const compensation = { plan: "0".repeat(64), machineArn: "arn:x", endsAs: "failed" } as const;
    const undoing = await ready(undefined, { compensation: { ...compensation, status: "running" } });
    await finishExecution(undoing, undoing.head(), { to: "failed" });
    expect(undoing.head().compensation?.status).toBe("completed");
    expect(undoing.events()).toContain("compensation.completed");
    const broken = await ready(undefined, { compensation: { ...compensation, status: "failed" } });
    await finishExecution(broken, broken.head(), { to: "failed" });
    expect(broken.head().compensation?.status).toBe("failed");
    expect(broken.events()).not.toContain("compensation.completed");
  });
});

describe("a snapshot", () => {
  it("asks for what was observed only while there is something ahead", async () => {
    const asked: string[] = [];
    const look = async (status: ExecutionStatus) => {
      const runtime = await ready(undefined, { status });
      const durations = async ({ workflowId }: { workflowId: string }) => (asked.push(workflowId), () => undefined);
      const { executions, plan, now } = runtime;
      await takeSnapshot({ executions, plan, now, durations }, TENANT, EXECUTION);
    };
    await look("completed");
    expect(asked).toEqual([]);
    await look("running");
    expect(asked).toEqual(["drawn"]);
  });
});
