import { describe, expect, it } from "vitest";
import { changeExecution, clearPending, forgetParked, listHeld, listParked, loadOutlines } from "../../../../shared/execution/store/control-store.ts";
import { createTask, loadExecution, loadTasks, moveExecution, moveTask } from "../../../../shared/execution/store/execution-store.ts";
import { listWaiting } from "../../../../shared/execution/store/inbox-store.ts";
import { holdWrite, loadParked, parkTask, unparkTask } from "../../../../shared/execution/store/parking-lot.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import type { HoldReason, TaskRecord } from "../../../../shared/execution/execution.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const AT = "2026-11-21T10:00:00.000Z";
const at = { tenant: TENANT, execution: EXECUTION };
const rowOf = (more: Partial<TaskRecord> = {}): TaskRecord => ({ task: "a", state: "running", run: 1, attempt: 2, token: "t", ...more });

/** The next write to the table fails, as when it is throttled. */
function throttle(runtime: MemoryRuntime, command: string): void {
  runtime.tables.onSend = (name) => {
    if (name === command) throw new Error("throttled");
  };
}

describe("the head of an execution", () => {
  it.each([
    { what: "its status", seen: { status: "paused" } },
    { what: "its run", seen: { run: 2 } },
  ] as const)("stays as it is for one who saw another one by $what", async ({ seen }) => {
    const runtime = await startedRuntime();
    const head = { ...runtime.head(), ...seen };
    const move = { from: [head.status], to: "completed", events: [] } as const;
    expect(await moveExecution(runtime.executions, head, move)).toBe("stale");
    expect(await changeExecution(runtime.executions, head, { to: "paused", set: {}, events: [] })).toBe("stale");
    expect(runtime.head()).toMatchObject({ status: "running", run: 1 });
  });

  it("changes its course once what is on record of it has been carried out, and not before", async () => {
    const runtime = await startedRuntime();
    const seen = runtime.head();
    const pausing = { to: "paused", set: { pending: { id: "one", run: 1 } }, events: [] } as const;
    expect(await changeExecution(runtime.executions, seen, pausing)).toBe("written");
    const paused = runtime.head();
    expect(await changeExecution(runtime.executions, paused, { to: "running", set: {}, events: [] })).toBe("stale");
    await clearPending(runtime.executions, paused, { id: "another", run: 1 });
    expect(runtime.head().pending).toEqual({ id: "one", run: 1 });
    await clearPending(runtime.executions, paused, { id: "one", run: 1 });
    expect(runtime.head().pending).toBeUndefined();
    expect(await changeExecution(runtime.executions, runtime.head(), { to: "running", set: {}, events: [] })).toBe("written");
  });

  const isOpen = (runtime: MemoryRuntime): boolean => "byOpen" in (runtime.tables.row("T#acme#X#exec_0123456789", "META") ?? {});

  it("leaves the index of open ones with its end, and stays in it until an end by steering is wound up", async () => {
    const runtime = await startedRuntime();
    await moveExecution(runtime.executions, runtime.head(), { from: ["running"], to: "paused", events: [] });
    expect(isOpen(runtime)).toBe(true);
    const pending = { id: "cancel", run: 1 };
    await changeExecution(runtime.executions, runtime.head(), { to: "cancelled", set: { pending }, events: [] });
    expect(isOpen(runtime)).toBe(true);
    await clearPending(runtime.executions, runtime.head(), pending);
    expect(isOpen(runtime)).toBe(false);
    const other = await startedRuntime();
    await moveExecution(other.executions, other.head(), { from: ["running"], to: "failed", events: [] });
    expect(isOpen(other)).toBe(false);
  });

  it("stays in the index of open ones when a change that ends nothing is wound up", async () => {
    const runtime = await startedRuntime();
    const pending = { id: "pause", run: 1 };
    await changeExecution(runtime.executions, runtime.head(), { to: "paused", set: { pending }, events: [] });
    await clearPending(runtime.executions, runtime.head(), pending);
    expect(isOpen(runtime)).toBe(true);
  });

  it("says so when the table is gone", async () => {
    const runtime = await startedRuntime();
    throttle(runtime, "UpdateCommand");
    await expect(clearPending(runtime.executions, runtime.head(), { id: "one", run: 1 })).rejects.toThrow("throttled");
    await expect(loadExecution(runtime.executions, TENANT, "exec_0000000000")).rejects.toThrow(NotFoundError);
  });
});

