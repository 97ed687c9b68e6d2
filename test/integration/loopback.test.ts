import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createA2aClient, type SendOutcome, type SendTask } from "../../shared/a2a/a2a-client.ts";
import { outputOf, outputOfParts, textOf } from "../../shared/a2a/task-output.ts";
import { startAgentProcess, type AgentProcess } from "./agent-process.ts";
import { startPushReceiver, type PushReceiver } from "./push-receiver.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"], replyBytes: 5_000_000 });
let agent: AgentProcess;
let receiver: PushReceiver;

beforeAll(async () => {
  [agent, receiver] = await Promise.all([startAgentProcess("loopback", ["--latency-ms", "20"]), startPushReceiver()]);
});
afterAll(async () => {
  client.close();
  await Promise.all([agent[Symbol.asyncDispose](), receiver.close()]);
});

const endpoint = () => ({ agentId: "loopback", url: agent.url });
const behaving = (behaviour: string, more: object = {}): SendTask => ({
  messageId: crypto.randomUUID(),
  contextId: "loop",
  parts: [{ kind: "data", data: { skill: "echo", input: { behaviour, ...more } } }],
});
const taskOf = (outcome: SendOutcome): string => {
  if (outcome.kind !== "task") throw new Error(JSON.stringify(outcome));
  return outcome.snapshot.taskId;
};
const stateOf = async (taskId: string): Promise<string> => {
  const snapshot = await client.getTask(endpoint(), taskId);
  return snapshot === "not-found" ? snapshot : snapshot.state;
};
const stateBecomes = async (taskId: string, state: string): Promise<void> => {
  await expect.poll(() => stateOf(taskId), { interval: 5 }).toBe(state);
};

