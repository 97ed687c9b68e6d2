import { describe, expect, it } from "vitest";
import { EventStreamFold } from "../../../shared/a2a/event-stream.ts";
import { readSendResult, usageOfTask, WireTask } from "../../../shared/a2a/task-snapshot.ts";
import { outcomeOfSend, outcomeOfTask } from "../../../shared/agents/calls/a2a-calls.ts";

const said = (usage: unknown) => ({ metadata: { usage } });
const artifact = (id: string, more: object = {}) => ({ artifactId: id, parts: [{ text: id }], ...more });
const task = (more: object, status: object = {}) => ({
  id: "t",
  status: { state: "TASK_STATE_COMPLETED", ...status },
  ...more,
});
const usageIn = (wire: object) => usageOfTask(WireTask.parse(wire));

describe("usage of an agent's task", () => {
  it.each([
    ["the task", task(said({ cost: 1 }))],
    ["the status", task({}, said({ cost: 1 }))],
    ["the status message", task({}, { message: { parts: [], ...said({ cost: 1 }) } })],
    [
      "artifacts, together",
      task({ artifacts: [artifact("a", said({ cost: 0.25 })), artifact("b"), artifact("c", said({ cost: 0.75 }))] }),
    ],
    ["a task of 0.3", { kind: "task", id: "t", status: { state: "completed" }, ...said({ cost: 1 }) }],
  ])("is heard from the metadata of %s", (_, wire) => {
    expect(usageIn(wire)).toEqual({ cost: 1 });
  });

  it("is what the task says of all of it; what it leaves out may stand below", () => {
    const artifacts = [artifact("a", said({ cost: 9, tokens: 3, records: 1 })), artifact("b", said({ records: 2 }))];
    expect(usageIn(task({ artifacts, ...said({ cost: 1 }) }, { message: said({ cost: 8, tokens: 5 }) }))).toEqual({
      cost: 1,
      tokens: 5,
      records: 3,
    });
  });

  it.each([[null], ["free"], [said("much").metadata], [{ usage: { cost: -1 } }]])(
    "is none in the metadata %j, and the task stands",
    (metadata) => {
      expect(WireTask.parse(task({ metadata }))).toMatchObject({ taskId: "t", state: "completed" });
      expect(usageIn(task({ metadata }))).toBeUndefined();
    },
  );

  it("leaves the output as it was", () => {
    const outcome = outcomeOfTask(
      WireTask.parse(task({ artifacts: [artifact("a", said({ tokens: 1 })), artifact("b")] })),
    );
    expect(outcome).toMatchObject({
      usage: { tokens: 1 },
      output: { artifacts: [{ id: "a", parts: [{ kind: "text", text: "a" }] }, { id: "b" }] },
    });
    expect(JSON.stringify(outcome)).not.toContain("artifactUsage");
  });

  it.each(["FAILED", "REJECTED", "CANCELED"])("counts of a task that is %s as well", (state) => {
    expect(outcomeOfTask(WireTask.parse(task(said({ tokens: 7 }), { state: `TASK_STATE_${state}` })))).toMatchObject({
      kind: "failed",
      usage: { tokens: 7 },
    });
  });

  it("comes with a message that is the whole answer", () => {
    const result = readSendResult({
      message: { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "hi" }], ...said({ tokens: 2 }) },
    });
    if (result?.kind !== "message") throw new Error("no message was read");
    expect(outcomeOfSend(result)).toEqual({ kind: "completed", output: { text: "hi" }, usage: { tokens: 2 } });
  });
});

describe("usage in a stream", () => {
  const ids = { taskId: "t", contextId: "c" };
  const usageOf = (...events: object[]) => {
    const fold = new EventStreamFold();
    for (const result of events) fold.push(`data: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result })}\n\n`);
    return fold.result?.kind === "task" ? usageOfTask(fold.result.snapshot) : undefined;
  };
  const update = (state: string, more: object = {}) => ({
    statusUpdate: { ...ids, status: { state: `TASK_STATE_${state}` }, ...more },
  });

  it("is the last that a status said", () => {
    expect(
      usageOf(update("WORKING", said({ tokens: 1 })), update("WORKING"), update("COMPLETED", said({ tokens: 5 }))),
    ).toEqual({ tokens: 5 });
    expect(usageOf(update("WORKING", said({ tokens: 1 })), update("FAILED"))).toEqual({ tokens: 1 });
  });

  it("is the sum over artifacts, each as it was told last", () => {
    const told = (id: string, tokens: number, more: object = {}) => ({
      artifactUpdate: { ...ids, artifact: artifact(id, said({ tokens })), ...more },
    });
    expect(usageOf(told("a", 1), told("b", 10), told("a", 2, { append: true }), update("COMPLETED"))).toEqual({
      tokens: 12,
    });
  });
});