describe("a task's row", () => {
  it.each([
    { what: "another attempt", move: { from: ["running"] as const, attempt: 1 } },
    { what: "another state", move: { from: ["queued"] as const, attempt: 2 } },
    { what: "another token", move: { from: ["running"] as const, attempt: 2, holds: { token: "old" } } },
    { what: "another run", move: { from: ["running"] as const, attempt: 2, holds: { run: 2 } } },
  ])("stays as it is for one who saw $what", async ({ move }) => {
    const runtime = await startedRuntime();
    await createTask(runtime.executions, runtime.head(), { record: rowOf(), events: [] });
    const set = { state: "completed" as const };
    expect(await moveTask(runtime.executions, runtime.head(), { task: "a", ...move, set, events: [] })).toBe("stale");
    expect(runtime.record("a")?.state).toBe("running");
  });

  it("leaves the inbox with its state, and not with a change of something else", async () => {
    const runtime = await startedRuntime();
    await createTask(runtime.executions, runtime.head(), { record: rowOf({ attempt: 1 }), events: [] });
    const move = async (from: "running" | "input_required", set: Partial<TaskRecord>) =>
      moveTask(runtime.executions, runtime.head(), { task: "a", from: [from], attempt: 1, set, events: [{ id: "e", type: "task.input_required", at: AT, facts: {} }] });
    const inbox = async () => (await listWaiting(runtime.executions, TENANT, { limit: 5 })).rows.map(({ task }) => task);
    await move("running", { state: "input_required" });
    await move("input_required", { agentTaskId: "other" });
    expect(await inbox()).toEqual(["a"]);
    await move("input_required", { state: "running" });
    expect(await inbox()).toEqual([]);
  });

  it("is read in batches of a hundred, again where a batch was not finished, and no more often than that", async () => {
    const runtime = await startedRuntime();
    const refs = Array.from({ length: 101 }, (_, index) => ({ ...at, task: `t${index}` }));
    for (const { task } of refs) await createTask(runtime.executions, runtime.head(), { record: rowOf({ task }), events: [] });
    runtime.tables.calls.length = 0;
    expect((await loadTasks(runtime.executions, refs)).size).toBe(101);
    expect(runtime.tables.calls).toEqual(["BatchGetCommand", "BatchGetCommand"]);
    expect((await loadTasks(runtime.executions, refs.slice(0, 100))).size).toBe(100);
    expect(runtime.tables.calls).toHaveLength(3);
    expect((await loadTasks(runtime.executions, [])).size).toBe(0);
    expect(runtime.tables.calls).toHaveLength(3);
  });

  it("is outlined for a restart from as many pages as there are", async () => {
    const runtime = await startedRuntime();
    for (const task of ["a", "b", "c", "d", "e"]) await createTask(runtime.executions, runtime.head(), { record: rowOf({ task }), events: [] });
    runtime.tables.pageRows = 2;
    expect((await loadOutlines(runtime.executions, at)).map(({ task }) => task)).toEqual(["a", "b", "c", "d", "e"]);
  });
});

describe("the parking lot", () => {
  const message = (runtime: MemoryRuntime, task: string, runNumber = 1) => runtime.message(task, { runNumber, seen: 0 });
  interface Parked {
    readonly reason?: HoldReason;
    readonly parkedAt?: string;
    readonly runNumber?: number;
  }
  const hold = async (runtime: MemoryRuntime, task: string, { reason = "hold", parkedAt = AT, runNumber = 1 }: Parked = {}) =>
    runtime.executions.committer.commit([
      holdWrite(runtime.executions, { reason, message: message(runtime, task, runNumber), workflowId: "drawn", at: parkedAt }),
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
    if (seen !== undefined) await unparkTask(runtime.executions, seen);
    expect(runtime.parked()).toEqual(["PARK#a on $hold"]);
    const now = await loadParked(runtime.executions, { ...at, task: "a" });
    if (now !== undefined) await unparkTask(runtime.executions, now);
    expect(runtime.parked()).toEqual([]);
  });

  it("gives up one that waits for another task by that task's name", async () => {
    const runtime = await startedRuntime();
    const parked = { on: "a", message: message(runtime, "b") };
    await parkTask(runtime.executions, parked);
    await unparkTask(runtime.executions, { ...parked, on: "c" });
    expect(runtime.parked()).toEqual(["PARK#b on a"]);
    await unparkTask(runtime.executions, parked);
    expect(runtime.parked()).toEqual([]);
    throttle(runtime, "DeleteCommand");
    await expect(unparkTask(runtime.executions, parked)).rejects.toThrow("throttled");
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

