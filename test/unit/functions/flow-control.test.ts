import { describe, expect, it } from "vitest";
import { MemoryRuntime, planOf, task } from "../../fixtures/runtime/memory-runtime.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { Crash, drain, graphRunRef, startGraphRun, states } from "./memory-run.ts";
import { eventsIn } from "../../fixtures/runtime/memory-stream.ts";

/** A run whose agents answer at once: `{ task }`, or what `answer` says. */
async function run(tasks: readonly object[], more: object = {}, answer: (data: Record<string, unknown>) => unknown = () => undefined) {
  const runtime = new MemoryRuntime(planOf(tasks, more));
  runtime.onSend = ({ data }) => {
    const output = answer(data) ?? { task: data["task"] };
    return output instanceof Error
      ? { kind: "failed", failure: { code: "AgentFailed", message: output.message }, retryable: false }
      : { kind: "completed", output };
  };
  await startGraphRun(runtime);
  await drain(runtime);
  return runtime;
}

const sentTasks = (runtime: MemoryRuntime) => runtime.sent.map(({ message }) => String(message.data["task"]));

describe("a condition", () => {
  const branches = [
    task("find"),
    task("few", ["find"], { when: "outputs.find.count <= 10" }),
    task("many", ["find"], { when: "outputs.find.count > 10" }),
    task("after-many", ["many"]),
    task("join", ["few", "after-many"]),
  ];

  it.each([
    { count: 3, sent: ["find", "few", "join"], skipped: ["after-many", "many"] },
    { count: 11, sent: ["find", "many", "after-many", "join"], skipped: ["few"] },
  ])("takes one branch when count is $count, and the branches meet again", async ({ count, sent, skipped }) => {
    const runtime = await run(branches, {}, ({ task: id }) => (id === "find" ? { count } : undefined));
    expect(sentTasks(runtime).toSorted()).toEqual(sent.toSorted());
    const ended = states(runtime);
    expect(Object.keys(ended).filter((id) => ended[id] === "skipped")).toEqual(skipped);
    expect(runtime.head().status).toBe("completed");
  });

  it("hands a skipped input over as null", async () => {
    const runtime = await run(branches, {}, ({ task: id }) => (id === "find" ? { count: 3 } : undefined));
    const join = runtime.sent.find(({ message }) => message.data["task"] === "join");
    expect(join?.message.data["dependencies"]).toEqual({ few: { task: "few" }, "after-many": null });
  });

  it.each([
    { join: "any", state: "completed" },
    { join: "all", state: "skipped" },
    { join: "always", state: "completed" },
  ])("skips a task with one skipped input of two when it joins $join: $state", async ({ join, state }) => {
    const tasks = [task("a", [], { when: "false" }), task("b"), task("c", ["a", "b"], { join })];
    expect(states(await run(tasks))["c"]).toBe(state);
  });

  it("runs a task all of whose inputs were skipped only when it always joins", async () => {
    const tasks = [task("a", [], { when: "false" }), task("b", ["a"]), task("c", ["a"], { join: "always" })];
    expect(states(await run(tasks))).toEqual({ a: "skipped", b: "skipped", c: "completed" });
  });

  it("fails the task, and the run, when the data does not fit it", async () => {
    const runtime = await run([task("a"), task("b", ["a"], { when: "outputs.a.count > 1" })], {}, () => ({ other: 1 }));
    expect(runtime.record("b")).toMatchObject({ state: "failed", failure: { code: "ExpressionFailed" } });
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "b", code: "ExpressionFailed" } });
  });
});

describe("input_from", () => {
  it("lays values over the task's input", async () => {
    const tasks = [task("a"), task("b", ["a"], { input: { mode: "fast", n: 1 }, input_from: { n: "outputs.a.n * 2", who: "input.greeting" } })];
    const runtime = await run(tasks, {}, ({ task: id }) => (id === "a" ? { n: 21 } : undefined));
    expect(runtime.sent[1]?.message.data["input"]).toEqual({ greeting: "hello", mode: "fast", n: 42, who: "hello" });
  });
});

