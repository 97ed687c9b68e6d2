import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
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

  it("is in the JSON beside the words where JSON goes along", async () => {
    expect((await sent(QUOTED + 1, {}, "both")).files).toEqual([]);
  });
});
