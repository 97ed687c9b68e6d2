import { describe, expect, it } from "vitest";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { answeringSeen, mayBlock, onLostAnswer, shouldStream } from "../../../../shared/agents/registry/answering.ts";

const at = "2026-11-28T10:00:00.000Z";
const late = { answering: { at, answers: "late" } } as const;
const atOnce = { answering: { at, answers: "at_once" } } as const;
const silent = { supports_push: false };
const pushes = { supports_push: true };
type Facts = Partial<Pick<Agent, "blocking" | "answering" | "supports_streaming" | "protocol_version">>;

describe("whether a send may stay open for long", () => {
  it.each<[what: string, agent: Facts & Pick<Agent, "supports_push">, isPushed: boolean, blocks: boolean]>([
    ["nothing is known of the agent", silent, true, true],
    ["it pushes what it answers late", pushes, true, false],
    ["it could push, and we cannot be reached", pushes, false, true],
    ["it named a task at once before", { ...silent, ...atOnce }, true, false],
    ["it answered late before", { ...pushes, ...late }, true, true],
    ["it is of 0.2, whose servers heed no wish", { ...pushes, protocol_version: "0.2" }, true, true],
    ["its registration says that it blocks", { ...pushes, ...atOnce, blocking: true }, true, true],
    ["its registration says that it does not", { ...silent, ...late, blocking: false }, true, false],
  ])("when %s", (_, agent, isPushed, blocks) => {
    expect(mayBlock({ protocol_version: "1.0", ...agent }, isPushed)).toBe(blocks);
  });
});

describe("whether a send that may stay open is a stream", () => {
  it.each<[what: string, agent: Facts, seconds: number, streams: boolean]>([
    ["it cannot stream", { supports_streaming: false, blocking: true }, 60, false],
    ["nothing is known: a plain send shows more", { supports_streaming: true }, 60, false],
    ["it was late before", { supports_streaming: true, ...late }, 60, true],
    ["it is of 0.2", { supports_streaming: true, protocol_version: "0.2" }, 60, true],
    ["it is said to block", { supports_streaming: true, blocking: true }, 60, true],
    ["the task may take longer than anybody can wait", { supports_streaming: true }, 871, true],
  ])("when %s", (_, agent, seconds, streams) => {
    expect(shouldStream({ supports_streaming: false, protocol_version: "1.0", ...agent }, seconds)).toBe(streams);
  });
});

describe("what a send shows of its agent", () => {
  const { answering: known } = late;
  it.each<[what: string, send: { seconds: number; hasNamedTask: boolean }, shown: string | undefined]>([
    ["a task in time", { seconds: 1, hasNamedTask: true }, "at_once"],
    ["a result in time: who knows about the next one", { seconds: 1, hasNamedTask: false }, undefined],
    ["anything too late", { seconds: 20, hasNamedTask: true }, "late"],
  ])("%s", (_, send, shown) => {
    expect(answeringSeen(undefined, { ...send, callSeconds: 20 })).toBe(shown);
  });

  it("one late answer is remembered, however many come early", () => {
    expect(answeringSeen(known, { seconds: 1, callSeconds: 20, hasNamedTask: true })).toBeUndefined();
    expect(answeringSeen(atOnce.answering, { seconds: 20, callSeconds: 20, hasNamedTask: false })).toBe("late");
  });
});

it("the author's word about lost answers comes before the registration's, and that before the card's", () => {
  expect(onLostAnswer({ idempotent_messages: false })).toBe("wait");
  expect(onLostAnswer({ idempotent_messages: true })).toBe("resend");
  expect(onLostAnswer({ idempotent_messages: true, on_lost_answer: "wait" })).toBe("wait");
  expect(onLostAnswer({ idempotent_messages: false, on_lost_answer: "wait" }, "resend")).toBe("resend");
});
