import { ExecutionDoesNotExist } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { reconcileExecutions } from "../../../functions/reconcile-executions/reconcile-executions.ts";
import type { MissedStatus } from "../../../shared/execution/control/tracker.ts";
import { fakeSfn } from "../../fixtures/runtime/fake-client.ts";
import { controlOf } from "../../fixtures/runtime/memory-control.ts";
import { MemoryRuntime, planOf, START, task } from "../../fixtures/runtime/memory-runtime.ts";

const Request = z.object({ name: z.string().optional(), executionArn: z.string().optional(), error: z.string().optional(), cause: z.string().optional() });

/** Step Functions with machines by the name of their execution. */
function world(machines: Readonly<Record<string, string>>) {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  const started: string[] = [];
  const reported: MissedStatus[] = [];
  const stopped: object[] = [];
  const send = async (command: { input: object; constructor: { name: string } }) => {
    const input = Request.parse(command.input);
    if (input.name !== undefined) {
      if (machines[input.name] === "broken") throw new Error("the machine was deleted");
      started.push(input.name);
      return {};
    }
    const status = machines[input.executionArn?.split(":").at(-1) ?? ""];
    if (status === undefined) throw new ExecutionDoesNotExist({ message: "no", $metadata: {} });
    if (command.constructor.name === "StopExecutionCommand") {
      if (status === "throttled") throw new Error("too many calls");
      stopped.push(input);
      return {};
    }
    return { status, input: "{}" };
  };
  const deps = {
    ...controlOf(runtime).deps,
    sfn: fakeSfn(send),
    now: () => new Date(START + 600_000),
    report: async (missed: MissedStatus) => void reported.push(missed),
  };
  return { runtime, started, stopped, reported, deps };
}

const idOf = (index: number): string => `exec_${String(index).padStart(10, "0")}`;

describe("reconcileExecutions", () => {
  it("starts a submission whose machine never started and reports where it stands", async () => {
    const { runtime, started, reported, deps } = world({ [`${idOf(1)}-r1`]: "RUNNING" });
    await runtime.submit({ executionId: idOf(1), status: "submitted" });
    expect(await reconcileExecutions(deps)).toEqual({ started: 1, stopped: 0, reported: 1, failed: [], completed: 0, released: 0, admitted: 0, revived: 0, slaTold: 0, rebuilt: 0 });
    expect(started).toEqual([`${idOf(1)}-r1`]);
    expect(reported).toMatchObject([{ executionArn: `arn:aws:states:eu-central-1:1:execution:a2a-dev-acme-drawn:${idOf(1)}-r1`, status: "RUNNING" }]);
  });

  it("reports a submission whose machine started and ended unheard", async () => {
    const { runtime, reported, deps } = world({ [`${idOf(1)}-r1`]: "SUCCEEDED" });
    await runtime.submit({ executionId: idOf(1), status: "submitted" });
    await reconcileExecutions(deps);
    expect(reported).toMatchObject([{ status: "SUCCEEDED" }]);
  });

  it("reports an end that went unheard and leaves running machines alone", async () => {
    const { runtime, reported, deps } = world({ [`${idOf(1)}-r1`]: "FAILED", [`${idOf(2)}-r3`]: "RUNNING" });
    await runtime.submit({ executionId: idOf(1) });
    await runtime.submit({ executionId: idOf(2), run: 3 });
    await reconcileExecutions(deps);
    expect(reported.map(({ status }) => status)).toEqual(["FAILED"]);
  });

  it("leaves an execution alone that is younger than a minute, unknown to Step Functions, or over", async () => {
    const { runtime, reported, started, deps } = world({});
    await runtime.submit({ executionId: idOf(1), status: "submitted", submittedAt: new Date(START + 590_000).toISOString() });
    await runtime.submit({ executionId: idOf(2) });
    expect(await reconcileExecutions(deps)).toEqual({ started: 0, stopped: 0, reported: 0, failed: [], completed: 0, released: 0, admitted: 0, revived: 0, slaTold: 0, rebuilt: 0 });
    expect([...reported, ...started]).toEqual([]);
  });

  it("mends the others when one cannot be mended", async () => {
    const { runtime, started, deps } = world({ [`${idOf(1)}-r1`]: "broken", [`${idOf(2)}-r1`]: "RUNNING" });
    await runtime.submit({ executionId: idOf(1), status: "submitted" });
    await runtime.submit({ executionId: idOf(2), status: "submitted" });
    const { failed } = await reconcileExecutions(deps);
    expect(failed).toMatchObject([{ executionId: idOf(1) }]);
    expect(started).toEqual([`${idOf(2)}-r1`]);
  });

  it("comes round to every machine however many are open", async () => {
    const count = 250;
    const ended = Object.fromEntries(Array.from({ length: count }, (_, index) => [`${idOf(index)}-r1`, "SUCCEEDED"]));
    const { runtime, reported, deps } = world(ended);
    for (let index = 0; index < count; index += 1) await runtime.submit({ executionId: idOf(index) });
    for (let minute = 0; minute < 3; minute += 1) await reconcileExecutions({ ...deps, now: () => new Date(START + (10 + minute) * 60_000) });
    expect(new Set(reported.map(({ executionArn }) => executionArn)).size).toBe(count);
  });
});

