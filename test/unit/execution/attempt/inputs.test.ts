import { describe, expect, it } from "vitest";
import { evaluateInputs, loadInputs, loadItem, overlay, ownInput, routingKeyOf, scopeOf } from "../../../../shared/execution/attempt/inputs.ts";
import { loadAttempt } from "../../../../shared/execution/runtime/load-attempt.ts";
import { expressionOf } from "../../../../shared/expression/expression.ts";
import { TASK_VARIABLES } from "../../../../shared/execution/attempt/inputs.ts";
import { EXECUTION, MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

interface Given {
  readonly head?: HeadFields;
  /** The row of `it`, and that of the task before it. */
  readonly row?: RowFields;
  readonly before?: RowFields;
}

/** The attempt of a task `it` that depends on `before`. */
async function attempted(more: object, { head = {}, row = {}, before = { state: "completed", output: { json: '{"n":7}' } } }: Given = {}) {
  const runtime = new MemoryRuntime(planOf([task("before"), task("it", ["before"], more)]));
  const execution = await runtime.submit(head);
  for (const record of [taskRow({ task: "before", state: "completed", ...before }), taskRow({ task: "it", state: "running", agentId: "agent-one", ...row })]) {
    await saveRow(runtime.executions, execution, { row: record });
  }
  const attempt = await loadAttempt(runtime, runtime.dispatch("it"));
  if (attempt === undefined) throw new Error("no attempt");
  return { runtime, attempt };
}

async function scope(text: string, given: Given = {}): Promise<Record<string, unknown>> {
  const { runtime, attempt } = await attempted({}, given);
  const expressions = [expressionOf(text, TASK_VARIABLES)];
  return scopeOf(runtime, attempt, { expressions, inputs: await loadInputs(runtime, attempt) });
}

describe("what expressions of a task may speak of", () => {
  it("is loaded only where they do", async () => {
    expect(await scope("1 == 1", { row: { event: { json: '{"order":7}' } } })).toEqual({ input: undefined, session: undefined, outputs: {}, tasks: { before: { state: "completed" } }, item: undefined, index: undefined, event: undefined });
  });

  it.each([
    { text: "input.greeting", has: { input: { greeting: "hello" }, session: undefined } },
    { text: "outputs.before.n", has: { outputs: { before: { n: 7 } }, input: undefined } },
    { text: "size(outputs)", has: { outputs: { before: { n: 7 } } } },
    { text: "outputs[input.greeting]", has: { outputs: { before: { n: 7 } }, input: { greeting: "hello" } } },
    { text: "outputs.other", has: { outputs: {} } },
  ])("is for '$text' what it names", async ({ text, has }) => {
    expect(await scope(text)).toMatchObject(has);
  });

  it("has no output of a task that left none", async () => {
    expect(await scope("size(outputs)", { before: { state: "failed" } })).toMatchObject({ outputs: {}, tasks: { before: { state: "failed" } } });
  });

  it("has what the session remembered, and nothing without one", async () => {
    expect(await scope("session.name", { head: { session: { id: "session_0123456789", version: 1, variables: { json: '{"name":"ann"}' } } } })).toMatchObject({ session: { name: "ann" } });
    expect(await scope("has(session.name)")).toMatchObject({ session: {} });
  });

  it("has the event that it waited for", async () => {
    expect(await scope("event.order", { row: { event: { json: '{"order":7}' } } })).toMatchObject({ event: { order: 7 } });
    expect(await scope("event.order")).toMatchObject({ event: undefined });
  });
});

describe("an element of a list", () => {
  const itemOf = async (list: string) => {
    const { runtime, attempt } = await attempted({}, { row: { items: { count: 2, list: { json: list } } } });
    return loadItem(runtime, attempt, { group: "it", index: 1 });
  };

  it("is the one at its place, and nothing where there is no list", async () => {
    expect(await itemOf("[5,6]")).toBe(6);
    expect(await itemOf('{"1":6}')).toBeUndefined();
  });

  it("cannot be found for a task that has none", async () => {
    const { runtime, attempt } = await attempted({});
    await expect(loadItem(runtime, attempt, { group: "ghost", index: 0 })).rejects.toThrow("list of task");
  });
});

describe("what a task adds to its input", () => {
  it("are its fields, computed ones over them, and edited ones over both", async () => {
    const more = { input: { fixed: 1, n: 0, kept: true }, input_from: { n: "outputs.before.n" } };
    const own = async (row: RowFields) => {
      const { runtime, attempt } = await attempted(more, { row });
      return ownInput(runtime, attempt, await loadInputs(runtime, attempt));
    };
    expect(await own({})).toEqual({ fixed: 1, n: 7, kept: true });
    expect(await own({ input: { json: '{"n":9}' } })).toEqual({ fixed: 1, n: 9, kept: true });
    expect(await own({ input: { json: "[9]" } })).toEqual({ fixed: 1, n: 7, kept: true });
    expect(await own({ input: { json: "null" } })).toEqual({ fixed: 1, n: 7, kept: true });
  });

  it("is nothing computed where nothing is to be", async () => {
    const { runtime, attempt } = await attempted({ input: { fixed: 1 } });
    expect(await evaluateInputs(runtime, attempt, new Map())).toEqual({});
  });

  it.each([
    { input: { a: 1, b: 1 }, own: { b: 2 }, whole: { a: 1, b: 2 } },
    { input: { a: 1 }, own: {}, whole: { a: 1 } },
    { input: [1], own: {}, whole: [1] },
    { input: [1], own: { b: 2 }, whole: { b: 2 } },
    { input: null, own: { b: 2 }, whole: { b: 2 } },
    { input: "text", own: { b: 2 }, whole: { b: 2 } },
  ])("lies over the execution's: $own over $input", ({ input, own, whole }) => {
    expect(overlay(input, own)).toEqual(whole);
  });
});

describe("what routing goes by", () => {
  it.each([
    { what: "the execution where the task says nothing", more: {}, key: EXECUTION },
    { what: "a text as it is", more: { routing_key: "input.greeting" }, key: "hello" },
    { what: "anything else as JSON", more: { routing_key: "outputs.before" }, key: '{"n":7}' },
  ])("is $what", async ({ more, key }) => {
    const { runtime, attempt } = await attempted(more);
    expect(await routingKeyOf(runtime, attempt)).toBe(key);
  });

  it("is the execution for what is no agent's work", async () => {
    const runtime = new MemoryRuntime(planOf([{ id: "it", workflow: { name: "other" } }]));
    await saveRow(runtime.executions, await runtime.submit(), { row: taskRow({ task: "it", state: "running" }) });
    const attempt = await loadAttempt(runtime, runtime.dispatch("it"));
    if (attempt === undefined) throw new Error("no attempt");
    expect(await routingKeyOf(runtime, attempt)).toBe(EXECUTION);
  });
});