describe("a send to an agent that misbehaves", () => {
  it.each([
    { behaviour: "echo", outcome: { kind: "message" } },
    { behaviour: "slow", outcome: { kind: "message" } },
    { behaviour: "task", outcome: { kind: "task", snapshot: { state: "working" } } },
    {
      behaviour: "fail",
      outcome: { kind: "task", snapshot: { state: "failed", message: [{ text: "the work went wrong" }] } },
    },
    { behaviour: "reject", outcome: { kind: "task", snapshot: { state: "rejected" } } },
    { behaviour: "input-required", outcome: { kind: "task", snapshot: { state: "input_required" } } },
    { behaviour: "auth-required", outcome: { kind: "task", snapshot: { state: "auth_required" } } },
    { behaviour: "error", outcome: { kind: "refused", code: "-32603", retryable: true } },
    { behaviour: "garbage", outcome: { kind: "refused", code: "InvalidReply", retryable: true } },
    { behaviour: "error-body", outcome: { kind: "refused", code: "InvalidReply", retryable: true } },
    { behaviour: "wrong-content-type", outcome: { kind: "message" } },
    { behaviour: "server-error", outcome: { kind: "refused", code: "HTTP 500", retryable: true } },
    { behaviour: "bad-gateway", outcome: { kind: "in-doubt" } },
    { behaviour: "redirect", outcome: { kind: "refused", code: "Redirected", retryable: false } },
    { behaviour: "close", outcome: { kind: "in-doubt" } },
    { behaviour: "silent", outcome: { kind: "in-doubt", reason: "no whole reply within 200 ms" } },
    { behaviour: "stall", outcome: { kind: "in-doubt", reason: "no whole reply within 200 ms" } },
    { behaviour: "unavailable", outcome: { kind: "refused", code: "HTTP 503", retryable: true, retryAfterMs: 1000 } },
  ])("$behaviour → $outcome.kind", async ({ behaviour, outcome }) => {
    const timeoutMs = behaviour === "silent" || behaviour === "stall" ? 200 : 30_000;
    expect(await client.sendTask(endpoint(), { ...behaving(behaviour), timeoutMs })).toMatchObject(outcome);
  });

  it("is refused as unreachable, and may be repeated, when nobody listens", async () => {
    const supportedInterfaces = [{ url: "http://127.0.0.1:1/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }];
    const gone = { agentId: "gone", url: "http://127.0.0.1:1/", card: { name: "gone", supportedInterfaces } };
    const outcome = await client.sendTask(gone, behaving("echo"));
    expect(outcome).toMatchObject({ kind: "refused", code: "Unreachable", retryable: true });
  });

  it("succeeds the second time when the first met a 503, with the same messageId", async () => {
    const send = behaving("unavailable");
    expect(await client.sendTask(endpoint(), send)).toMatchObject({ kind: "refused" });
    expect(await client.sendTask(endpoint(), send)).toMatchObject({ kind: "message" });
  });

  it("reads no more of a reply than it may", async () => {
    const fits = await client.sendTask(endpoint(), behaving("big", { bytes: 4_900_000 }));
    expect(fits.kind).toBe("message");
    const outcome = await client.sendTask(endpoint(), behaving("big", { bytes: 5_100_000 }));
    expect(outcome).toMatchObject({ kind: "refused", code: "ReplyTooLarge", retryable: false });
  });

  it("finds the task of a lost response by its message", async () => {
    const send = { ...behaving("close"), contextId: crypto.randomUUID() };
    expect((await client.sendTask(endpoint(), send)).kind).toBe("in-doubt");
    const found = await client.findTask(endpoint(), { contextId: send.contextId, messageId: send.messageId });
    expect(found).toMatchObject({ messageIds: [send.messageId] });
  });

  it("streams to an agent that refuses plain sends, up to its end", async () => {
    const streaming = { agentId: "stream-only", url: `${agent.url}/stream-only/` };
    for (const _ of ["learns", "remembers"]) {
      const outcome = await client.sendTask(streaming, behaving("task", { colour: "red" }));
      if (outcome.kind !== "task") throw new Error(JSON.stringify(outcome));
      expect(outcome.snapshot.state).toBe("completed");
      expect(outputOf(outcome.snapshot)).toMatchObject({ echo: { colour: "red" } });
    }
    expect(await client.sendTask(streaming, behaving("echo"))).toMatchObject({ kind: "message" });
  });

  it("returns the unfinished task when a stream outlives the timeout", async () => {
    const streaming = { agentId: "stream-only", url: `${agent.url}/stream-only/` };
    const outcome = await client.sendTask(streaming, { ...behaving("never-ends"), timeoutMs: 1500 });
    expect(outcome).toMatchObject({ kind: "task", snapshot: { state: "working" } });
  });
});

describe("a task of an agent that misbehaves", () => {
  it.each(["task", "poll", "auth-required"])("%s completes and carries its output", async (behaviour) => {
    const taskId = taskOf(await client.sendTask(endpoint(), behaving(behaviour, { n: 7 })));
    await stateBecomes(taskId, "completed");
    const snapshot = await client.getTask(endpoint(), taskId);
    expect(snapshot !== "not-found" && outputOf(snapshot)).toMatchObject({ echo: { n: 7 } });
  });

  it("completes after its question was answered", async () => {
    const send = behaving("input-required");
    const asked = await client.sendTask(endpoint(), send);
    expect(asked.kind === "task" && textOf(asked.snapshot.message ?? [])).toBe("which colour?");
    const answer = {
      ...send,
      messageId: crypto.randomUUID(),
      taskId: taskOf(asked),
      parts: [{ kind: "data" as const, data: { colour: "red" } }],
    };
    const answered = await client.sendTask(endpoint(), answer);
    expect(answered).toMatchObject({ kind: "task", snapshot: { state: "completed" } });
    expect(answered.kind === "task" && outputOf(answered.snapshot)).toMatchObject({ echo: { colour: "red" } });
  });

  it.each([
    { behaviour: "never-ends", canceled: "canceled", later: "canceled" },
    { behaviour: "uncancelable", canceled: "working", later: "working" },
    { behaviour: "late-after-cancel", canceled: "canceled", later: "completed" },
    { behaviour: "reject", canceled: "rejected", later: "rejected" },
  ])("$behaviour is $canceled after a cancel and $later in the end", async ({ behaviour, canceled, later }) => {
    const taskId = taskOf(await client.sendTask(endpoint(), behaving(behaviour)));
    expect(await client.cancelTask(endpoint(), taskId)).toMatchObject({ taskId, state: canceled });
    await sleep(80);
    await stateBecomes(taskId, later);
  });
});

describe("push notifications of an agent that misbehaves", () => {
  const COMPLETED = "TASK_STATE_COMPLETED";
  const WORKING = "TASK_STATE_WORKING";
  it.each([
    { behaviour: "task", states: [COMPLETED], forged: 0 },
    { behaviour: "push-before-response", states: [COMPLETED], forged: 0 },
    { behaviour: "push-twice", states: [COMPLETED, COMPLETED], forged: 0 },
    { behaviour: "push-reordered", states: [COMPLETED, WORKING], forged: 0 },
    { behaviour: "push-forged", states: [COMPLETED, COMPLETED], forged: 1 },
  ])("$behaviour pushes $states", async ({ behaviour, states, forged }) => {
    const inbox = receiver.expectPush();
    const outcome = await client.sendTask(endpoint(), { ...behaving(behaviour), push: inbox.target });
    expect(outcome).toMatchObject({ kind: "task", push: true, snapshot: { state: "working" } });
    const received = await inbox.received(states.length);
    expect(received.map(({ body }) => Object(body).statusUpdate.status.state)).toEqual(states);
    expect(received.filter(({ token }) => token !== inbox.target.token)).toHaveLength(forged);
    await stateBecomes(taskOf(outcome), "completed");
  });

  it("echo answers directly and pushes nothing", async () => {
    const outcome = await client.sendTask(endpoint(), behaving("echo", { n: 1 }));
    expect(outcome.kind === "message" && outputOfParts(outcome.parts)).toEqual({
      skill: "echo",
      echo: { behaviour: "echo", n: 1 },
    });
  });
});
