import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { MachineStatus, trackExecution } from "../../../functions/track-execution/track-execution.ts";
import { type MemoryRuntime, startedRuntime, task } from "../../fixtures/runtime/memory-runtime.ts";

const machine = (runtime: MemoryRuntime, status: string, more: object = {}): MachineStatus =>
  MachineStatus.parse({
    executionArn: "arn:aws:states:eu-central-1:1:execution:a2a-dev-acme-drawn:exec_0123456789-r1",
    status,
    input: JSON.stringify(runtime.message("a").run),
    ...more,
  });

describe("trackExecution", () => {
  it("takes an execution from submitted over running to completed, whatever comes twice", async () => {
    const runtime = await startedRuntime();
    const row = runtime.tables.row("T#acme#X#exec_0123456789", "META");
    if (row !== undefined) row["status"] = "submitted";
    for (const status of ["RUNNING", "RUNNING", "SUCCEEDED", "SUCCEEDED", "RUNNING"]) await trackExecution(runtime, machine(runtime, status));
    expect(runtime.head()).toMatchObject({ status: "completed", completedAt: "2026-11-21T10:00:00.000Z" });
    expect(runtime.events().filter((type) => type === "workflow.execution_started")).toHaveLength(1);
    expect(runtime.tables.row("T#acme#X#exec_0123456789", "META")).not.toHaveProperty("byOpen");
  });

  it("says which task failed and recalls the others", async () => {
    const runtime = await startedRuntime([task("a"), task("b")]);
    runtime.onSend = ({ data }) => ({ kind: "working", agentTaskId: `remote-${String(data["task"])}` });
    await dispatchTask(runtime, runtime.message("a"));
    await dispatchTask(runtime, runtime.message("b"));
    const cause = JSON.stringify({ task: "a", code: "AgentFailed", message: "no" });
    await trackExecution(runtime, machine(runtime, "FAILED", { error: "TaskFailed", cause }));
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "a", code: "AgentFailed" } });
    expect([runtime.record("a")?.state, runtime.record("b")?.state]).toEqual(["cancelled", "cancelled"]);
    expect(runtime.cancelled.sort()).toEqual(["remote-a", "remote-b"]);
  });

  it.each([
    { status: "ABORTED", more: { error: "ExecutionTimedOut", cause: "took too long" }, failure: { code: "ExecutionTimedOut", message: "took too long" } },
    { status: "ABORTED", more: { cause: "ann stopped it" }, failure: { code: "ExecutionAborted", message: "ann stopped it" } },
    { status: "TIMED_OUT", more: {}, failure: { code: "ExecutionTimedOut", message: "the execution's own deadline passed" } },
  ])("calls the end of a machine that is $status with $more.error by its cause", async ({ status, more, failure }) => {
    const runtime = await startedRuntime();
    await trackExecution(runtime, machine(runtime, status, more));
    expect(runtime.head()).toMatchObject({ status: "failed", failure });
  });

  it("finishes a recall that was cut off after the failure was recorded", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-a" });
    await dispatchTask(runtime, runtime.message("a"));
    runtime.tables.onSend = (name) => {
      if (name === "QueryCommand") throw new Error("the worker was killed");
    };
    await expect(trackExecution(runtime, machine(runtime, "FAILED"))).rejects.toThrow("killed");
    expect(runtime.head().status).toBe("failed");
    runtime.tables.onSend = () => {};
    await trackExecution(runtime, machine(runtime, "FAILED"));
    expect(runtime.record("a")?.state).toBe("cancelled");
  });

  it("recalls a task that moved on while it was being recalled", async () => {
    const runtime = await startedRuntime();
    runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-a" });
    await dispatchTask(runtime, runtime.message("a"));
    let moved = false;
    runtime.tables.onSend = (name, input) => {
      const row = runtime.tables.row("T#acme#X#exec_0123456789", "TASK#a");
      if (name !== "PutCommand" || moved || !JSON.stringify(input).includes("cancelled") || row === undefined) return;
      moved = true;
      Object.assign(row, { state: "queued" });
    };
    await trackExecution(runtime, machine(runtime, "ABORTED"));
    expect(moved).toBe(true);
    expect(runtime.record("a")?.state).toBe("cancelled");
  });

  it.each([
    { what: "an older run", more: { input: JSON.stringify({ tenant: "acme", execution: "exec_0123456789", run: 2, plan: "0".repeat(64), queue: "q" }) } },
    { what: "a nested machine", more: { executionArn: "arn:aws:states:eu-central-1:1:execution:a2a-dev-acme-drawn-p1:5f1e" } },
    { what: "a machine that is not ours", more: { input: '{"hello":1}' } },
    { what: "an event without input", more: { input: null } },
    { what: "an execution that is not on record", more: { input: JSON.stringify({ tenant: "acme", execution: "exec_9999999999", run: 1, plan: "0".repeat(64), queue: "q" }) } },
  ])("ignores $what", async ({ more }) => {
    const runtime = await startedRuntime();
    await trackExecution(runtime, machine(runtime, "FAILED", more));
    expect(runtime.head().status).toBe("running");
  });
});
