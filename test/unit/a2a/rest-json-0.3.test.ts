import { describe, expect, it } from "vitest";
import { decodeReply, encodeParams } from "../../../shared/a2a/rest-json-0.3.ts";

describe("parameters in the JSON of HTTP+JSON 0.3", () => {
  it("have parts as content, wrapped as protocol buffers have them", () => {
    const parts = [
      { kind: "text", text: "a" },
      { kind: "data", data: [1] },
      { kind: "file", file: { name: "f", mimeType: "x/y", bytes: "AA==" } },
      "odd",
      { kind: "new" },
    ];
    expect(
      encodeParams({ message: { kind: "message", role: "user", messageId: "m", parts }, metadata: { a: 1 } }),
    ).toEqual({
      metadata: { a: 1 },
      message: {
        role: "ROLE_USER",
        messageId: "m",
        content: [
          { text: "a" },
          { data: { data: { data: [1] } } },
          { file: { name: "f", mimeType: "x/y", fileWithBytes: "AA==" } },
          "odd",
          { kind: "new" },
        ],
      },
    });
    expect(encodeParams({ message: { role: "agent" } })).toEqual({ message: { role: "ROLE_AGENT", content: [] } });
  });
});

describe("replies in the JSON of HTTP+JSON 0.3", () => {
  const message = {
    messageId: "m",
    content: [{ text: "a" }, { data: { data: { n: 1 } } }, { file: { fileWithUri: "https://f.test", name: "f" } }, 5],
  };
  const read = {
    messageId: "m",
    parts: [{ text: "a" }, { data: { n: 1 } }, { file: { uri: "https://f.test", bytes: undefined, name: "f" } }, 5],
  };

  it.each([
    ["a message", { message }, { message: read }],
    ["a message by its older name", { msg: message }, { msg: message, message: read }],
    [
      "a bare task",
      { id: "t", status: { state: "X", message }, history: [message] },
      { id: "t", status: { state: "X", message: read }, history: [read] },
    ],
    [
      "a task",
      { task: { id: "t", artifacts: [{ artifactId: "a", parts: message.content }, 5] } },
      { task: { id: "t", artifacts: [{ artifactId: "a", parts: read.parts }, 5] } },
    ],
    [
      "a status",
      { statusUpdate: { taskId: "t", status: { state: "X", update: message } } },
      { statusUpdate: { taskId: "t", status: { state: "X", update: message, message: read } } },
    ],
    [
      "an artifact",
      { artifactUpdate: { taskId: "t", artifact: { parts: message.content } } },
      { artifactUpdate: { taskId: "t", artifact: { parts: read.parts } } },
    ],
    ["nothing of the kind", { error: 1 }, { error: 1 }],
    ["no object", [1], [1]],
    [
      "a task whose status is none",
      { task: { id: "t", status: 3, history: 4 } },
      { task: { id: "t", status: 3, history: [] } },
    ],
    [
      "data without its wrap",
      { message: { parts: [{ data: { n: 1 } }] } },
      { message: { parts: [{ data: { n: 1 } }] } },
    ],
  ])("that are %s read as JSON-RPC's", (_, wire, expected) => {
    expect(decodeReply(wire)).toEqual(expected);
  });
});
