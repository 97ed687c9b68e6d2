import { describe, expect, it } from "vitest";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import { ForbiddenError, IllegalMoveError, NotFoundError } from "../../../../shared/core/errors.ts";
import { skipTask } from "../../../../shared/execution/control/skip-task.ts";
import { decideTask, retryTask } from "../../../../shared/execution/control/steer-task.ts";
import type { ParkReason, TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { CrashWorld, type CutMode } from "../../../fixtures/runtime/crash-world.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const TASKS = [task("a"), task("pay", ["a"], { approval: { prompt: "pay?", roles: ["finance"] } }), task("c", ["pay"])];
const on = (name: string) => ({ tenant: TENANT, execution: EXECUTION, task: name, by: "ann", reason: "fine by me" });

async function stage(
  record?: Partial<TaskRecord>,
  reason?: ParkReason,
  tasks: readonly object[] = TASKS,
): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(tasks));
  const execution = await runtime.submit({ startedAt: "2026-11-21T10:00:00.000Z" });
  if (record === undefined) return runtime;
  const row = taskRow({
    task: "pay",
    state: "parked",
    attempt: 0,
    token: "token-pay",
    ...(reason === undefined ? {} : { reason }),
    ...record,
  });
  const held =
    reason === undefined
      ? []
      : [
          parkedWrite(runtime.executions, {
            reason,
            message: runtime.message(row.task, { seen: 1 }),
            workflowId: "drawn",
            at: "2026-11-21T10:00:01.000Z",
          }),
        ];
  await saveRow(runtime.executions, execution, { row, also: held });
  return runtime;
}

const mayAll = (): boolean => true;
const queued = (runtime: MemoryRuntime): string[] =>
  runtime.tasks.map(({ message, delay }) => `${message.task} ${message.token} +${delay}s`);

describe("decideTask", () => {
  it.each(["approved", "rejected"] as const)("records who %s and why, and has the task looked at", async (verdict) => {
    const runtime = await stage({}, "approval");
    const { deps } = controlOf(runtime);
    await decideTask(deps, on("pay"), { verdict, may: mayAll });
    expect(runtime.record("pay")).toMatchObject({
      state: "queued",
      decision: { verdict, by: "ann", reason: "fine by me" },
    });
    expect(runtime.record("pay")?.reason).toBeUndefined();
    expect(queued(runtime)).toEqual(["pay token-pay +5s", "pay token-pay +0s"]);
    expect(runtime.parked()).toEqual([]);
    expect(runtime.events()).toContain("task.decided");
  });

  it("gives the same answer to the same decision, and refuses the other one", async () => {
    const runtime = await stage({}, "approval");
    const { deps } = controlOf(runtime);
    const first = await decideTask(deps, on("pay"), { verdict: "approved", may: mayAll });
    expect(await decideTask(deps, { ...on("pay"), by: "bob" }, { verdict: "approved", may: mayAll })).toEqual(first);
    await expect(decideTask(deps, on("pay"), { verdict: "rejected", may: mayAll })).rejects.toThrow(
      "ann approved it at",
    );
  });

  it("asks for the roles that the task names", async () => {
    const { deps } = controlOf(await stage({}, "approval"));
    const asked: (readonly string[])[] = [];
    const may = (roles: readonly string[]): boolean => asked.push(roles) === 0;
    await expect(decideTask(deps, on("pay"), { verdict: "approved", may })).rejects.toThrow(ForbiddenError);
    expect(asked).toEqual([["finance"]]);
  });

  it.each([
    {
      what: "waits for an operator",
      record: { attempt: 1 },
      reason: "operator" as const,
      standing: "parked (operator)",
    },
    { what: "is at work", record: { state: "running" as const }, reason: undefined, standing: "running" },
  ])("refuses a task that $what", async ({ record, reason, standing }) => {
    const { deps } = controlOf(await stage(record, reason));
    await expect(decideTask(deps, on("pay"), { verdict: "approved", may: mayAll })).rejects.toThrow(
      `task 'pay' is ${standing}`,
    );
  });

  it("knows no task that the plan does not have", async () => {
    const { deps } = controlOf(await stage());
    await expect(decideTask(deps, on("ghost"), { verdict: "approved", may: mayAll })).rejects.toThrow(NotFoundError);
  });

  it("refuses when the execution is over", async () => {
    const runtime = new MemoryRuntime(planOf(TASKS));
    const execution = await runtime.submit({ status: "failed" });
    await saveRow(runtime.executions, execution, {
      row: taskRow({ task: "pay", state: "parked", reason: "approval", attempt: 0 }),
      events: [],
    });
    await expect(decideTask(controlOf(runtime).deps, on("pay"), { verdict: "approved", may: mayAll })).rejects.toThrow(
      IllegalMoveError,
    );
  });

  it.each<CutMode>(["before", "after"])(
    "leaves no decision that nobody hears of when it is cut off %s any of its calls",
    async (mode) => {
      for (let cutAt = 1; cutAt < 50; cutAt += 1) {
        const runtime = await stage({}, "approval");
        const world = new CrashWorld(runtime);
        const wasCut = await world.cut(
          (deps) => decideTask(deps, on("pay"), { verdict: "approved", may: mayAll }),
          cutAt,
          mode,
        );
        if (runtime.record("pay")?.state === "queued")
          expect(queued(runtime), `cut off ${mode} call ${cutAt}`).toContain("pay token-pay +5s");
        if (!wasCut) return;
      }
      throw new Error("it never came to an end");
    },
  );
});