/** The sweep looks at 10:10; the machine stands at RUNNING unless said otherwise. */
const ten = "2026-11-21T10:00:00.000Z";
const STOPPED = {
  executionArn: `arn:aws:states:eu-central-1:1:execution:a2a-dev-acme-drawn:${idOf(1)}-r1`,
  error: "ExecutionTimedOut",
  cause: "the execution took longer than its limit of 600 s; raise execution_timeout_seconds or look at its slowest tasks",
};

describe("the deadline of an execution", () => {
  it.each([
    { what: "stops a run whose time is over", more: { startedAt: ten, executionTimeoutSeconds: 600 }, stopped: [STOPPED] },
    { what: "leaves a second that is left", more: { startedAt: ten, executionTimeoutSeconds: 601 }, stopped: [] },
    { what: "gives an hour when nothing is said", more: { startedAt: ten }, stopped: [] },
    { what: "counts from the start, not from submission", more: { executionTimeoutSeconds: 1 }, stopped: [] },
    { what: "stands still while paused", more: { startedAt: ten, executionTimeoutSeconds: 1, status: "paused" as const }, stopped: [] },
  ])("$what", async ({ more, stopped: expected }) => {
    const { runtime, stopped, deps } = world({ [`${idOf(1)}-r1`]: "RUNNING" });
    await runtime.submit({ executionId: idOf(1), ...more });
    expect(await reconcileExecutions(deps)).toEqual({ started: 0, stopped: expected.length, reported: 0, failed: [], completed: 0, released: 0, admitted: 0, revived: 0, slaTold: 0, rebuilt: 0 });
    expect(stopped).toEqual(expected);
  });

  it("is checked for every open execution, not for this minute's share, a hundred stops at most", async () => {
    const machines = Object.fromEntries(Array.from({ length: 250 }, (_, index) => [`${idOf(index)}-r1`, "RUNNING"]));
    const { runtime, stopped, deps } = world(machines);
    const executionTimeoutSeconds = 60;
    for (let index = 0; index < 250; index += 1) {
      await runtime.submit({ executionId: idOf(index), ...(index % 2 === 0 ? { startedAt: ten, executionTimeoutSeconds } : {}) });
    }
    expect(await reconcileExecutions(deps)).toMatchObject({ stopped: 100, failed: [], completed: 0, released: 0, admitted: 0, revived: 0, slaTold: 0, rebuilt: 0 });
    expect(stopped).toHaveLength(100);
  });

  it("ends an execution whose machine is gone", async () => {
    const { runtime, reported, deps } = world({});
    await runtime.submit({ executionId: idOf(1), startedAt: ten, executionTimeoutSeconds: 600 });
    await reconcileExecutions(deps);
    const { plan } = runtime.view;
    const input = JSON.stringify({ tenant: "acme", execution: idOf(1), run: 1, plan: plan.planHash, queue: "q/medium" });
    expect(reported).toEqual([{ ...STOPPED, status: "ABORTED", input }]);
  });

  it("stops the others when one cannot be stopped", async () => {
    const { runtime, stopped, deps } = world({ [`${idOf(1)}-r1`]: "RUNNING", [`${idOf(2)}-r1`]: "throttled" });
    for (const index of [2, 1]) await runtime.submit({ executionId: idOf(index), startedAt: ten, executionTimeoutSeconds: 600 });
    expect(await reconcileExecutions(deps)).toMatchObject({ stopped: 1, failed: [{ executionId: idOf(2) }] });
    expect(stopped).toEqual([STOPPED]);
  });
});
