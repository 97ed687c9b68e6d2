import type { AgentCard } from "a2a-sdk-0.3";
import { type AgentExecutor, DefaultRequestHandler, InMemoryTaskStore } from "a2a-sdk-0.3/server";
import { restHandler, UserBuilder } from "a2a-sdk-0.3/server/express";
import express from "express";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createA2aClient, type SendTask } from "../../shared/a2a/a2a-client.ts";
import { startPeer } from "./scripted-peer.ts";

const client = createA2aClient({ allowedHosts: ["127.0.0.1"] });
afterAll(() => client.close());

const SEND: SendTask = {
  messageId: "m-1",
  contextId: "c-1",
  metadata: { run: 7 },
  parts: [
    { kind: "text", text: "hello" },
    { kind: "data", data: { n: 1, data: "inner" } },
    { kind: "file", name: "f.txt", mediaType: "text/plain", url: "https://files.test/f" },
  ],
};

/** What the server's executor was given, and what it answers: the same parts, as an artifact. */
const heard: unknown[] = [];
const executor: AgentExecutor = {
  async execute({ userMessage, taskId, contextId }, bus) {
    heard.push(userMessage);
    const ids = { taskId, contextId };
    const isSlow = JSON.stringify(userMessage).includes("slow");
    bus.publish({ kind: "task", id: taskId, contextId, status: { state: "working" }, history: [userMessage] });
    if (isSlow) return;
    bus.publish({
      kind: "artifact-update",
      ...ids,
      artifact: { artifactId: "echo", parts: userMessage.parts },
      lastChunk: true,
    });
    bus.publish({ kind: "status-update", ...ids, final: true, status: { state: "completed" } });
    bus.finished();
  },
  async cancelTask(taskId, bus) {
    bus.publish({ kind: "status-update", taskId, contextId: "c-1", final: true, status: { state: "canceled" } });
    bus.finished();
  },
};

const closing: (() => void)[] = [];
afterAll(() => closing.forEach((close) => close()));
let agent: { agentId: string; url: string };

/** A server made with @a2a-js/sdk 0.3.14, which speaks nothing but HTTP+JSON. */
beforeAll(async () => {
  const app = express();
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
  closing.push(() => server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const card: AgentCard = {
    name: "rest",
    description: "",
    version: "1",
    protocolVersion: "0.3.0",
    url: `${url}/agent`,
    preferredTransport: "HTTP+JSON",
    capabilities: { streaming: true },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
  };
  app.get("/.well-known/agent-card.json", (_, response) => void response.json(card));
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), executor);
  app.use("/agent", restHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
  agent = { agentId: "a", url };
});

describe("HTTP+JSON 0.3 of the JavaScript SDK", () => {
  const PARTS = [
    { kind: "text", text: "hello" },
    { kind: "data", data: { n: 1, data: "inner" } },
    { kind: "file", mediaType: "text/plain", url: "https://files.test/f" },
  ];

  it("takes text, data and files, and gives them back", async () => {
    const outcome = await client.sendTask(agent, { ...SEND, returnImmediately: false });
    expect(outcome).toMatchObject({
      kind: "task",
      snapshot: { state: "completed", contextId: "c-1", artifacts: [{ id: "echo", parts: PARTS }] },
    });
    expect(heard.at(-1)).toMatchObject({
      messageId: "m-1",
      contextId: "c-1",
      role: "user",
      metadata: { run: 7 },
      parts: [{ text: "hello" }, { data: { n: 1, data: "inner" } }, { file: { uri: "https://files.test/f" } }],
    });
  });

  it("streams, and names the task on the way", async () => {
    const told: string[] = [];
    const outcome = await client.sendTask(agent, {
      ...SEND,
      messageId: "m-2",
      stream: true,
      onTask: ({ state }) => told.push(state),
    });
    expect(outcome).toMatchObject({ kind: "task", snapshot: { state: "completed", artifacts: [{ parts: PARTS }] } });
    expect(told).toEqual(["working"]);
  });

  it("is asked for a task and told to stop; it knows no other task, and cancels none that is over", async () => {
    const slow = await client.sendTask(agent, { ...SEND, messageId: "m-3", parts: [{ kind: "text", text: "slow" }] });
    const taskId = slow.kind === "task" ? slow.snapshot.taskId : "";
    expect(await client.getTask(agent, taskId)).toMatchObject({ taskId, state: "working" });
    expect(await client.cancelTask(agent, taskId)).toMatchObject({ state: "canceled" });
    // It refuses with 409 what is over: where the task stands is asked then.
    expect(await client.cancelTask(agent, taskId)).toMatchObject({ state: "canceled" });
    expect(await client.getTask(agent, "unknown")).toBe("not-found");
    expect(await client.findTask(agent, { contextId: "c-1", messageId: "m-3" })).toBe("unsupported");
  });
});

describe("HTTP+JSON 0.3 as the Python SDK writes it", () => {
  const peerOf = (path: string, reply: { status?: number; json: unknown }) =>
    startPeer(({ url }, origin) => {
      if (url === "/.well-known/agent-card.json")
        return {
          json: {
            name: "py",
            version: "1",
            protocolVersion: "0.3.0",
            url: origin,
            preferredTransport: "HTTP+JSON",
            capabilities: { pushNotifications: true },
            skills: [],
          },
        };
      return url === path ? reply : undefined;
    });

  it("answers with a message", async () => {
    const json = { message: { messageId: "r", role: "ROLE_AGENT", content: [{ data: { data: { ok: true } } }] } };
    await using peer = await peerOf("/v1/message:send", { json });
    const push = { url: "https://us.test/push", token: "t" };
    expect(await client.sendTask({ agentId: "a", url: peer.url }, { ...SEND, push })).toEqual({
      kind: "message",
      parts: [{ kind: "data", data: { ok: true } }],
    });
    const { message, configuration } = JSON.parse(peer.seen.at(-1)?.body ?? "");
    expect(Object.keys(message).sort()).toEqual(["content", "contextId", "messageId", "metadata", "role"]);
    expect(configuration).toEqual({
      acceptedOutputModes: ["application/json", "text/plain"],
      historyLength: 0,
      blocking: false,
      pushNotification: { ...push, authentication: { schemes: ["Bearer"], credentials: "t" } },
    });
  });

  it.each([
    [404, { message: "Task not found" }, "not-found"],
    [
      200,
      {
        id: "t",
        contextId: "c",
        status: {
          state: "TASK_STATE_FAILED",
          message: { messageId: "r", role: "ROLE_AGENT", content: [{ text: "no" }] },
        },
      },
      { state: "failed", message: [{ kind: "text", text: "no" }] },
    ],
  ])("answers HTTP %i to the question for a task", async (status, json, found) => {
    await using peer = await peerOf("/v1/tasks/t?historyLength=0", { status, json });
    const got = await client.getTask({ agentId: "a", url: peer.url }, "t");
    if (typeof found === "string") expect(got).toBe(found);
    else expect(got).toMatchObject(found);
  });
});
