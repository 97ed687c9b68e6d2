import { describe, expect, it } from "vitest";
import { changeCompleted, controlled, finished, type Steering } from "../../../../shared/execution/lifecycle/execution-transitions.ts";
import { forgetParked, listHeld, listParked, loadOutlines } from "../../../../shared/execution/store/control-store.ts";
import { commitExecution, commitTransition, loadExecution, loadTasks } from "../../../../shared/execution/store/execution-store.ts";
import { listWaiting } from "../../../../shared/execution/store/inbox-store.ts";
import { loadParked, parkedWrite, removeParked, saveParked } from "../../../../shared/execution/store/parking-lot.ts";
import { inputProvided, inputRequired } from "../../../../shared/execution/task/attempt-transitions.ts";
import { type ParkReason } from "../../../../shared/execution/task/task-record.ts";
import { isAtWork } from "../../../../shared/execution/task/task-rules.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const AT = "2026-11-21T10:00:00.000Z";
const at = { tenant: TENANT, execution: EXECUTION };

/** The next write to the table fails, as when it is throttled. */
function throttle(runtime: MemoryRuntime, command: string): void {
  runtime.tables.onSend = (name) => {
    if (name === command) throw new Error("throttled");
  };
}

describe("the head of an execution", () => {
  const isOpen = (runtime: MemoryRuntime): boolean => "byOpen" in (runtime.tables.row("T#acme#X#exec_0123456789", "META") ?? {});
  const steer = (runtime: MemoryRuntime, action: Steering["action"], to: "cancelled" | "paused", set: object) =>
    commitExecution(runtime.executions, {
      transition: controlled(runtime.head(), { steering: { action, by: "ann", digest: "d", at: AT }, to, set: { ...set, pending: { id: action, run: 1 } } }),
    });
  const windUp = (runtime: MemoryRuntime) => commitExecution(runtime.executions, { transition: changeCompleted(runtime.head()) });

  it("leaves the index of open ones with its end", async () => {
    const runtime = await startedRuntime();
    expect(isOpen(runtime)).toBe(true);
    await commitExecution(runtime.executions, { transition: finished(runtime.head(), { to: "failed", at: AT }) });
    expect(isOpen(runtime)).toBe(false);
  });

  it("stays in the index of open ones until an end by steering is wound up", async () => {
    const runtime = await startedRuntime();
    await steer(runtime, "cancel", "cancelled", { completedAt: AT });
    expect(isOpen(runtime)).toBe(true);
    await windUp(runtime);
    expect(isOpen(runtime)).toBe(false);
  });

  it("stays in the index of open ones when a change that ends nothing is wound up", async () => {
    const runtime = await startedRuntime();
    await steer(runtime, "pause", "paused", { pausedAt: AT });
    await windUp(runtime);
    expect(isOpen(runtime)).toBe(true);
  });

  it("is not found under a name that was never submitted", async () => {
    const runtime = await startedRuntime();
    await expect(loadExecution(runtime.executions, TENANT, "exec_0000000000")).rejects.toThrow(NotFoundError);
  });
});

describe("a task's row", () => {
  it("is in the inbox while it asks for input, and not afterwards", async () => {
    const runtime = await startedRuntime();
    const row = taskRow({ task: "a", state: "running", agentId: "agent-one", contextId: "c", messageId: "m", pushSecretHash: "h", agentTaskId: "remote" });
    await saveRow(runtime.executions, runtime.head(), { row });
    const inbox = async () => (await listWaiting(runtime.executions, TENANT, { limit: 5 })).rows.map(({ task }) => task);
    const record = runtime.record("a");
    if (record === undefined || !isAtWork(record)) throw new Error("no row");
    const asking = inputRequired(record, { heard: { agentTaskId: "remote" }, question: { json: "1" }, questionId: "q", at: AT });
    await commitTransition(runtime.executions, { head: runtime.head(), transition: asking });
    expect(await inbox()).toEqual(["a"]);
    await commitTransition(runtime.executions, { head: runtime.head(), transition: inputProvided(asking.row, { by: "ann", answer: { messageId: "m2", input: { json: "2" }, questionId: "q", at: AT }, deadlineAt: AT }) });
    expect(await inbox()).toEqual([]);
  });

  it("is outlined for a restart from as many pages as there are", async () => {
    const runtime = await startedRuntime();
    for (const task of ["a", "b", "c", "d", "e"]) await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task, state: "running" }) });
    runtime.tables.pageRows = 2;
    expect((await loadOutlines(runtime.executions, at)).map(({ task }) => task)).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("is read in batches of a hundred", async () => {
    const runtime = await startedRuntime();
    const refs = Array.from({ length: 101 }, (_, index) => ({ ...at, task: `t${index}` }));
    for (const { task } of refs) await saveRow(runtime.executions, runtime.head(), { row: taskRow({ task, state: "running" }) });
    const callsFor = async (some: typeof refs): Promise<number> => {
      const before = runtime.tables.calls.length;
      expect((await loadTasks(runtime.executions, some)).size).toBe(some.length);
      return runtime.tables.calls.length - before;
    };
    expect([await callsFor(refs), await callsFor(refs.slice(0, 100)), await callsFor([])]).toEqual([2, 1, 0]);
  });
});