describe("for_each", () => {
  const listing = (rule: object) => [
    task("list"),
    task("work", ["list"], { for_each: { items: "outputs.list.urls", ...rule } }),
    task("sum", ["work"]),
  ];
  const urls = (count: number) => Array.from({ length: count }, (_, index) => `u${index}`);

  it("runs once per element, and gives the outputs in the list's order", async () => {
    const runtime = await run(listing({}), {}, ({ task: id, item, index }) => (id === "list" ? { urls: urls(3) } : id === "sum" ? {} : { item, index }));
    expect(sentTasks(runtime).toSorted()).toEqual(["list", "sum", "work[0]", "work[1]", "work[2]"]);
    const sum = runtime.sent.find(({ message }) => message.data["task"] === "sum");
    expect(sum?.message.data["dependencies"]).toEqual({
      work: [{ item: "u0", index: 0 }, { item: "u1", index: 1 }, { item: "u2", index: 2 }],
    });
    expect(runtime.head().status).toBe("completed");
  });

  it("completes at once over an empty list", async () => {
    const runtime = await run(listing({}), {}, ({ task: id }) => (id === "list" ? { urls: [] } : {}));
    expect(states(runtime)).toEqual({ list: "completed", work: "completed", sum: "completed" });
  });

  it("never has more under way than it may", async () => {
    const runtime = new MemoryRuntime(planOf(listing({ max_concurrency: 2 })));
    let underWay = 0;
    let most = 0;
    runtime.onSend = ({ data }) => {
      if (data["task"] === "list") return { kind: "completed", output: { urls: urls(9) } };
      if (String(data["task"]).startsWith("work")) most = Math.max(most, (underWay += 1));
      return { kind: "working", agentTaskId: `remote-${String(data["task"])}` };
    };
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await startGraphRun(runtime);
    await drain(runtime);
    for (let index = 0; index < 9; index += 1) {
      await drain(runtime);
      underWay -= 1;
      runtime.settles.push({ dispatch: runtime.dispatch(`work[${index}]`) });
    }
    await drain(runtime);
    expect(most).toBe(2);
    expect(states(runtime)["work"]).toBe("completed");
  });

  it("tolerates as many failures as it says, with null in their place", async () => {
    const runtime = await run(listing({ tolerated_failures: 1 }), {}, ({ task: id, index }) =>
      id === "list" ? { urls: urls(4) } : id === "work[2]" ? new Error("no") : { index });
    const sum = runtime.sent.find(({ message }) => message.data["task"] === "sum");
    expect(sum?.message.data["dependencies"]).toEqual({ work: [{ index: 0 }, { index: 1 }, null, { index: 3 }] });
  });

  it("fails with one failure too many, and starts nothing more", async () => {
    const runtime = await run(listing({ tolerated_failures: 1, max_concurrency: 1 }), {}, ({ task: id }) =>
      id === "list" ? { urls: urls(9) } : new Error("no"));
    expect(runtime.record("work")).toMatchObject({ state: "failed", failure: { code: "TooManyFailures" } });
    expect(sentTasks(runtime)).toEqual(["list", "work[0]", "work[1]"]);
    expect(runtime.head()).toMatchObject({ status: "failed", failure: { task: "work", code: "TooManyFailures" } });
  });

  it("parks the instance that failed, not the whole, where its definition says so", async () => {
    const tasks = listing({}).map((one) => ({ ...one, on_failure: "park" }));
    const runtime = await run(tasks, {}, ({ task: id, index }) => (id === "list" ? { urls: urls(3) } : index === 1 ? new Error("no") : { index }));
    expect(states(runtime)).toMatchObject({ work: "running", "work[0]": "completed", "work[1]": "parked", "work[2]": "completed" });
    expect(runtime.record("work[1]")).toMatchObject({ reason: "operator" });
  });

  it("starts again what was claimed just before a crash", async () => {
    const runtime = new MemoryRuntime(planOf(listing({ max_concurrency: 2 })));
    let lost = false;
    runtime.onSend = ({ data }) => ({ kind: "completed", output: data["task"] === "list" ? { urls: urls(5) } : 1 });
    await startGraphRun(runtime);
    const { mail } = runtime;
    const send = mail.task;
    Object.assign(mail, {
      task: async (message: Parameters<typeof send>[0], delay: number) => {
        if (message.task === "work[3]" && !lost) {
          lost = true;
          throw new Crash();
        }
        await send(message, delay);
      },
    });
    await drain(runtime);
    expect(lost).toBe(true);
    expect(states(runtime)["work"]).toBe("running");
    runtime.time += 5000;
    for (const { message } of runtime.tasks.splice(0)) await send(message, 0);
    await drain(runtime);
    expect(states(runtime)["work"]).toBe("completed");
    expect(sentTasks(runtime).filter((id) => id === "work[3]")).toHaveLength(1);
  });
});

