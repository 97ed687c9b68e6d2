import { describe, expect, it } from "vitest";
import { partsOf } from "../../../shared/endpoint/output-parts.ts";
import { answerIn, decisionIn, type Wait, waitAnswered } from "../../../shared/endpoint/waits.ts";

const wait = (task: string, since: string): Wait => ({
  execution: "exec_00000000",
  task,
  kind: "input",
  since,
  parts: [],
});
const waits = [wait("young", "2026-11-28T11:00:00.000Z"), wait("old", "2026-11-28T10:00:00.000Z")];

describe("waitAnswered", () => {
  it("is the one that is named, else the one that waits longest", () => {
    expect(waitAnswered(waits, {}).task).toBe("old");
    expect(waitAnswered(waits, { metadata: { task: "young" } }).task).toBe("young");
    expect(() => waitAnswered(waits, { metadata: { task: "other" } })).toThrow(
      "none of the tasks that wait: young, old",
    );
    expect(() => waitAnswered([], {})).toThrow("asks for nothing now");
  });
});

describe("what a message replies to", () => {
  const reply = (asked: string) => ({ taskId: "exec_1", metadata: { in_reply_to: asked } });

  it("is found by the message that asked", () => {
    expect(waitAnswered(waits, reply("exec_1-input-2026-11-28T11:00:00.000Z")).task).toBe("young");
  });

  it("may have been answered already: then the message answers nothing else", () => {
    expect(() => waitAnswered(waits, reply("exec_1-input-2026-11-28T09:00:00.000Z"))).toThrow("was answered already");
    expect(() => waitAnswered(waits, reply("exec_1-auth-2026-11-28T11:00:00.000Z"))).toThrow("was answered already");
  });
});

describe("decisionIn", () => {
  it.each([
    { parts: [{ text: "Approve" }], verdict: "approved" },
    { parts: [{ text: " yes. " }], verdict: "approved" },
    { parts: [{ text: "reject" }], verdict: "rejected" },
    { parts: [{ data: { approved: true } }], verdict: "approved" },
    { parts: [{ data: { approved: false } }], verdict: "rejected" },
    { parts: [{ data: { verdict: "approved" } }], verdict: "approved" },
    { parts: [{ data: { decision: "reject" } }], verdict: "rejected" },
  ])("reads $parts as $verdict", ({ parts, verdict }) => {
    expect(decisionIn({ parts })).toEqual({ verdict });
  });

  it("keeps what else is said as the reason", () => {
    expect(decisionIn({ parts: [{ text: "no" }, { text: "too expensive" }] })).toEqual({
      verdict: "rejected",
      reason: "too expensive",
    });
  });

  it.each([{ text: "no idea" }, { text: "I approve of the weather" }, { data: { note: "yes" } }, { data: "yes?" }])(
    "decides nothing by %j",
    (part) => {
      expect(() => decisionIn({ parts: [part] })).toThrow("answer 'approve' or 'reject'");
    },
  );
});

describe("answerIn", () => {
  it("is the one thing that was said, or all of it", () => {
    expect(answerIn({ parts: [{ text: "blue" }] })).toBe("blue");
    expect(answerIn({ parts: [{ data: { n: 1 } }] })).toEqual({ n: 1 });
    expect(answerIn({ parts: [{ text: "a" }, { data: 1 }] })).toEqual(["a", 1]);
  });
});

describe("partsOf", () => {
  it.each([
    { value: "word", parts: [{ text: "word" }] },
    { value: { text: "word" }, parts: [{ text: "word" }] },
    { value: { text: "word", n: 1 }, parts: [{ data: { text: "word", n: 1 } }] },
    {
      value: { file: { name: "f", mediaType: "text/plain", bytes: "YQ==" } },
      parts: [{ raw: "YQ==", filename: "f", mediaType: "text/plain" }],
    },
    {
      value: {
        parts: [
          { kind: "text", text: "a" },
          { kind: "data", data: 1 },
        ],
      },
      parts: [{ text: "a" }, { data: 1 }],
    },
    {
      value: { artifacts: [{ id: "x", parts: [{ kind: "file", url: "https://u.test" }] }] },
      parts: [{ url: "https://u.test" }],
    },
    { value: [1], parts: [{ data: [1] }] },
    { value: null, parts: [{ data: null }] },
    { value: { artifacts: "of another kind" }, parts: [{ data: { artifacts: "of another kind" } }] },
  ])("shows $value as parts", ({ value, parts }) => {
    expect(partsOf(value)).toEqual(parts);
  });
});
