import { describe, expect, it } from "vitest";
import type { WireMessage } from "../../../../shared/endpoint/wire/wire.ts";
import { encodeEvent, encodeOutcome } from "../../../../shared/endpoint/wire/outcome.ts";
import type { WireTask } from "../../../../shared/endpoint/wire/replies.ts";

const timestamp = "2026-11-28T10:00:00.000Z";
const task: WireTask = {
  id: "t",
  contextId: "c",
  status: {
    state: "TASK_STATE_INPUT_REQUIRED",
    message: { messageId: "q", role: "ROLE_AGENT", parts: [{ text: "which?" }] },
    timestamp,
  },
  artifacts: [
    {
      artifactId: "a",
      parts: [
        { data: [1, 2] },
        { data: { b: 1 } },
        { raw: "YQ==", filename: "f", mediaType: "text/plain" },
        { url: "https://u.test" },
      ],
    },
  ],
  history: [{ messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] }],
};

describe("a reply over 0.3", () => {
  it("is the task itself, in the words of 0.3", () => {
    expect(encodeOutcome({ kind: "sent", task }, "0.3")).toEqual({
      kind: "task",
      id: "t",
      contextId: "c",
      status: {
        state: "input-required",
        timestamp,
        message: { kind: "message", messageId: "q", role: "agent", parts: [{ kind: "text", text: "which?" }] },
      },
      artifacts: [
        {
          artifactId: "a",
          parts: [
            { kind: "data", data: { value: [1, 2] } },
            { kind: "data", data: { b: 1 } },
            { kind: "file", file: { name: "f", mimeType: "text/plain", bytes: "YQ==" } },
            { kind: "file", file: { uri: "https://u.test" } },
          ],
        },
      ],
      history: [{ kind: "message", messageId: "m", role: "user", parts: [{ kind: "text", text: "hi" }] }],
    });
    expect(encodeOutcome({ kind: "sent", task }, "1.0")).toEqual({ task });
  });

  it("give a message for an answer as it is, waited for and streamed", () => {
    const message: WireMessage = { messageId: "m", contextId: "c", role: "ROLE_AGENT", parts: [{ text: "done" }] };
    const legacy = { kind: "message", messageId: "m", contextId: "c", role: "agent", parts: [{ kind: "text", text: "done" }] };
    expect([encodeOutcome({ kind: "answered", message }, "0.3"), encodeEvent({ message }, "0.3")]).toEqual([legacy, legacy]);
    expect([encodeOutcome({ kind: "answered", message }, "1.0"), encodeEvent({ message }, "1.0")]).toEqual([{ message }, { message }]);
  });

  it.each([
    { state: "TASK_STATE_WORKING" as const, final: false },
    { state: "TASK_STATE_INPUT_REQUIRED" as const, final: true },
    { state: "TASK_STATE_COMPLETED" as const, final: true },
  ])("says of $state whether more follows", ({ state, final }) => {
    const event = { statusUpdate: { taskId: "t", contextId: "c", status: { state, timestamp } } };
    expect(encodeEvent(event, "0.3")).toMatchObject({ kind: "status-update", taskId: "t", final });
    expect(encodeEvent(event, "1.0")).toEqual(event);
  });

  it("shows push configurations as it spells them", () => {
    const config = { id: "c", taskId: "t", url: "https://hook.test", authentication: { scheme: "Bearer" } };
    const legacy = {
      taskId: "t",
      pushNotificationConfig: { id: "c", url: "https://hook.test", authentication: { schemes: ["Bearer"] } },
    };
    expect(encodeOutcome({ kind: "config", config }, "0.3")).toEqual(legacy);
    expect(encodeOutcome({ kind: "configs", configs: [config] }, "0.3")).toEqual([legacy]);
    expect(encodeOutcome({ kind: "deleted" }, "0.3")).toBeNull();
  });
});
