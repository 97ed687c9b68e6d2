import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { deliverEvent, isAwaited } from "../../../../shared/execution/attempt/deliver-event.ts";
import { settleTask } from "../../../../functions/settle-task/settle-task.ts";
import { watchTask } from "../../../../functions/watch-task/watch-task.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { findTask } from "../../../../shared/execution/task/for-each.ts";
import { isSkippedByInputs } from "../../../../shared/execution/task/task-rules.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import type { BusEvent } from "../../../../shared/execution/bus-event.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { drain, startGraphRun, states } from "../../functions/memory-run.ts";
import { atFirstAgent } from "../../functions/hedged-run.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();

describe("instances of a list", () => {
  const LIST = [task("each", [], { for_each: { items: "input.list", max_concurrency: 2 }, retry_policy: "none" })];
  async function started(list: readonly number[], tasks: readonly object[] = LIST): Promise<MemoryRuntime> {
    const runtime = new MemoryRuntime(planOf(tasks));
    runtime.onSend = ({ data }) => ({ kind: "working", agentTaskId: `remote-${String(data["task"])}` });
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await startGraphRun(runtime, { input: { json: JSON.stringify({ list }) } });
    await drain(runtime);
    return runtime;
  }
  const end = async (runtime: MemoryRuntime, index: number): Promise<void> => {
    await settleTask(runtime, { dispatch: runtime.dispatch(`each[${index}]`) });
  };
  const queued = (runtime: MemoryRuntime) => runtime.tasks.splice(0).map(({ message }) => message.task);

  it("have the list looked at by the last of as many chains as may run, and by none before it", async () => {
    const runtime = await started([1, 2]);
    await end(runtime, 0);
    expect(queued(runtime)).toEqual([]);
    await end(runtime, 1);
    expect(queued(runtime)).toEqual(["each"]);
  });

  it("start the next of a list that is longer than that", async () => {
    const runtime = await started([1, 2, 3]);
    await end(runtime, 0);
    expect(queued(runtime)).toEqual(["each[2]"]);
    await end(runtime, 1);
    expect(queued(runtime)).toEqual([]);
  });

  it("have the list looked at as soon as the one ends that it waits for", async () => {
    const runtime = await started([1, 2]);
    await dispatchTask(runtime, { ...runtime.message("each"), run: { ...runtime.message("each").run, runner: "graph" }, seen: 0, token: "token-of-run" });
    expect(runtime.parked()).toContain("PARK#each on each[0]");
    await end(runtime, 0);
    expect(queued(runtime)).toEqual(["each"]);
    expect(runtime.parked()).toEqual([]);
  });

  it("have nothing compared of a list that is over, or belongs to another run", async () => {
    const compared = async (list: RowFields): Promise<readonly string[]> => {
      const runtime = await started([1, 2]);
      moveElsewhere(runtime, "each[0]", { state: "completed", output: { json: "1" } });
      moveElsewhere(runtime, "each", list);
      runtime.tasks.length = 0;
      await watchTask(runtime, { dispatch: runtime.dispatch("each[0]"), looks: 0 });
      return queued(runtime);
    };
    expect(await compared({})).toEqual(["each"]);
    expect(await compared({ state: "completed" })).toEqual([]);
    expect(await compared({ run: 2 })).toEqual([]);
  });

  it("take the element, its index and their list's input, as their expressions ask for them", async () => {
    const tasks = [task("each", [], { for_each: { items: "input.list" }, input_from: { doubled: "item * 2", place: "index", all: "size(input.list)" } })];
    const runtime = await started([5, 6], tasks);
    expect(runtime.sent.map(({ message }) => message.data["input"])).toMatchObject([{ doubled: 10, place: 0, all: 2 }, { doubled: 12, place: 1, all: 2 }]);
  });
});

describe("an expression", () => {
  it("has the execution's input read only where it speaks of it", async () => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { when: "1 == 1" })]));
    runtime.registry = [];
    await runtime.submit({ input: { json: "not json" } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.record("a")?.state).toBe("queued");
  });

  it("sees all outputs and states where it asks for all of them", async () => {
    const tasks = [task("a"), task("b", ["a"], { when: "tasks.a.state == 'completed' && outputs.exists(o, o == 'a')" })];
    const runtime = new MemoryRuntime(planOf(tasks));
    await startGraphRun(runtime);
    await drain(runtime);
    expect(states(runtime)).toEqual({ a: "completed", b: "completed" });
  });
});

