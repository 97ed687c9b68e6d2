import { describe, expect, it } from "vitest";
import { WireTask } from "../../../../shared/a2a/task-snapshot.ts";
import { outputOf } from "../../../../shared/a2a/task-output.ts";
import type { AttemptMessage } from "../../../../shared/agents/calls/agent-calls.ts";
import { extensionFields, partsFor, toParts } from "../../../../shared/agents/calls/message-parts.ts";
import { agentOf } from "../../../fixtures/runtime/memory-runtime.ts";

const message = (more: Partial<AttemptMessage> = {}): AttemptMessage => ({
  messageId: "m",
  contextId: "c",
  data: {
    task: "brief",
    skill: "write",
    description: "Write a brief for the board.",
    input: { audience: "the board", words: 200 },
    dependencies: { research: { text: "Rates fell by 2 %." }, figures: "a table" },
  },
  metadata: { task_id: "brief" },
  deadlineAt: "2026-11-21T10:01:00.000Z",
  files: [{ name: "dependencies/raw", url: "https://files.test/raw", mediaType: "application/json" }],
  push: undefined,
  ...more,
});

const withModes = (...input_modes: string[]) => agentOf("agent-a", { skills: [{ id: "write", name: "Write", description: "", input_modes }] });

describe("what an agent is sent", () => {
  it.each([
    { what: "words and JSON when nothing is known", agent: agentOf("agent-a"), kind: "both" },
    { what: "words and JSON to one that takes JSON", agent: withModes("application/json"), kind: "both" },
    { what: "words alone to one that takes text alone", agent: withModes("text/plain", "text"), kind: "text" },
    { what: "words and JSON to one whose skills say nothing of it", agent: agentOf("agent-a", { skills: [{ id: "read", name: "Read", description: "" }] }), kind: "both" },
    { what: "what the registration says, whatever the card does", agent: { ...withModes("application/json"), message_parts: "text" as const }, kind: "text" },
    { what: "JSON alone where the registration asks for it", agent: { ...withModes("text"), message_parts: "data" as const }, kind: "data" },
  ])("is $what", ({ agent, kind }) => {
    expect(partsFor(agent, "write")).toBe(kind);
  });

  it.each([
    { kind: "both" as const, kinds: ["text", "data", "file"] },
    { kind: "text" as const, kinds: ["text", "file"] },
    { kind: "data" as const, kinds: ["data", "file"] },
  ])("has the parts of $kind, words first", ({ kind, kinds }) => {
    expect(toParts(message(), kind).map((part) => part.kind)).toEqual(kinds);
  });
});

describe("what an agent answers", () => {
  const status = { state: "completed" };
  const said = (role: string | number, text: string) => ({ messageId: text, role, parts: [{ text }] });

  it.each([
    { where: "an artifact", wire: { artifacts: [{ artifactId: "1", parts: [{ text: "made" }] }], history: [said("agent", "said")] }, text: "made" },
    { where: "the status message", wire: { status: { ...status, message: { parts: [{ text: "told" }] } }, history: [said("agent", "said")] }, text: "told" },
    { where: "the history of a 0.x agent", wire: { history: [said("user", "asked"), said("agent", "early"), said("agent", "said")] }, text: "said" },
    { where: "the history of a 1.x agent", wire: { history: [said("ROLE_AGENT", "said"), said("ROLE_USER", "asked")] }, text: "said" },
  ])("is found in $where", ({ wire, text }) => {
    expect(outputOf(WireTask.parse({ id: "t", status, ...wire }))).toEqual({ text });
  });

  it("is nothing when only the caller spoke", () => {
    expect(outputOf(WireTask.parse({ id: "t", status, history: [said("user", "asked")] }))).toEqual({});
  });
});

describe("what a message says for extensions", () => {
  it("stands in its metadata under their URIs, and the message names them", () => {
    const agent = agentOf("agent-a", { extensions: [{ uri: "urn:pay", params: { account: 7 } }, { uri: "urn:trace" }] });
    expect(extensionFields(agent, { execution_id: "e" })).toEqual({ metadata: { "execution_id": "e", "urn:pay": { account: 7 } }, extensions: ["urn:pay"] });
  });

  it("is nothing where the registration gives none", () => {
    expect(extensionFields(agentOf("agent-a", { extensions: [{ uri: "urn:trace" }] }), { a: 1 })).toEqual({ metadata: { a: 1 } });
    expect(extensionFields(agentOf("agent-a"), { a: 1 })).toEqual({ metadata: { a: 1 } });
  });
});
