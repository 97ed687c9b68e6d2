import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { EventStreamFold } from "../../../shared/a2a/event-stream.ts";

const sse = (...results: object[]): string =>
  results.map((result) => `id: 1\r\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: 1, result })}\r\n\r\n`).join("");
const ids = { taskId: "t", contextId: "c" };

const LEGACY = sse(
  { kind: "task", id: "t", contextId: "c", status: { state: "submitted" } },
  { kind: "status-update", ...ids, status: { state: "working" }, final: false },
  { kind: "artifact-update", ...ids, artifact: { artifactId: "a", parts: [{ kind: "text", text: "Grüß " }] } },
  {
    kind: "artifact-update",
    ...ids,
    append: true,
    artifact: { artifactId: "a", parts: [{ kind: "text", text: "Gott" }] },
  },
  { kind: "status-update", ...ids, status: { state: "completed" }, final: true },
);
const CURRENT = sse(
  { task: { id: "t", contextId: "c", status: { state: "TASK_STATE_SUBMITTED" } } },
  { statusUpdate: { ...ids, status: { state: "TASK_STATE_WORKING" } } },
  { artifactUpdate: { ...ids, artifact: { artifactId: "a", parts: [{ text: "Grüß " }] } } },
  { artifactUpdate: { ...ids, append: true, artifact: { artifactId: "a", parts: [{ text: "Gott" }] } } },
  { statusUpdate: { ...ids, status: { state: "TASK_STATE_COMPLETED" } } },
);
const COMPLETED = {
  kind: "task",
  snapshot: {
    taskId: "t",
    contextId: "c",
    state: "completed",
    artifacts: [
      {
        id: "a",
        parts: [
          { kind: "text", text: "Grüß " },
          { kind: "text", text: "Gott" },
        ],
      },
    ],
    messageIds: [],
  },
};

