import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { agentOf, MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

/** As much of a value as a message in words quotes. */
const QUOTED = 60_000;
/** JSON of so many bytes. */
const json = (bytes: number): string => JSON.stringify({ text: "x".repeat(bytes - 11) });

/** What an agent that takes words alone is sent for an input of so many bytes. */
async function sent(bytes: number, more: object = {}, message_parts: "text" | "both" = "text") {
  const runtime = new MemoryRuntime(planOf([task("a", [], more)]));
  runtime.registry = [agentOf("agent-one", { message_parts })];
  await runtime.submit({ input: { json: json(bytes) } });
  await dispatchTask(runtime, runtime.message("a"));
  const { data, files } = runtime.sent[0]?.message ?? {};
  return { input: data?.["input"], files: files?.map(({ name }) => name), runtime };
}

describe("an input that words quote", () => {
  it("is quoted whole as far as words go, and can be fetched beyond", async () => {
    expect((await sent(QUOTED)).files).toEqual([]);
    const beyond = await sent(QUOTED + 1);
    expect(beyond.files).toEqual(["input"]);
    expect(beyond.input).toEqual(JSON.parse(json(QUOTED + 1)));
  });

  it("goes by what the execution was given, whatever fields the task adds", async () => {
    const more = { input: { style: "short" } };
    const whole = await sent(QUOTED, more);
    expect(whole.files).toEqual([]);
    expect(whole.input).toMatchObject({ style: "short" });
  });

  it("can be fetched with the fields that the task adds", async () => {
    const { files, input, runtime } = await sent(QUOTED + 1, { input: { style: "short" } });
    expect(files).toEqual(["input"]);
    expect(input).toMatchObject({ style: "short" });
    const kept = [...runtime.bucket.objects].filter(([key]) => key.includes("input")).map(([, text]) => text);
    expect(kept).toEqual([JSON.stringify(input)]);
  });

  it("is fetched from where it lies when the task adds nothing to it", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    runtime.registry = [agentOf("agent-one", { message_parts: "text" })];
    runtime.bucket.objects.set("given", json(QUOTED + 1));
    await runtime.submit({ input: { key: "given", bytes: QUOTED + 1, sha256: "0" } });
    await dispatchTask(runtime, runtime.message("a"));
    expect(runtime.sent[0]?.message.files).toMatchObject([{ name: "input", url: expect.stringContaining("given") }]);
    expect([...runtime.bucket.objects.keys()].filter((key) => key.endsWith("input"))).toEqual([]);
  });

  it("is in the JSON beside the words where JSON goes along", async () => {
    expect((await sent(QUOTED + 1, {}, "both")).files).toEqual([]);
  });
});

describe("the heading of what a task builds on", () => {
  const titleOf = async (description: string | undefined) => {
    const before = task("before", [], description === undefined ? {} : { description });
    const runtime = new MemoryRuntime(planOf([before, task("a", ["before"])]));
    const execution = await runtime.submit();
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "before", state: "completed" }) });
    await dispatchTask(runtime, runtime.message("a"));
    return runtime.sent[0]?.message.sources?.["before"]?.title;
  };

  it.each([
    { what: "its description", description: "Find the data", title: "Find the data" },
    { what: "the first line of it", description: "  Find\nthe data", title: "Find" },
    { what: "all of a line as long as a heading", description: "x".repeat(120), title: "x".repeat(120) },
    { what: "the beginning of a longer one", description: "x".repeat(121), title: `${"x".repeat(120)}…` },
    { what: "nothing without one", description: undefined, title: undefined },
  ])("is $what", async ({ description, title }) => {
    expect(await titleOf(description)).toBe(title);
  });
});
