import { describe, expect, it } from "vitest";
import { carryOutCompensation } from "../../../shared/execution/run/compensate.ts";
import { planOf as planOfRun } from "../../../shared/execution/runtime/attempt.ts";
import { present } from "../../../shared/core/present.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import type { TaskMessage } from "../../../shared/execution/messages.ts";
import { startOf } from "../../../shared/execution/run/start-run.ts";
import { MemoryRuntime, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";
import { drain, graphRunRef, startGraphRun, states } from "./memory-run.ts";

const SAGA = { fault_tolerance: { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } } };
const undo = (action: string) => ({ compensation_action: action });
const STEPS = [
  task("collect", [], undo("delete")),
  task("validate", ["collect"], undo("reset")),
  task("calculate", ["validate"], { ...undo("clear"), retry_policy: "none" }),
  task("publish", ["calculate"]),
];

/** The same beside a task with a second attempt, of which the plan's rows do not tell all. */
const OPEN = [...STEPS, task("beside", [], { hedge: { after: 50 } })];

/** A run of the steps in which `failing` fails; the message that ends it lies there. */
async function failedRun(steps = STEPS, failing = "calculate", more: object = SAGA): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf(steps, more));
  runtime.registry = runtime.registry.map((agent) => ({ ...agent, capabilities: ["work", "delete", "reset", "clear"] }));
  runtime.onSend = ({ data }) =>
    data["task"] === failing
      ? { kind: "failed", failure: { code: "AgentRejected", message: "no" }, retryable: false }
      : { kind: "completed", output: { did: data["task"] } };
  const { task: send } = runtime.mail;
  const ends: TaskMessage[] = [];
  Object.assign(runtime.mail, { task: async (message: TaskMessage, delay: number) => (message.failure === undefined ? send(message, delay) : void ends.push(message)) });
  await startGraphRun(runtime);
  await drain(runtime);
  endings.set(runtime, present(ends[0]));
  return runtime;
}

const endings = new WeakMap<MemoryRuntime, TaskMessage>();

/** Delivers the message that ends the run. */
const end = (runtime: MemoryRuntime): Promise<void> => dispatchTask(runtime, present(endings.get(runtime)));

/** Starts the run of compensations, and lets it end. */
async function undoAll(runtime: MemoryRuntime): Promise<void> {
  const head = runtime.head();
  const run = { ...graphRunRef(runtime, head.run), plan: planOfRun(head) };
  await runtime.mail.task(startOf(run), 0);
  await drain(runtime);
}

const sent = (runtime: MemoryRuntime) => runtime.sent.map(({ message }) => `${String(message.data["task"])} ${String(message.data["skill"])}`);