describe("a task with an event", () => {
  it("has it in its expressions", async () => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { wait_for_event: { pattern: { "detail-type": ["x"] } }, input_from: { order: "event.order" } })]));
    const row = taskRow({ task: "a", state: "queued", attempt: 0, token: "token-a", event: { json: '{"order":7}' } });
    await saveRow(runtime.executions, await runtime.submit(), { row });
    await dispatchTask(runtime, runtime.message("a", { seen: 0 }));
    expect(runtime.sent[0]?.message.data).toMatchObject({ input: { order: 7 }, event: { order: 7 } });
  });

  const EVENT: BusEvent = { id: "e1", source: "shop", detailType: "order.paid", detail: { order: 7 }, time: at(10) };
  const WAIT = { tenant: TENANT, execution: EXECUTION, task: "a", pattern: { "detail-type": ["order.paid"] }, since: at(10) };

  it.each([
    { what: "of the second in which the wait began", wait: WAIT, is: true },
    { what: "from before the wait", wait: { ...WAIT, since: at(11) }, is: false },
    { what: "of another kind", wait: { ...WAIT, pattern: { "detail-type": ["order.sent"] } }, is: false },
  ])("takes one $what: $is", ({ wait, is }) => {
    expect(isAwaited(wait, EVENT)).toBe(is);
  });

  const delivered = async (record: RowFields, before: (runtime: MemoryRuntime) => void = () => {}) => {
    const runtime = new MemoryRuntime(planOf([task("a", [], { wait_for_event: { pattern: WAIT.pattern } })]));
    const row = taskRow({ task: "a", state: "parked", attempt: 0, ...record });
    await saveRow(runtime.executions, await runtime.submit(), { row });
    before(runtime);
    await deliverEvent(runtime, WAIT, EVENT);
    return runtime.record("a");
  };

  it("is handed over to who waits for it", async () => {
    expect(await delivered({ reason: "event" })).toMatchObject({ state: "queued", event: { json: '{"order":7}' } });
  });

  it.each([
    { what: "waits for a decision", record: { reason: "approval" as const } },
    { what: "is at work", record: { state: "running" as const, reason: "event" as const } },
  ])("is not handed over to one that $what", async ({ record }) => {
    expect(await delivered(record)).not.toHaveProperty("event");
  });

  it("is handed over to the row as it is when that changes in the same moment, and to no newer run's", async () => {
    const once = (change: RowFields) => (runtime: MemoryRuntime) => void meanwhile(runtime, { sk: "TASK#a" }, () => moveElsewhere(runtime, "a", change));
    expect(await delivered({ reason: "event" }, once({ attempt: 1 }))).toMatchObject({ state: "queued", attempt: 1, event: { json: '{"order":7}' } });
    expect(await delivered({ reason: "event" }, once({ run: 2, state: "queued", reason: undefined }))).toMatchObject({ run: 2, state: "queued" });
  });
});

describe("a hedged task", () => {
  it("asks for no second answer before it has a second agent", async () => {
    const runtime = await atFirstAgent();
    moveElsewhere(runtime, "a~hedge", { task: "a~hedge", state: "completed", run: 1, attempt: 1, token: "t", output: { json: "2" } });
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    expect(runtime.record("a")?.state).toBe("running");
  });

  it("takes the second answer on a look as well, and asks the first agent nothing more", async () => {
    const runtime = await atFirstAgent();
    runtime.time = START + 21_000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    await drain(runtime);
    moveElsewhere(runtime, "a~hedge", { state: "completed", output: { json: "2" } });
    runtime.onGet = () => {
      throw new Error("nobody should ask");
    };
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 2 });
    expect(runtime.record("a")).toMatchObject({ state: "completed", output: { json: "2" } });
    expect(runtime.cancelled).toEqual(["remote-agent-one"]);
  });

  it("is not looked at again for a second answer that comes after its own", async () => {
    const runtime = await atFirstAgent();
    runtime.time = START + 21_000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    await drain(runtime);
    moveElsewhere(runtime, "a", { state: "completed" });
    runtime.onGet = () => ({ kind: "completed", output: 2 });
    await settleTask(runtime, { dispatch: runtime.dispatch("a~hedge") });
    expect(runtime.settles).toEqual([]);
  });

  it("leaves a second answer alone that came before its own end", async () => {
    const runtime = await atFirstAgent();
    runtime.time = START + 21_000;
    await watchTask(runtime, { dispatch: runtime.dispatch("a"), looks: 1 });
    await drain(runtime);
    moveElsewhere(runtime, "a~hedge", { state: "failed" });
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await settleTask(runtime, { dispatch: runtime.dispatch("a") });
    expect(states(runtime)).toEqual({ a: "completed", "a~hedge": "failed" });
    expect(runtime.cancelled).toEqual([]);
  });
});

describe("a name", () => {
  const { tasks } = viewPlan(planOf([task("plain"), task("each", [], { for_each: { items: "input.list" } }), task("twice", [], { hedge: { after: 1 } }), { id: "gate", wait_for_event: { pattern: { "detail-type": ["x"] } } }]));
  it.each([
    { name: "plain", id: "plain" },
    { name: "each", id: "each" },
    { name: "each[3]", id: "each[3]" },
    { name: "twice~hedge", id: "twice~hedge" },
    { name: "plain[0]", id: undefined },
    { name: "ghost[0]", id: undefined },
    { name: "plain[x]", id: undefined },
    { name: "ghost", id: undefined },
    { name: "plain~hedge", id: undefined },
    { name: "gate~hedge", id: undefined },
    { name: "ghost~hedge", id: undefined },
  ])("'$name' stands for $id", ({ name, id }) => {
    expect(findTask(tasks, name)?.id).toBe(id);
  });
});

describe("an input that was skipped", () => {
  const [join] = planOf([task("a"), task("b"), task("c", ["a", "b"], { join: "all" })]).tasks.filter(({ id }) => id === "c");
  const skips = (a: Pick<TaskRecord, "state" | "output">): boolean =>
    join !== undefined && isSkippedByInputs(join, new Map([["a", a], ["b", { state: "completed" as const, output: { json: "1" } }]]));

  it.each([
    { what: "is passed on", a: { state: "skipped" as const }, is: true },
    { what: "is none with a stand-in for its result", a: { state: "skipped" as const, output: { json: "1" } }, is: false },
    { what: "is not the same as one that gave nothing", a: { state: "failed" as const }, is: false },
  ])("$what: $is", ({ a, is }) => {
    expect(skips(a)).toBe(is);
  });
});
