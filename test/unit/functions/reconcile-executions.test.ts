import { ExecutionDoesNotExist } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { type MissedStatus, reconcileExecutions } from "../../../functions/reconcile-executions/reconcile-executions.ts";
import { fakeSfn } from "../../fixtures/runtime/fake-client.ts";
import { MemoryRuntime, planOf, START, task } from "../../fixtures/runtime/memory-runtime.ts";

const Request = z.object({ name: z.string().optional(), executionArn: z.string().optional() });

/** Step Functions with machines by the name of their execution. */
function world(machines: Readonly<Record<string, string>>) {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  const started: string[] = [];
  const reported: MissedStatus[] = [];
  const send = async (command: { input: object }) => {
    const input = Request.parse(command.input);
    if (input.name !== undefined) {
      if (machines[input.name] === "broken") throw new Error("the machine was deleted");
      started.push(input.name);
      return {};
    }
    const status = machines[input.executionArn?.split(":").at(-1) ?? ""];
    if (status === undefined) throw new ExecutionDoesNotExist({ message: "no", $metadata: {} });
    return { status, input: "{}" };
  };
  const deps = {
    executions: runtime.executions,
    queues: runtime.queues,
    sfn: fakeSfn(send),
    now: () => new Date(START + 600_000),
    report: async (missed: MissedStatus) => void reported.push(missed),
  };
  return { runtime, started, reported, deps };
}

const idOf = (index: number): string => `exec_${String(index).padStart(10, "0")}`;

describe("reconcileExecutions", () => {
  it("starts a submission whose machine never started and reports where it stands", async () => {
    const { runtime, started, reported, deps } = world({ [`${idOf(1)}-r1`]: "RUNNING" });
    await runtime.submit({ executionId: idOf(1), status: "submitted" });
    expect(await reconcileExecutions(deps)).toEqual({ started: 1, reported: 1, failed: [] });
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
    expect(await reconcileExecutions(deps)).toEqual({ started: 0, reported: 0, failed: [] });
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