describe("the parking lot", () => {
  const message = (runtime: MemoryRuntime, task: string, runNumber = 1) => runtime.message(task, { runNumber, seen: 0 });
  interface Parked {
    readonly reason?: ParkReason;
    readonly parkedAt?: string;
    readonly runNumber?: number;
  }
  const hold = async (runtime: MemoryRuntime, task: string, { reason = "hold", parkedAt = AT, runNumber = 1 }: Parked = {}) =>
    runtime.executions.committer.commit([
      parkedWrite(runtime.executions, { reason, message: message(runtime, task, runNumber), workflowId: "drawn", at: parkedAt }),
    ]);

  it("forgets what was parked for former runs, and keeps what the present one parked", async () => {
    const runtime = await startedRuntime();
    await hold(runtime, "old", { runNumber: 1 });
    await hold(runtime, "new", { runNumber: 2 });
    await forgetParked(runtime.executions, at, 2);
    expect((await listParked(runtime.executions, at)).map(({ message: { task } }) => task)).toEqual(["new"]);
  });

  it("keeps what the present run parks in the moment in which it forgets", async () => {
    const runtime = await startedRuntime();
    await hold(runtime, "a", { runNumber: 1 });
    runtime.tables.onSend = (name) => {
      if (name !== "DeleteCommand") return;
      const key = `T#${TENANT}#X#${EXECUTION} PARK#a`;
      runtime.tables.rows.set(key, { ...runtime.tables.rows.get(key), message: message(runtime, "a", 2) });
    };
    await forgetParked(runtime.executions, at, 2);
    expect(runtime.parked()).toHaveLength(1);
    throttle(runtime, "DeleteCommand");
    await hold(runtime, "b", { runNumber: 1 });
    await expect(forgetParked(runtime.executions, at, 2)).rejects.toThrow("throttled");
  });

  it("gives up the row that was seen, not one that parked anew", async () => {
    const runtime = await startedRuntime();
    await hold(runtime, "a");
    const seen = await loadParked(runtime.executions, { ...at, task: "a" });
    await hold(runtime, "a", { parkedAt: "2026-11-21T10:00:09.000Z" });
    if (seen !== undefined) await removeParked(runtime.executions, seen);
    expect(runtime.parked()).toEqual(["PARK#a on $hold"]);
    const now = await loadParked(runtime.executions, { ...at, task: "a" });
    if (now !== undefined) await removeParked(runtime.executions, now);
    expect(runtime.parked()).toEqual([]);
  });

  it("gives up one that waits for another task by that task's name", async () => {
    const runtime = await startedRuntime();
    const parked = { on: "a", message: message(runtime, "b") };
    await saveParked(runtime.executions, parked);
    await removeParked(runtime.executions, { ...parked, on: "c" });
    expect(runtime.parked()).toEqual(["PARK#b on a"]);
    await removeParked(runtime.executions, parked);
    expect(runtime.parked()).toEqual([]);
    throttle(runtime, "DeleteCommand");
    await expect(removeParked(runtime.executions, parked)).rejects.toThrow("throttled");
  });

  it("lists what holds keep back, page by page", async () => {
    const runtime = await startedRuntime();
    for (const task of ["a", "b", "c"]) await hold(runtime, task);
    const first = await listHeld(runtime.executions, { limit: 2 });
    const second = await listHeld(runtime.executions, { limit: 2, after: first.next });
    expect([...first.rows, ...second.rows].map(({ message: { task } }) => task)).toEqual(["a", "b", "c"]);
    expect(second.next).toBeUndefined();
  });

  it("shows what waits for people in the inbox, page by page and by name, and nothing else", async () => {
    const runtime = await startedRuntime();
    for (const reason of ["approval", "operator", "budget", "paused", "event"] as const) await hold(runtime, reason, { reason });
    const first = await listWaiting(runtime.executions, TENANT, { limit: 2 });
    const second = await listWaiting(runtime.executions, TENANT, { limit: 2, after: first.next });
    const names = [...first.rows, ...second.rows].map(({ task }) => task);
    expect(names.toSorted()).toEqual(["approval", "budget", "operator"]);
  });
});