describe("instances that are compared with what was started", () => {
  /** Two of five under way; the worker of `work[0]` died before it could start the next. */
  async function brokenOff(): Promise<MemoryRuntime> {
    const runtime = new MemoryRuntime(planOf([task("work", [], { for_each: { items: "[1, 2, 3, 4, 5]", max_concurrency: 2 } })]));
    runtime.onSend = ({ data }) => ({ kind: "working", agentTaskId: `remote-${String(data["task"])}` });
    runtime.onGet = () => ({ kind: "completed", output: 1 });
    await startGraphRun(runtime);
    await drain(runtime);
    runtime.tables.onSend = (_, input) => {
      if (JSON.stringify(input).includes("#next < #count")) throw new Crash();
    };
    await expect(settleTask(runtime, { dispatch: runtime.dispatch("work[0]") })).rejects.toThrow(Crash);
    runtime.tables.onSend = () => {};
    return runtime;
  }

  /** Delivers the comparison that was asked for. */
  async function compare(runtime: MemoryRuntime): Promise<void> {
    const [asked] = runtime.tasks.splice(0);
    runtime.time += (asked?.delay ?? 0) * 1000;
    if (asked !== undefined) await dispatchTask(runtime, asked.message);
  }

  const settleAgain = (runtime: MemoryRuntime) => settleTask(runtime, { dispatch: runtime.dispatch("work[0]") });

  it("are so once, whoever asks for it", async () => {
    const runtime = await brokenOff();
    await settleAgain(runtime);
    await settleAgain(runtime);
    expect(runtime.tasks.map(({ message, delay }) => [message.task, delay])).toEqual([["work", 5]]);
    await compare(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(["work[2]"]);
  });

  it("do not get ahead of a worker that has a moment ago heard of an end", async () => {
    const runtime = await brokenOff();
    runtime.time += 3000;
    await dispatchTask(runtime, { run: graphRunRef(runtime), task: "work", token: "run:none", seen: 0 });
    expect(runtime.tasks.map(({ message, delay }) => [message.task, delay])).toEqual([["work", 5]]);
    await compare(runtime);
    expect(runtime.tasks.map(({ message }) => message.task)).toEqual(["work[2]"]);
  });
});

describe("a task without an agent", () => {
  it("emits an event together with its end", async () => {
    const emit = { id: "tell", depends_on: ["a"], emit_event: { detail_type: "order.priced", detail: { currency: "EUR" } }, input_from: { price: "outputs.a.price" } };
    const runtime = await run([task("a"), emit], {}, () => ({ price: 5 }));
    const emitted = eventsIn(runtime.tables.changes).filter(({ type }) => type === "workflow.event_emitted");
    expect(emitted).toHaveLength(1);
    expect(emitted[0]?.facts).toMatchObject({ detail_type: "order.priced", detail: { currency: "EUR", price: 5 } });
    expect(states(runtime)["tell"]).toBe("completed");
  });
});
