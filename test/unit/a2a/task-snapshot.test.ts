import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { encodeLegacyPart, encodePart, WirePart, type Part } from "../../../shared/a2a/parts.ts";
import { outputOf, outputOfParts, textOf } from "../../../shared/a2a/task-output.ts";
import { readSendResult, WireTask } from "../../../shared/a2a/task-snapshot.ts";

const text = (value: string): Part => ({ kind: "text", text: value });
const data = (value: unknown): Part => ({ kind: "data", data: value });

describe("reading a task", () => {
  it.each([
    ["submitted", "submitted"],
    ["TASK_STATE_SUBMITTED", "submitted"],
    ["working", "working"],
    ["input-required", "input_required"],
    ["TASK_STATE_INPUT_REQUIRED", "input_required"],
    ["auth-required", "auth_required"],
    ["TASK_STATE_AUTH_REQUIRED", "auth_required"],
    ["completed", "completed"],
    ["TASK_STATE_COMPLETED", "completed"],
    ["failed", "failed"],
    ["canceled", "canceled"],
    ["cancelled", "canceled"],
    ["TASK_STATE_CANCELLED", "canceled"],
    ["rejected", "rejected"],
    ["unknown", "unknown"],
    ["TASK_STATE_UNSPECIFIED", "unknown"],
    ["a state of the future", "unknown"],
    [3, "completed"],
    [7, "rejected"],
    [99, "unknown"],
    [null, "unknown"],
  ])("state %j is %s", (wire, state) => {
    expect(WireTask.parse({ id: "t", status: { state: wire } }).state).toBe(state);
  });

  it("takes what matters and tolerates what it does not know", () => {
    const wire = {
      kind: "task",
      id: "t-1",
      contextId: "c-1",
      status: {
        state: "failed",
        timestamp: "2026-01-01T00:00:00Z",
        message: { parts: [{ kind: "text", text: "no" }] },
        new: 1,
      },
      artifacts: [{ artifactId: "a", name: "result", parts: [{ kind: "data", data: { n: 1 } }] }],
      history: [{ messageId: "m-1", role: "user", parts: [] }, {}],
      future: true,
    };
    expect(WireTask.parse(wire)).toEqual({
      taskId: "t-1",
      contextId: "c-1",
      state: "failed",
      at: "2026-01-01T00:00:00Z",
      message: [text("no")],
      artifacts: [{ id: "a", name: "result", parts: [data({ n: 1 })] }],
      messageIds: ["m-1"],
    });
  });
});

describe("readSendResult", () => {
  const message = { messageId: "r", role: "agent", parts: [{ kind: "text", text: "hi" }] };
  const task = { id: "t", contextId: "c", status: { state: "working" } };
  it.each([
    { form: "a bare task (0.x)", wire: { kind: "task", ...task }, kind: "task" },
    { form: "a wrapped task (1.x)", wire: { task }, kind: "task" },
    { form: "a bare message (0.x)", wire: { kind: "message", ...message }, kind: "message" },
    { form: "a wrapped message (1.x)", wire: { message }, kind: "message" },
    { form: "a string", wire: "done", kind: undefined },
    { form: "nothing", wire: null, kind: undefined },
    { form: "something else", wire: { ok: true }, kind: undefined },
    { form: "a task without id", wire: { task: { status: { state: "working" } } }, kind: undefined },
  ])("reads $form as $kind", ({ wire, kind }) => {
    expect(readSendResult(wire)?.kind).toBe(kind);
  });
});

describe("parts", () => {
  it.each<{ part: Part; legacy: object; current: object }>([
    { part: text("hi"), legacy: { kind: "text", text: "hi" }, current: { text: "hi" } },
    { part: data({ n: 1 }), legacy: { kind: "data", data: { n: 1 } }, current: { data: { n: 1 } } },
    { part: data([1]), legacy: { kind: "data", data: { value: [1] } }, current: { data: [1] } },
    {
      part: { kind: "file", name: "a.svg", mediaType: "image/svg+xml", url: "https://x.test/a" },
      legacy: { kind: "file", file: { name: "a.svg", mimeType: "image/svg+xml", uri: "https://x.test/a" } },
      current: { url: "https://x.test/a", filename: "a.svg", mediaType: "image/svg+xml" },
    },
    {
      part: { kind: "file", bytes: "QQ==" },
      legacy: { kind: "file", file: { bytes: "QQ==" } },
      current: { raw: "QQ==" },
    },
  ])("$part.kind is written for 0.x and for 1.x", ({ part, legacy, current }) => {
    expect(encodeLegacyPart(part)).toEqual(legacy);
    expect(encodePart(part)).toEqual(current);
  });

  it("a part of an unknown kind reads as empty text", () => {
    expect(WirePart.parse({ kind: "hologram", cube: 1 })).toEqual(text(""));
  });

  const word = fc.string({ minLength: 1 });
  const file = fc.record({ kind: fc.constant("file" as const), name: word, mediaType: word });
  const anyPart: fc.Arbitrary<Part> = fc.oneof(
    fc.string().map(text),
    fc.dictionary(word, fc.jsonValue()).map(data),
    fc.tuple(file, word).map(([of, url]) => ({ ...of, url })),
    fc.tuple(file, word).map(([of, bytes]) => ({ ...of, bytes })),
  );
  it("survive the way to a server of either generation and back", () => {
    fc.assert(
      fc.property(anyPart, (part) => {
        const journey = (encode: (part: Part) => object): Part =>
          WirePart.parse(JSON.parse(JSON.stringify(encode(part))));
        expect(journey(encodeLegacyPart)).toEqual(JSON.parse(JSON.stringify(part)));
        expect(journey(encodePart)).toEqual(JSON.parse(JSON.stringify(part)));
      }),
    );
  });
});

describe("outputOf", () => {
  const artifact = (...parts: Part[]) => ({ id: "a", parts });
  const { kind: _, ...image } = { kind: "file" as const, name: "a.png", mediaType: "image/png", bytes: "QQ==" };
  it.each([
    { of: "one data part", artifacts: [artifact(data({ n: 1 }))], output: { n: 1 } },
    { of: "one data part that is a list", artifacts: [artifact(data([1, 2]))], output: { data: [1, 2] } },
    { of: "one text", artifacts: [artifact(text("hello"))], output: { text: "hello" } },
    { of: "one text that is JSON", artifacts: [artifact(text('{"n":1}'))], output: { text: '{"n":1}' } },
    { of: "one file", artifacts: [artifact({ kind: "file", ...image })], output: { file: image } },
    {
      of: "two parts",
      artifacts: [artifact(text("a"), text("b"))],
      output: { artifacts: [artifact(text("a"), text("b"))] },
    },
    {
      of: "two artifacts",
      artifacts: [artifact(text("a")), artifact(text("b"))],
      output: { artifacts: [artifact(text("a")), artifact(text("b"))] },
    },
    { of: "no artifacts but a message", artifacts: [], message: [data({ n: 2 })], output: { n: 2 } },
    {
      of: "an artifact and a message",
      artifacts: [artifact(data({ n: 1 }))],
      message: [text("done")],
      output: { n: 1 },
    },
    { of: "nothing", artifacts: [], output: {} },
  ])("$of → $output", ({ artifacts, message, output }) => {
    expect(outputOf({ artifacts, ...(message === undefined ? {} : { message }) })).toEqual(output);
  });

  it("keeps several parts of a direct message", () => {
    expect(outputOfParts([text("a"), data({ n: 1 })])).toEqual({ parts: [text("a"), data({ n: 1 })] });
    expect(textOf([text("a"), data({ n: 1 }), text("b")])).toBe("a\nb");
  });
});
