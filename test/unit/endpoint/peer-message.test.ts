import { describe, expect, it } from "vitest";
import type { WireMessage, WirePart } from "../../../shared/endpoint/wire/wire.ts";
import { plainMessage } from "../../../shared/endpoint/peer-message.ts";

const message = (parts: WirePart[], metadata?: WireMessage["metadata"]): WireMessage => ({
  messageId: "m",
  role: "ROLE_USER",
  parts,
  ...(metadata === undefined ? {} : { metadata }),
});
const FROM = { execution_id: "exec_1", task_id: "fetch", skill: "figures" };
const task = (more: object): WirePart => ({ data: { task: "fetch", skill: "figures", ...more } });
const partsOf = (sent: WireMessage): readonly WirePart[] => plainMessage(sent).parts;

describe("plainMessage", () => {
  it("is the input alone of a task that an orchestrator sends, without the same in words", () => {
    const sent = message([{ text: "Do the task 'fetch'." }, task({ input: { a: 1 }, dependencies: {} })], FROM);
    expect(plainMessage(sent)).toEqual({ ...sent, parts: [{ data: { a: 1 } }] });
    expect(partsOf(message([task({ input: {} })], FROM))).toEqual([{ data: {} }]);
    expect(partsOf(message([task({ input: [1] })], FROM))).toEqual([{ data: { data: [1] } }]);
  });

  it("has what the task builds on beside the input, which comes first", () => {
    const sent = message([task({ input: { a: 1, event: "mine" }, dependencies: { b: 2 }, item: 3, event: "theirs" })], FROM);
    expect(partsOf(sent)).toEqual([{ data: { a: 1, event: "mine", dependencies: { b: 2 }, item: 3 } }]);
  });

  it("keeps files", () => {
    const file = { url: "https://files.test/a", filename: "a" };
    expect(partsOf(message([task({ input: { a: 1 } }), file], FROM))).toEqual([{ data: { a: 1 } }, file]);
  });

  it("is what a person said, of an answer", () => {
    const answers = { ...FROM, answers: "their-task" };
    expect(partsOf(message([{ text: "blue" }, task({ input: "blue" })], answers))).toEqual([{ text: "blue" }]);
    expect(partsOf(message([task({ input: { size: 1 } })], answers))).toEqual([{ data: { size: 1 } }]);
    expect(partsOf(message([task({ input: null })], answers))).toEqual([{ data: null }]);
  });

  it.each([
    message([{ text: "hello" }]),
    message([task({ input: 1 })]),
    message([{ text: "words alone" }], FROM),
    message([{ data: { task: "another", input: 1 } }], FROM),
    message([{ data: { task: "fetch" } }], FROM),
    message([{ data: "fetch" }], FROM),
  ])("leaves others as they are: %j", (sent) => {
    expect(plainMessage(sent)).toBe(sent);
  });
});
