import { describe, expect, it } from "vitest";
import { watchTask } from "../../../functions/watch-task/watch-task.ts";
import { saveSubmission } from "../../../shared/execution/store/execution-store.ts";
import { NotFoundError } from "../../../shared/core/errors.ts";
import { finishExecution } from "../../../shared/execution/run/finish-execution.ts";
import { Execution } from "../../../shared/execution/execution.ts";
import { MemoryRuntime, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "./memory-run.ts";
import { headRow } from "../../fixtures/runtime/head-rows.ts";

const TASKS = [
  task("a"),
  { id: "sub", depends_on: ["a"], workflow: { name: "other", version: "2.0" }, input: { fixed: 1 }, input_from: { n: "outputs.a.n" }, retry_policy: { max_attempts: 1 } },
  task("b", ["sub"]),
];

async function started(): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(TASKS));
  runtime.onSend = () => ({ kind: "completed", output: { n: 7 } });
  await startGraphRun(runtime, { priority: "high" });
  await drain(runtime);
  return runtime;
}

/** The child as a submission records it. */
async function childOf(runtime: MemoryRuntime, more: Partial<Execution>): Promise<Execution> {
  const parent = { execution: "exec_0123456789", task: "sub", attempt: 1 };
  const child = headRow({ ...runtime.head(), executionId: runtime.record("sub")?.child ?? "", parent, workflowId: "other", ...more });
  await saveSubmission(runtime.executions, child);
  return child;
}

describe("a task that is a workflow", () => {
  it("starts an execution of it under an id of its own, with its input over the parent's", async () => {
    const runtime = await started();
    expect(runtime.children).toHaveLength(1);
    expect(runtime.children[0]).toMatchObject({
      task: "sub",
      attempt: 1,
      workflow: { name: "other", version: "2.0" },
      input: { greeting: "hello", fixed: 1, n: 7 },
    });
    expect(runtime.record("sub")).toMatchObject({ state: "running", child: expect.stringMatching(/^exec_[0-9a-f]{24}$/) });
  });

  it("ends with it, and gives its outputs", async () => {
    const runtime = await started();
    const child = await childOf(runtime, { status: "running" });
    await finishExecution(runtime, child, { to: "completed" });
    await drain(runtime);
    expect(states(runtime)).toEqual({ a: "completed", b: "completed", sub: "completed" });
    expect(runtime.head().status).toBe("completed");
  });

  it("fails as it fails, and says which execution it was", async () => {
    const runtime = await started();
    const child = await childOf(runtime, { status: "running" });
    await finishExecution(runtime, child, { to: "failed", failure: { code: "AgentFailed", message: "no" } });
    await drain(runtime);
    const failure = { code: "ChildFailed", message: `execution ${child.executionId} of 'other' failed: AgentFailed: no` };
    expect(runtime.record("sub")).toMatchObject({ state: "failed", failure });
  });

  it("is started again when a crash kept it from starting", async () => {
    const runtime = await started();
    await watchTask(runtime, { dispatch: runtime.dispatch("sub"), looks: 0 });
    expect(runtime.children).toHaveLength(2);
  });

  it("fails when there is no such workflow", async () => {
    const runtime = new MemoryRuntime(planOf(TASKS));
    runtime.onSend = () => ({ kind: "completed", output: { n: 7 } });
    Object.assign(runtime, { startChild: () => Promise.reject(new NotFoundError("workflow", "other:2.0")) });
    await startGraphRun(runtime);
    await drain(runtime);
    expect(runtime.record("sub")).toMatchObject({ state: "failed", failure: { code: "NotFound" } });
  });

  it("does not nest deeper than the limit", async () => {
    const runtime = new MemoryRuntime(planOf(TASKS));
    runtime.onSend = () => ({ kind: "completed", output: { n: 7 } });
    await startGraphRun(runtime, { depth: 10 });
    await drain(runtime);
    expect(runtime.record("sub")).toMatchObject({ state: "failed", failure: { code: "NestedTooDeep" } });
    expect(runtime.children).toEqual([]);
  });
});