describe("retryTask", () => {
  it("begins the policy's count anew and keeps the attempts' numbers", async () => {
    const runtime = await stage({ attempt: 3, failure: { code: "AgentFailed", message: "no" } }, "operator");
    const { deps } = controlOf(runtime);
    await retryTask(deps, on("pay"), { amount: 2 });
    expect(runtime.record("pay")).toMatchObject({
      state: "queued",
      attempt: 3,
      retryBase: 3,
      input: { json: '{"amount":2}' },
    });
    expect(queued(runtime)).toEqual(["pay token-pay +5s", "pay token-pay +0s"]);
    await retryTask(deps, on("pay"));
    expect(runtime.record("pay")?.retryBase).toBe(3);
  });

  it("refuses a task that does not wait for an operator, and says what to do instead", async () => {
    const { deps } = controlOf(await stage({ state: "failed", attempt: 1 }));
    await expect(retryTask(deps, on("pay"))).rejects.toThrow("rerun a settled task instead");
  });
});

describe("skipTask", () => {
  it("ends a task where it stands, tells its agent, and has its end looked at", async () => {
    const runtime = await stage({ state: "running", attempt: 1, agentId: "agent-one", agentTaskId: "t-1" });
    await skipTask(controlOf(runtime).deps, on("pay"), { output: { paid: false } });
    expect(runtime.record("pay")).toMatchObject({ state: "skipped", run: 1, output: { json: '{"paid":false}' } });
    expect(runtime.cancelled).toEqual(["t-1"]);
    expect(queued(runtime)).toEqual(["pay token-pay +5s", "pay token-pay +0s"]);
    expect(runtime.events()).toEqual(expect.arrayContaining(["task.completed", "workflow.controlled"]));
  });

  it("ends a task before it was looked at", async () => {
    const runtime = await stage();
    await skipTask(controlOf(runtime).deps, on("c"));
    expect(runtime.record("c")).toMatchObject({ state: "skipped", attempt: 0, token: "" });
    expect(queued(runtime)).toEqual([]);
  });

  it("leaves one that waits for its inputs to be looked at when they come", async () => {
    const runtime = await stage({ state: "parked" });
    const parked = { on: "a", message: runtime.message("pay", { seen: 0 }) };
    runtime.tables.rows.set(`T#${TENANT}#X#${EXECUTION} PARK#pay`, {
      pk: `T#${TENANT}#X#${EXECUTION}`,
      sk: "PARK#pay",
      ...parked,
    });
    await skipTask(controlOf(runtime).deps, on("pay"));
    expect(runtime.record("pay")?.state).toBe("skipped");
    expect(runtime.parked()).toEqual(["PARK#pay on a"]);
    expect(queued(runtime)).toEqual([]);
  });

  it("is the same when it is asked for twice", async () => {
    const runtime = await stage({ state: "running", attempt: 1 });
    const { deps } = controlOf(runtime);
    await skipTask(deps, on("pay"));
    const events = runtime.events().length;
    await skipTask(deps, on("pay"));
    expect(runtime.events()).toHaveLength(events);
  });

  it("takes a next run for a task that has its result", async () => {
    const runtime = await stage({ state: "completed", attempt: 1 });
    const execution = await skipTask(controlOf(runtime).deps, on("pay"));
    expect(execution).toMatchObject({ status: "submitted", run: 2 });
    expect(runtime.record("pay")).toMatchObject({ state: "skipped", run: 2 });
    expect(runtime.record("c")).toMatchObject({ state: "queued", run: 2, attempt: 0 });
  });
});
