import { describe, expect, it } from "vitest";
import { childIdOf, launchChild, pollChild } from "../../../../shared/execution/run/child-execution.ts";
import { reviveRun } from "../../../../shared/execution/run/revive-run.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import type { Attempt } from "../../../../shared/execution/runtime/attempt.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { controlOf } from "../../../fixtures/runtime/memory-control.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const CHILD = childIdOf({ tenant: TENANT, execution: EXECUTION, task: "sub", attempt: 1 });
const ONCE = { max_attempts: 1, backoff: "none" };
const failure = { code: "AgentFailed", message: "no" };

/** A task that is a workflow, under way; `child`: the head of the execution that it runs as, when there is one. */
async function nested({ child, parent = {}, row = {}, retries = ONCE }: { child?: HeadFields | undefined; parent?: HeadFields; row?: RowFields; retries?: object } = {}) {
  const runtime = new MemoryRuntime(planOf([{ id: "sub", workflow: { name: "other" }, retry_policy: retries }]));
  const head = await runtime.submit(parent);
  await saveRow(runtime.executions, head, { row: taskRow({ task: "sub", state: "running", token: "token-sub", child: CHILD, ...row }) });
  if (child !== undefined) await runtime.submit({ executionId: CHILD, workflowId: "other", ...child });
  const attempt = await loadAttempt(runtime, runtime.dispatch("sub"));
  if (attempt === undefined) throw new Error("no attempt");
  return { runtime, attempt };
}

const looked = async (given: Parameters<typeof nested>[0], how: { looks: number; once?: boolean } = { looks: 0 }): Promise<MemoryRuntime> => {
  const { runtime, attempt } = await nested(given);
  await pollChild(runtime, attempt, how);
  return runtime;
};

describe("a task that runs as an execution, when it is looked at,", () => {
  it.each([
    { what: "starts one that was never there", child: undefined },
    { what: "starts one that is only on record", child: { status: "submitted" } },
  ] as const)("$what", async ({ child }) => {
    const runtime = await looked({ child });
    expect(runtime.children).toMatchObject([{ task: "sub", attempt: 1, workflow: { name: "other" } }]);
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("sub"), looks: 0 }, delay: 30 }]);
  });

  it.each([
    { what: "runs", child: { status: "running" } },
    { what: "is paused", child: { status: "paused" } },
    { what: "waits for its turn", child: { status: "queued" } },
    { what: "was steered before it began", child: { status: "submitted", pending: { id: "p", run: 1 } } },
  ] as const)("leaves one that $what alone, and is looked at again", async ({ child }) => {
    const runtime = await looked({ child }, { looks: 2 });
    expect(runtime.children).toEqual([]);
    expect(runtime.watches).toEqual([{ message: { dispatch: runtime.dispatch("sub"), looks: 3 }, delay: 120 }]);
    expect((await looked({ child }, { looks: 9 })).watches[0]?.delay).toBe(600);
    expect((await looked({ child }, { looks: 2, once: true })).watches).toEqual([]);
  });

  it.each([
    { what: "with its output", child: { status: "completed", output: { json: "7" } }, becomes: { state: "completed", output: { json: "7" } } },
    { what: "without an output", child: { status: "completed" }, becomes: { state: "completed", output: { json: "null" } } },
    { what: "in failure", child: { status: "failed", failure }, becomes: { state: "failed", failure: { code: "ChildFailed", message: `execution ${CHILD} of 'other' failed: AgentFailed: no` } } },
    { what: "by a cancel", child: { status: "cancelled" }, becomes: { state: "failed", failure: { code: "ChildFailed", message: `execution ${CHILD} of 'other' failed: cancelled: it was cancelled` } } },
  ] as const)("ends with one that ended $what", async ({ child, becomes }) => {
    expect((await looked({ child })).record("sub")).toMatchObject(becomes);
  });

  it.each([
    { status: "failed", state: "queued" },
    { status: "cancelled", state: "failed" },
  ] as const)("is tried again after one that $status, if people did not end it: $state", async ({ status, state }) => {
    const runtime = await looked({ child: { status }, retries: { max_attempts: 2, backoff: "none" } });
    expect(runtime.record("sub")?.state).toBe(state);
  });

  it("passes on that a table cannot be read", async () => {
    const { runtime, attempt } = await nested({ child: { status: "running" } });
    runtime.tables.onSend = () => {
      throw new Error("throttled");
    };
    await expect(pollChild(runtime, attempt, { looks: 0 })).rejects.toThrow("throttled");
  });
});

describe("starting an execution for a task", () => {
  const launched = async (attempt: Attempt, runtime: MemoryRuntime) => {
    await launchChild(runtime, attempt);
    return runtime;
  };

  it.each([
    { depth: undefined, starts: true },
    { depth: 9, starts: true },
    { depth: 10, starts: false },
  ])("is done as deep as workflows may nest: from depth $depth $starts", async ({ depth, starts }) => {
    const { runtime, attempt } = await nested({ parent: { depth } });
    await launched(attempt, runtime);
    expect(runtime.children).toHaveLength(starts ? 1 : 0);
    expect(runtime.record("sub")?.state).toBe(starts ? "running" : "failed");
  });

  it("fails the task when there is no such workflow, for as often as it may be tried", async () => {
    const { runtime, attempt } = await nested({ retries: { max_attempts: 3, backoff: "none" } });
    Object.assign(runtime, { startChild: () => Promise.reject(new NotFoundError("workflow", "other")) });
    await launched(attempt, runtime);
    expect(runtime.record("sub")).toMatchObject({ state: "failed", failure: { code: "NotFound" } });
  });

  it("is left to a later message when it cannot be done now", async () => {
    const { runtime, attempt } = await nested();
    Object.assign(runtime, { startChild: () => Promise.reject(new Error("throttled")) });
    await expect(launched(attempt, runtime)).rejects.toThrow("throttled");
    expect(runtime.record("sub")?.state).toBe("running");
  });
});

describe("a run that has not moved, with a task that runs as an execution,", () => {
  async function revived(child: HeadFields | undefined) {
    const { runtime } = await nested({ child });
    runtime.time += 600_000;
    const count = await reviveRun({ ...controlOf(runtime).deps, depth: async () => 0 }, runtime.head());
    return { runtime, count };
  }

  it.each([
    { what: "has ended", child: { status: "completed" } },
    { what: "was never there", child: undefined },
  ] as const)("has the task told when that $what", async ({ child }) => {
    const { runtime, count } = await revived(child);
    expect(runtime.settles).toEqual([{ dispatch: runtime.dispatch("sub") }]);
    expect(count).toBe(1);
  });

  it("waits for one that goes on", async () => {
    const { runtime, count } = await revived({ status: "running" });
    expect({ settles: runtime.settles, count }).toEqual({ settles: [], count: 0 });
  });
});
