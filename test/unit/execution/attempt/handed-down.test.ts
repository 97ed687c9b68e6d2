import { describe, expect, it } from "vitest";
import { toParts } from "../../../../shared/agents/calls/message-parts.ts";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

/** What the last of a chain is sent when all before it are done; each hands over its own name. */
async function sentTo(last: string, tasks: readonly { id: string; after: readonly string[] }[], more: object = { orchestration_pattern: "handoff" }) {
  const runtime = new MemoryRuntime(planOf(tasks.map(({ id, after }) => task(id, after, { description: `Step ${id}` })), more));
  const execution = await runtime.submit();
  for (const { id } of tasks) {
    if (id === last) continue;
    await saveRow(runtime.executions, execution, { row: taskRow({ task: id, state: "completed", agentId: "agent-two", output: { json: JSON.stringify({ by: id }) } }) });
  }
  await dispatchTask(runtime, runtime.message(last));
  const message = runtime.sent[0]?.message;
  if (message === undefined) throw new Error("nothing was sent");
  return message;
}

const CHAIN = [
  { id: "a", after: [] },
  { id: "b", after: ["a"] },
  { id: "c", after: ["b"] },
  { id: "d", after: ["c"] },
];
const held = (id: string) => ({ task: id, title: `Step ${id}`, agent: "agent-two", state: "completed", output: { by: id } });

describe("work that is handed on", () => {
  it("comes with what all came to who held it before, the nearest first, in JSON and in words", async () => {
    const message = await sentTo("d", CHAIN);
    expect(message.data).toMatchObject({ dependencies: { c: { by: "c" } }, handoff: [held("b"), held("a")] });
    const [words] = toParts(message, "text");
    expect(words).toMatchObject({ text: expect.stringMatching(/Before that, 'b' \(Step b\) came to:[^]*"by": ?"b"[^]*Before that, 'a' \(Step a\)/) });
  });

  it("tells of each once, and of ten at most", async () => {
    const diamond = [...CHAIN.slice(0, 2), { id: "c", after: ["a"] }, { id: "d", after: ["b", "c"] }];
    expect((await sentTo("d", diamond)).data["handoff"]).toEqual([held("a")]);
    const long = Array.from({ length: 15 }, (_, n) => ({ id: `t${n}`, after: n === 0 ? [] : [`t${n - 1}`] }));
    expect((await sentTo("t14", long)).data["handoff"]).toHaveLength(10);
  });

  it("is no matter of workflows that are no handoff, nor of a task whose inputs have none", async () => {
    expect((await sentTo("d", CHAIN, {})).data).not.toHaveProperty("handoff");
    expect((await sentTo("b", CHAIN.slice(0, 2))).data).not.toHaveProperty("handoff");
  });
});