describe("EventStreamFold", () => {
  it("ends at an answer with a number that would be lost, and names it", () => {
    const fold = new EventStreamFold();
    expect(fold.push('data: {"artifactUpdate":{"taskId":"t","artifact":{"artifactId":"a","parts":[{"data":1e400}]}}}\n\n')).toBe(true);
    expect(fold.result).toMatchObject({
      kind: "refused",
      code: "NumberNotKept",
      message: "artifactUpdate.artifact.parts.0.data is 1e400, a number that would be altered; send it as a text",
    });
  });

  it.each([
    { generation: "0.x", stream: LEGACY },
    { generation: "1.x", stream: CURRENT },
  ])("folds a stream of $generation, however it is cut", ({ stream }) => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: stream.length - 1 })), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
        const fold = new EventStreamFold();
        const ends = edges.slice(1).map((end, index) => fold.push(stream.slice(edges[index], end)));
        expect(fold.result).toEqual(COMPLETED);
        // The blank line that ends an event is complete with its first character, when it is a carriage return.
        expect(edges[ends.indexOf(true) + 1]).toBeGreaterThanOrEqual(stream.length - 1);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    { event: { message: { messageId: "m", parts: [{ text: "hi" }] } }, ends: true, result: { kind: "message" } },
    {
      event: { task: { id: "t", status: { state: "TASK_STATE_INPUT_REQUIRED" } } },
      ends: true,
      result: { snapshot: { state: "input_required" } },
    },
    {
      event: { task: { id: "t", status: { state: "TASK_STATE_WORKING" } } },
      ends: false,
      result: { snapshot: { state: "working" } },
    },
    {
      event: { statusUpdate: { ...ids, status: { state: "TASK_STATE_FAILED" } } },
      ends: true,
      result: { snapshot: { taskId: "t", state: "failed" } },
    },
  ])("$event ends the stream: $ends", ({ event, ends, result }) => {
    const fold = new EventStreamFold();
    expect(fold.push(sse(event))).toBe(ends);
    expect(fold.result).toMatchObject(result);
  });

  it("replaces an artifact that is sent again whole", () => {
    const fold = new EventStreamFold();
    const artifact = (text: string) => ({
      artifactUpdate: { ...ids, artifact: { artifactId: "a", parts: [{ text }] } },
    });
    fold.push(sse(artifact("draft"), artifact("final")));
    expect(fold.result).toMatchObject({ snapshot: { artifacts: [{ parts: [{ text: "final" }] }] } });
  });

  it("ends with the agent's error", () => {
    const fold = new EventStreamFold();
    expect(fold.push('event: error\ndata: {"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}\n\n')).toBe(
      true,
    );
    expect(fold.result).toMatchObject({ kind: "refused", code: "-32603" });
  });

  it.each([
    { what: "a byte order mark", stream: (text: string) => `\uFEFF${text}` },
    { what: "bare carriage returns", stream: (text: string) => text.replaceAll("\r\n", "\r") },
    { what: "line feeds", stream: (text: string) => text.replaceAll("\r\n", "\n") },
  ])("takes $what as WHATWG says", ({ stream }) => {
    const fold = new EventStreamFold();
    for (const character of stream(CURRENT)) fold.push(character);
    expect(fold.result).toEqual(COMPLETED);
  });

  it("hears nothing after the end", () => {
    const fold = new EventStreamFold();
    const status = (state: string) => sse({ statusUpdate: { ...ids, status: { state } } });
    expect(fold.push(status("TASK_STATE_FAILED") + status("TASK_STATE_WORKING"))).toBe(true);
    expect(fold.push(status("TASK_STATE_WORKING"))).toBe(true);
    expect(fold.result).toMatchObject({ snapshot: { state: "failed" } });
  });

  const completed = { statusUpdate: { ...ids, status: { state: "TASK_STATE_COMPLETED" } } };
  const artifact = (words: string, append = false) => ({
    artifactUpdate: { ...ids, append, artifact: { artifactId: "a", parts: [{ text: words }] } },
  });

  it("reads on for the artifact that follows the end, whatever else is said", () => {
    const fold = new EventStreamFold();
    expect(fold.push(sse(completed))).toBe(false);
    expect(fold.awaitsArtifact).toBe(true);
    const again = [
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_WORKING" } } },
      { task: { id: "t", status: { state: "TASK_STATE_WORKING" } } },
      completed,
    ];
    expect(fold.push(sse(artifact("late "), ...again, artifact("words", true)))).toBe(false);
    expect(fold.result).toMatchObject({
      snapshot: { state: "completed", artifacts: [{ parts: [{ text: "late " }, { text: "words" }] }] },
    });
  });

  it.each([
    { what: "the task as a whole", event: { task: { id: "t", status: { state: "TASK_STATE_COMPLETED" }, artifacts: [{ parts: [{ text: "42" }] }] } } },
    { what: "a message", event: { message: { messageId: "m", parts: [{ text: "42" }] } } },
  ])("takes $what for the answer after an end without one", ({ event }) => {
    const fold = new EventStreamFold();
    expect(fold.push(sse(completed) + sse(event))).toBe(true);
    expect(JSON.stringify(fold.result)).toContain("42");
  });

  it("waits for no artifact where one came before, or the task has not completed", () => {
    for (const events of [[artifact("42"), completed], [{ statusUpdate: { ...ids, status: { state: "TASK_STATE_FAILED" } } }], [artifact("42")]]) {
      const fold = new EventStreamFold();
      fold.push(sse(...events));
      expect(fold.awaitsArtifact).toBe(false);
    }
  });

  it("keeps what earlier states said for an end without a word", () => {
    const fold = new EventStreamFold();
    const said = { state: "TASK_STATE_WORKING", message: { messageId: "m", parts: [{ text: "It is 42." }] } };
    fold.push(sse({ statusUpdate: { ...ids, status: said } }, completed));
    expect(fold.result).toMatchObject({ snapshot: { state: "completed", answer: [{ text: "It is 42." }] } });
  });

  it("skips comments, keep-alives and what is no event", () => {
    const fold = new EventStreamFold();
    expect(fold.push(': ping\n\nretry: 10\n\ndata: nonsense\n\ndata: {"a":1}\n\n')).toBe(false);
    expect(fold.result).toBeUndefined();
  });
});
