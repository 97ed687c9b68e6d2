import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";
import * as z from "zod";

import { readAgentCard } from "../../../shared/a2a/agent-card.ts";
import { EventStreamFold } from "../../../shared/a2a/event-stream.ts";
import { readRpcReply, type RpcReply } from "../../../shared/a2a/rpc-reply.ts";
import { outputOf, textOf } from "../../../shared/a2a/task-output.ts";
import { readSendResult, WireTask, type TaskSnapshot } from "../../../shared/a2a/task-snapshot.ts";

const Fixture = z.object({
  card: z.unknown(),
  send: z.unknown(),
  get: z.unknown(),
  cancelDone: z.unknown(),
  getUnknown: z.unknown(),
  list: z.unknown(),
  unknownMethod: z.unknown(),
  stream: z.string(),
});
const load = (version: string) =>
  Fixture.parse(JSON.parse(readFileSync(new URL(`../../fixtures/a2a/sdk-${version}.json`, import.meta.url), "utf8")));
const read = (json: unknown): RpcReply =>
  readRpcReply({ kind: "reply", status: 200, headers: {}, body: JSON.stringify(json) });
const result = (json: unknown): unknown => {
  const reply = read(json);
  return reply.kind === "result" ? reply.result : undefined;
};
const taskOf = (json: unknown): TaskSnapshot => WireTask.parse(result(json));

describe("recorded cards", () => {
  it.each([
    {
      version: "0.2.5",
      name: "risk",
      protocolVersion: "0.2",
      skills: ["volatility", "drawdown"],
      push: false,
      streaming: false,
    },
    {
      version: "0.3.14",
      name: "standardise",
      protocolVersion: "0.3",
      skills: ["standardisation"],
      push: false,
      streaming: false,
    },
    {
      version: "1.3.0",
      name: "report",
      protocolVersion: "1.0",
      skills: ["chart", "report"],
      push: true,
      streaming: true,
    },
    {
      version: "1.3.0-message",
      name: "returns",
      protocolVersion: "1.0",
      skills: ["returns"],
      push: false,
      streaming: false,
    },
  ])("of SDK $version read as $protocolVersion", ({ version, name, protocolVersion, skills, push, streaming }) => {
    const card = readAgentCard(load(version).card);
    expect(card).toMatchObject({
      name,
      protocolVersion,
      skills: skills.map((id) => ({ id, inputModes: ["application/json"], outputModes: ["application/json"] })),
      capabilities: { push, streaming },
      interfaces: [{ binding: "JSONRPC" }],
      idempotentMessages: true,
    });
  });
});

describe("recorded tasks", () => {
  const NONE = { monthly: 0, annual: 0 };
  it.each([
    { version: "0.2.5", state: "completed", output: { volatility: { A: NONE } } },
    { version: "0.3.14", state: "completed", output: { months: ["2000-01-01"], prices: { A: [1] } } },
    { version: "1.3.0", state: "failed", output: { text: expect.stringMatching(/^chart needs returns/) } },
  ])("of SDK $version begin as working and end as $state", ({ version, state, output }) => {
    const { send, get } = load(version);
    const sent = readSendResult(result(send));
    expect(sent).toMatchObject({ kind: "task", snapshot: { state: "working", contextId: "c-1", messageIds: ["m-1"] } });
    const task = taskOf(get);
    expect(sent).toMatchObject({ snapshot: { taskId: task.taskId } });
    expect(task.state).toBe(state);
    expect(outputOf(task)).toEqual(output);
  });

  it("of SDK 1.3.0 are listed with the messages that began them", () => {
    const { tasks } = z.object({ tasks: z.array(WireTask) }).parse(result(load("1.3.0").list));
    expect(tasks.map(({ messageIds }) => messageIds[0])).toEqual(["m-1"]);
  });

  it("of SDK 1.3.0 may be messages instead", () => {
    expect(readSendResult(result(load("1.3.0-message").send))).toMatchObject({
      kind: "message",
      parts: [{ kind: "data", data: { returns: { A: { totalReturn: 1 } } } }],
    });
  });
});

describe("recorded refusals", () => {
  it.each(["0.2.5", "0.3.14", "1.3.0", "1.3.0-message"])("of SDK %s carry the codes we act upon", (version) => {
    const { getUnknown, unknownMethod } = load(version);
    expect(read(getUnknown)).toMatchObject({ kind: "refused", code: "-32001" });
    expect(read(unknownMethod)).toMatchObject({ kind: "refused", code: "-32601", retryable: false });
  });

  it.each(["0.2.5", "0.3.14", "1.3.0"])("of SDK %s say that a finished task cannot be canceled", (version) => {
    expect(read(load(version).cancelDone)).toMatchObject({ kind: "refused", code: "-32002" });
  });

  it.each(["0.2.5", "0.3.14"])("of SDK %s: tasks cannot be listed", (version) => {
    expect(read(load(version).list)).toMatchObject({ kind: "refused", code: "-32601" });
  });
});

describe("recorded streams", () => {
  it("of SDK 1.3.0 fold into the task they report", () => {
    const fold = new EventStreamFold();
    expect(fold.push(load("1.3.0").stream)).toBe(true);
    const folded = fold.result;
    expect(folded).toMatchObject({ kind: "task", snapshot: { state: "failed", contextId: "c-1" } });
    expect(folded?.kind === "task" && textOf(folded.snapshot.message ?? [])).toMatch(/^chart needs returns/);
  });

  it("are refused with -32004 by an agent that does not stream, as an event or as plain JSON", () => {
    const fold = new EventStreamFold();
    expect(fold.push(load("1.3.0-message").stream)).toBe(true);
    expect(fold.result).toMatchObject({ kind: "refused", code: "-32004" });
    expect(read(JSON.parse(load("0.3.14").stream))).toMatchObject({ kind: "refused", code: "-32004" });
  });
});