describe("a saga whose third step fails", () => {
  it("undoes what was done, last first, and fails then", async () => {
    const runtime = await failedRun();
    await end(runtime);
    expect(runtime.head()).toMatchObject({ status: "running", run: 2, compensation: { status: "running", endsAs: "failed" } });
    expect(runtime.runs).toEqual(["exec_0123456789-r2"]);
    await undoAll(runtime);
    expect(sent(runtime).slice(3)).toEqual(["validate~undo reset", "collect~undo delete"]);
    expect(runtime.head()).toMatchObject({
      status: "failed",
      compensation: { status: "completed" },
      failure: { task: "calculate", code: "AgentRejected" },
    });
    expect(runtime.head().pending).toBeUndefined();
    const told = runtime.events().filter((type) => type.startsWith("compensation."));
    expect(told.toSorted()).toEqual(["compensation.completed", "compensation.started"]);
  });

  it("hands each compensation the output of what it undoes", async () => {
    const runtime = await failedRun();
    await end(runtime);
    await undoAll(runtime);
    expect(runtime.sent[3]?.message.data["dependencies"]).toEqual({ validate: { did: "validate" }, collect: { did: "collect" } });
  });

  it("parks a compensation that fails for good, and completes once it is retried", async () => {
    const runtime = await failedRun();
    await end(runtime);
    runtime.onSend = () => ({ kind: "failed", failure: { code: "AgentRejected", message: "not now" }, retryable: false });
    await undoAll(runtime);
    expect(states(runtime)).toMatchObject({ "validate~undo": "parked" });
    expect(runtime.record("validate~undo")).toMatchObject({ reason: "operator", failure: { code: "AgentRejected" } });
    expect(runtime.head().status).toBe("running");
  });

  it("undoes nothing once its pivot has completed", async () => {
    const runtime = await failedRun([task("a", [], undo("delete")), task("pivot", ["a"], { is_pivot: true }), task("b", ["pivot"], { retry_policy: "none" })], "b");
    await end(runtime);
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "b" } });
    expect(runtime.head().compensation).toBeUndefined();
  });

  it("does so once, however often its end is told", async () => {
    const runtime = await failedRun();
    await end(runtime);
    await end(runtime);
    expect(runtime.runs).toHaveLength(1);
  });

  it("is begun at once where no dispatcher could start anything any more", async () => {
    const runtime = await failedRun();
    await end(runtime);
    expect(runtime.pauses).toEqual([]);
    expect(runtime.told("workflow.controlled").map(([, facts]) => facts)).toMatchObject([{ action: "compensate", until: "2026-11-21T10:00:02.000Z" }]);
  });

  it("is begun by the next telling of its end when the first was cut off, without waiting for the sweep", async () => {
    const runtime = await failedRun(OPEN);
    const pause = runtime.pause;
    Object.assign(runtime, { pause: () => Promise.reject(new Error("the worker was killed")) });
    await expect(end(runtime)).rejects.toThrow("killed");
    expect(runtime.head()).toMatchObject({ run: 2, pending: { compensate: "failed" } });
    Object.assign(runtime, { pause });
    runtime.time += 500;
    await end(runtime);
    expect(runtime.pauses).toEqual([1500]);
    expect(runtime.head()).toMatchObject({ run: 2, compensation: { status: "running" } });
    expect(runtime.runs).toHaveLength(1);
  });

  it("keeps to the plan of whoever planned first when two do at the same time", async () => {
    const runtime = await failedRun(OPEN);
    Object.assign(runtime, { pause: () => Promise.reject(new Error("the worker was killed")) });
    await end(runtime).catch(() => undefined);
    runtime.time += 60_000;
    const head = runtime.head();
    await carryOutCompensation(runtime, head);
    const { compensation } = runtime.head();
    // The other looked before; meanwhile a task that was being recalled has turned out to be done.
    Object.assign(runtime.tables.row("T#acme#X#exec_0123456789", "TASK#calculate") ?? {}, { state: "completed", output: { json: "1" } });
    await carryOutCompensation(runtime, head);
    expect(runtime.head().compensation).toEqual(compensation);
  });

  it("is picked up where it was cut off, wherever that was", async () => {
    for (let cut = 1; cut < 40; cut += 1) {
      const runtime = await failedRun();
      let calls = 0;
        runtime.tables.onSend = () => {
        calls += 1;
        if (calls === cut) throw new Error("the worker was killed");
      };
      let isCut = false;
      await end(runtime).catch(() => void (isCut = true));
      runtime.tables.onSend = () => {};
      // The message comes again; what is pending the sweep completes.
      await end(runtime);
      if (runtime.head().pending !== undefined) await carryOutCompensation(runtime, runtime.head());
      expect(runtime.head()).toMatchObject({ run: 2, compensation: { status: "running" } });
      await undoAll(runtime);
        expect(sent(runtime).slice(3)).toEqual(["validate~undo reset", "collect~undo delete"]);
      expect(runtime.head().status).toBe("failed");
      if (!isCut) return;
    }
    throw new Error("it never ran to its end");
  });
});

describe("a workflow without a saga", () => {
  it("fails at once and undoes nothing", async () => {
    const runtime = await failedRun(STEPS, "calculate", {});
    await end(runtime);
    expect(runtime.head()).toMatchObject({ status: "failed", run: 1 });
    expect(runtime.runs).toEqual([]);
  });
});
