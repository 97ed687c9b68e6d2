import type { AgentCalls } from "../../../../shared/agents/calls/agent-calls.ts";
import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { cancelOpenTasks } from "../../../../shared/execution/attempt/cancel-open-tasks.ts";
import { executionPartition } from "../../../../shared/execution/store/keys.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const PK = executionPartition(TENANT, EXECUTION);

/** What another process writes to the row of `a` meanwhile. */
function overwrite(runtime: MemoryRuntime, change: object): void {
  const row = runtime.tables.row(PK, "TASK#a");
  const move = Number(row?.["move"]) + 1;
  runtime.tables.rows.set(`${PK} TASK#a`, { ...row, pk: PK, sk: "TASK#a", move, ...change });
}

/** An execution that is over, of which `a` is at its agent. */
async function atAgent(): Promise<MemoryRuntime> {
  const runtime = await startedRuntime([task("a"), task("b", ["a"])]);
  runtime.onSend = () => ({ kind: "working", agentTaskId: "remote-1" });
  await dispatchTask(runtime, runtime.message("a"));
  return runtime;
}

/** `cancel`: what the call to the agent does, when that is something out of the ordinary. */
const recall = (
  runtime: MemoryRuntime,
  { run = 1, cancel }: { run?: number; cancel?: AgentCalls["cancel"] } = {},
): Promise<void> => {
  const { executions, agent, now } = runtime;
  const calls = cancel === undefined ? runtime.calls : { cancel };
  return cancelOpenTasks({ executions, agent, now, calls }, { ...runtime.head(), run });
};

describe("tasks of an execution that is over", () => {
  it("end, tell their agents, and forget whom they told", async () => {
    const runtime = await atAgent();
    await recall(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "cancelled", attempt: 1, settledAt: "2026-11-21T10:00:00.000Z" });
    expect(runtime.record("a")?.recall).toBeUndefined();
    expect(runtime.cancelled).toEqual(["remote-1"]);
    await recall(runtime);
    expect(runtime.cancelled).toEqual(["remote-1"]);
    expect(runtime.events().filter((type) => type === "task.completed")).toHaveLength(1);
  });

  it("leave the parking lot", async () => {
    const runtime = await startedRuntime([task("a", [], { approval: { prompt: "sure?" } })]);
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.parked()).toHaveLength(1);
    await recall(runtime);
    expect(runtime.record("a")?.state).toBe("cancelled");
    expect(runtime.parked()).toEqual([]);
  });

  it("tell their agents after a crash between the row and the call", async () => {
    const runtime = await atAgent();
    const cancel = (): Promise<undefined> => Promise.reject(new Error("the worker was killed"));
    await expect(recall(runtime, { cancel })).rejects.toThrow("killed");
    expect(runtime.record("a")?.state).toBe("cancelled");
    await recall(runtime);
    expect(runtime.cancelled).toEqual(["remote-1"]);
    expect(runtime.record("a")?.recall).toBeUndefined();
  });

  it("are left alone once they belong to a newer run", async () => {
    const runtime = await atAgent();
    overwrite(runtime, { run: 2, token: "token-of-run-2" });
    await recall(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", run: 2 });
    expect(runtime.cancelled).toEqual([]);
  });

  it("are left alone when a newer run takes them over between look and write", async () => {
    const runtime = await atAgent();
    runtime.tables.onSend = (name) => {
      if (name === "TransactWriteCommand" || name === "PutCommand") overwrite(runtime, { run: 2, token: "token-of-run-2" });
    };
    await recall(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "running", run: 2 });
    expect(runtime.cancelled).toEqual([]);
  });

  it("end as well when their row moves on in the same run between look and write", async () => {
    const runtime = await atAgent();
    meanwhile(runtime, { sk: "TASK#a" }, () => overwrite(runtime, { token: "newer" }));
    await recall(runtime);
    expect(runtime.record("a")).toMatchObject({ state: "cancelled", token: "newer" });
    expect(runtime.cancelled).toEqual(["remote-1"]);
  });

  it("do not strike off whom a newer run has yet to tell, while the call to the agent takes its time", async () => {
    const runtime = await atAgent();
    const ofRun2 = { agents: [{ agentId: "agent-one", agentTaskId: "remote-2" }] };
    const cancel = async (): Promise<undefined> => {
      overwrite(runtime, { run: 2, state: "cancelled", recall: ofRun2 });
      return undefined;
    };
    await recall(runtime, { cancel });
    expect(runtime.record("a")).toMatchObject({ run: 2, recall: ofRun2 });
    await recall(runtime, { run: 2 });
    expect(runtime.cancelled).toEqual(["remote-2"]);
  });
});
