import { randomUUID } from "node:crypto";
import { SendMessageRequest } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { currentClient, fetchAs, tokenFor } from "./support/a2a-callers.ts";
import { collect, Json, messageOf, read, rpcOn, send, Task, wire } from "./support/a2a-talk.ts";
import { openSteeredCloud } from "./support/steered-cloud.ts";
import { gated } from "./support/workflow-client.ts";

const { cloud, client: workflows } = openSteeredCloud();
const rpc = rpcOn(cloud);
let a2a: Client;

beforeAll(async () => {
  await workflows.deploy("words", [{ id: "say", input_from: { said: "input.text" } }]);
  await workflows.deploy("figures", [{ id: "add", input_from: { a: "input.a", b: "input.b" } }]);
  await workflows.deploy("asking", [{ id: "ask", input: { behaviour: "input-required" } }]);
  await workflows.deploy("asking-below", [{ id: "below", workflow: { name: "asking" } }]);
  await workflows.deploy("approved", [
    { id: "ready" },
    { id: "gate", approval: { prompt: "Ship it?" }, depends_on: ["ready"] },
  ]);
  await workflows.deploy("slow", [
    { id: "first" },
    { id: "held", ...gated("a2a-slow"), depends_on: ["first"] },
    { id: "quick" },
  ]);
  await workflows.deploy("refused", [{ id: "no", input: { behaviour: "reject" }, retry_policy: { max_attempts: 1 } }]);
  const { url, token } = cloud.connection();
  a2a = await currentClient(url, token);
});

describe("the card", () => {
  it("is public, names no tenant's workflow, and may be kept", async () => {
    const { url } = cloud.connection();
    const reply = await fetch(`${url}/.well-known/agent-card.json`);
    const text = await reply.text();
    expect(reply.status).toBe(200);
    expect(text).not.toContain("figures");
    expect(Json.parse(JSON.parse(text))).toMatchObject({
      supportedInterfaces: [
        { url: `${url}/a2a`, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
        { url: `${url}/a2a`, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
        { protocolBinding: "JSONRPC", protocolVersion: "0.3" },
      ],
      capabilities: { streaming: true, extendedAgentCard: true },
    });
    expect(reply.headers.get("cache-control")).toBe("public, max-age=300");
    const again = await fetch(`${url}/.well-known/agent-card.json`, {
      headers: { "if-none-match": reply.headers.get("etag") ?? "" },
    });
    expect(again.status).toBe(304);
  });

  it("is named by the catalog beside it, which is as public", async () => {
    const { url } = cloud.connection();
    const reply = await fetch(`${url}/.well-known/ai-catalog.json`);
    const text = await reply.text();
    expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "application/ai-catalog+json"]);
    expect(reply.headers.get("cache-control")).toBe("public, max-age=300");
    expect(text).not.toContain("figures");
    const { entries } = z
      .object({ entries: z.array(z.object({ mediaType: z.string(), url: z.url() })) })
      .parse(JSON.parse(text));
    expect(entries).toEqual([
      { mediaType: "application/a2a-agent-card+json", url: `${url}/.well-known/agent-card.json` },
    ]);
    expect((await fetch(entries[0]?.url ?? "")).status).toBe(200);
    const again = await fetch(reply.url, { headers: { "if-none-match": reply.headers.get("etag") ?? "" } });
    expect(again.status).toBe(304);
  });

  it("lists each workflow as a skill, with its input schema, for those who show a token", async () => {
    const { url } = cloud.connection();
    const { result } = await rpc("GetExtendedAgentCard", {});
    const { skills, capabilities } = z
      .object({
        skills: z.array(z.looseObject({ id: z.string(), tags: z.array(z.string()), examples: z.array(z.string()) })),
        capabilities: z.object({
          extensions: z.array(
            z.object({ params: z.object({ workflows: z.array(z.looseObject({ skill: z.string() })) }) }),
          ),
        }),
      })
      .parse(result);
    expect(skills.find(({ id }) => id === "figures")).toMatchObject({
      tags: expect.arrayContaining(["version:1.0"]),
      examples: ['{"a":"<a>","b":"<b>"}'],
    });
    const described = capabilities.extensions.flatMap(({ params }) => params.workflows);
    expect(described.find(({ skill }) => skill === "figures")).toMatchObject({
      version: "1.0",
      inputSchema: { type: "object", properties: { a: {}, b: {} }, required: ["a", "b"] },
    });
    const other = await tokenFor(cloud, { tenant: "other", subject: "eve", roles: ["admin"] });
    const card = await (
      await fetchAs(other)(`${url}/a2a/extendedAgentCard`, { headers: { "a2a-version": "1.0" } })
    ).text();
    expect(card).not.toContain("figures");
    expect((await fetch(`${url}/a2a/extendedAgentCard`)).status).toBe(401);
  });
});

describe("a message", () => {
  it("without a name runs the workflow whose input it fits, and is answered when the task is over", async () => {
    const task = await send(a2a, { parts: [{ data: { a: 1, b: 2 } }] });
    expect(task.status.state).toBe("TASK_STATE_COMPLETED");
    expect(JSON.stringify(task.artifacts)).toContain('"b":2');
    expect(task.history).toMatchObject([{ role: "ROLE_USER", parts: [{ data: { a: 1, b: 2 } }] }]);
    expect((await workflows.execution(task.id)).status).toBe("completed");
  });

  it("in words runs the workflow that reads words", async () => {
    const task = await send(a2a, { parts: [{ text: "good morning" }] });
    expect(task.status.state).toBe("TASK_STATE_COMPLETED");
    expect(JSON.stringify(task.artifacts)).toContain("good morning");
  });

  it("is answered with a message where the workflow says so, waited for or streamed, and with its task where it fails", async () => {
    await workflows.deploy("spoken", [{ id: "say", input_from: { said: "input.spoken" } }], { answer: "message" });
    const wish = () => ({ skill: "spoken", parts: [{ data: { spoken: "good night" } }] });
    const spoken = { role: "ROLE_AGENT", parts: [expect.anything()], metadata: { skill: "spoken@1.0" } };
    const { result } = await rpc("SendMessage", Json.parse(SendMessageRequest.toJSON(messageOf(wish()))));
    expect(result).toMatchObject({ message: spoken });
    expect(JSON.stringify(result)).toContain("good night");
    expect(await collect(a2a.sendMessageStream(messageOf(wish())))).toMatchObject([{ message: spoken }]);
    const failing = [{ id: "no", input: { behaviour: "reject" }, retry_policy: { max_attempts: 1 } }];
    await workflows.deploy("unspoken", failing, { answer: "message" });
    expect((await send(a2a, { skill: "unspoken" })).status.state).toBe("TASK_STATE_REJECTED");
    expect(await collect(a2a.sendMessageStream(messageOf({ skill: "unspoken" })))).toMatchObject([{ task: { status: { state: "TASK_STATE_REJECTED" } } }]);
    expect((await send(a2a, { ...wish(), configuration: { returnImmediately: true } })).id).toMatch(/^exec_/);
  });

  it("that fits nothing is refused with what there is", async () => {
    const { error } = await rpc("SendMessage", {
      message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ data: { z: 1 } }] },
    });
    expect(error).toMatchObject({ code: -32_602, message: expect.stringContaining("name one as metadata.skill") });
    expect(error?.message).toContain("approved");
  });

  it("twenty times at once is one execution", async () => {
    const request = messageOf({ skill: "figures", parts: [{ data: { a: 1, b: 2 } }] });
    const tasks = await Promise.all(Array.from({ length: 20 }, async () => wire(await a2a.sendMessage(request))));
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(1);
    expect(new Set(tasks.map(({ contextId }) => contextId)).size).toBe(1);
    const { tasks: listed } = await a2a.listTasks({
      tenant: "",
      contextId: tasks[0]?.contextId ?? "",
      status: 0,
      pageSize: 10,
      pageToken: "",
      historyLength: 0,
      statusTimestampAfter: undefined,
      includeArtifacts: false,
    });
    expect(listed).toHaveLength(1);
  });

  it("of another caller with the same id is another execution", async () => {
    const { url } = cloud.connection();
    const bob = await currentClient(
      url,
      await tokenFor(cloud, { tenant: "default", subject: "bob", roles: ["operator"] }),
    );
    const request = messageOf({ skill: "figures", parts: [{ data: { a: 1, b: 2 } }] });
    expect(wire(await bob.sendMessage(request)).id).not.toBe(wire(await a2a.sendMessage(request)).id);
  });

  it("that need not be waited for is answered at once", async () => {
    const task = await send(a2a, { skill: "slow", configuration: { returnImmediately: true } });
    expect(["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"]).toContain(task.status.state);
    const cancelled = wire(await a2a.cancelTask({ tenant: "", id: task.id, metadata: {} }));
    expect(cancelled.status.state).toBe("TASK_STATE_CANCELED");
    await expect(a2a.cancelTask({ tenant: "", id: task.id, metadata: {} })).rejects.toThrow(
      /cancelled already|not cancelable/i,
    );
  });

  it("whose work an agent turns down comes back rejected", async () => {
    const task = await send(a2a, { skill: "refused" });
    expect(task.status).toMatchObject({
      state: "TASK_STATE_REJECTED",
      message: { parts: [{ text: expect.stringContaining("not for me") }] },
    });
  });
});

describe("a question", () => {
  it("of an agent is answered by the next message, once", async () => {
    const asked = await send(a2a, { skill: "asking" });
    expect(asked.status).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { parts: [{ text: "which colour?" }] },
    });
    const answer = messageOf({ parts: [{ text: "blue" }], message: { taskId: asked.id, contextId: asked.contextId } });
    const answered = wire(await a2a.sendMessage(answer));
    expect(answered.status.state).toBe("TASK_STATE_COMPLETED");
    expect(answered.history?.map(({ role }) => role)).toEqual(["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]);
    expect(wire(await a2a.sendMessage(answer)).id).toBe(asked.id);
    expect((await read(a2a, asked.id, 1)).history).toMatchObject([{ parts: [{ text: "blue" }] }]);
    await expect(a2a.sendMessage(messageOf({ message: { taskId: asked.id } }))).rejects.toThrow(
      /takes no more messages/,
    );
  });

  it("for a decision is answered with approve or reject, and nothing else", async () => {
    const asked = await send(a2a, { skill: "approved" });
    expect(asked.status).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { parts: [{ text: expect.stringContaining("Ship it?") }, {}] },
    });
    const answer = (text: string) => send(a2a, { parts: [{ text }], message: { taskId: asked.id } });
    await expect(answer("perhaps")).rejects.toThrow(/approve/);
    expect((await answer("approve")).status.state).toBe("TASK_STATE_COMPLETED");
  });

  it("belongs to its context", async () => {
    const asked = await send(a2a, { skill: "asking" });
    await expect(send(a2a, { message: { taskId: asked.id, contextId: "another" } })).rejects.toThrow(/another context/);
  });
  it("of a nested execution reaches the caller, and the answer reaches the agent", async () => {
    const asked = await send(a2a, { skill: "asking-below" });
    expect(asked.status).toMatchObject({
      state: "TASK_STATE_INPUT_REQUIRED",
      message: { parts: [{ text: "which colour?" }] },
    });
    const answered = await send(a2a, { parts: [{ text: "blue" }], message: { taskId: asked.id } });
    expect(answered.status.state).toBe("TASK_STATE_COMPLETED");
  });
});

describe("tasks", () => {
  it("of another tenant are not found, whatever is asked", async () => {
    const mine = await send(a2a, { skill: "asking" });
    const { url } = cloud.connection();
    const eve = await currentClient(
      url,
      await tokenFor(cloud, { tenant: "other", subject: "local-admin", roles: ["admin"] }),
    );
    await expect(read(eve, mine.id)).rejects.toThrow(/not found/i);
    await expect(eve.cancelTask({ tenant: "", id: mine.id, metadata: {} })).rejects.toThrow(/not found/i);
    await expect(send(eve, { message: { taskId: mine.id } })).rejects.toThrow(/not found/i);
    await expect(collect(eve.resubscribeTask({ tenant: "", id: mine.id }))).rejects.toThrow(/not found/i);
    const all = await eve.listTasks({
      tenant: "",
      contextId: "",
      status: 0,
      pageSize: 10,
      pageToken: "",
      historyLength: 0,
      statusTimestampAfter: undefined,
      includeArtifacts: false,
    });
    expect(all.tasks).toEqual([]);
    expect((await read(a2a, mine.id)).status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  });

  it("are listed page by page, by context and by state", async () => {
    const contextId = `context-${randomUUID()}`;
    const made: string[] = [];
    for (let n = 0; n < 3; n += 1)
      made.push((await send(a2a, { skill: "figures", parts: [{ data: { a: n, b: 0 } }], message: { contextId } })).id);
    const asked = await send(a2a, { skill: "asking", message: { contextId } });
    const Page = z.object({ tasks: z.array(Task), nextPageToken: z.string(), pageSize: z.int(), totalSize: z.int() });
    const list = async (params: object) => Page.parse((await rpc("ListTasks", { contextId, ...params })).result);
    const first = await list({ pageSize: 3 });
    const second = await list({ pageSize: 3, pageToken: first.nextPageToken });
    expect(first.tasks).toHaveLength(3);
    expect(first.totalSize).toBe(4);
    expect([...first.tasks, ...second.tasks].map(({ id }) => id)).toEqual([asked.id, ...made.toReversed()]);
    expect(second.nextPageToken).toBe("");
    expect(JSON.stringify(first)).not.toContain("artifacts");
    expect((await list({ status: "TASK_STATE_INPUT_REQUIRED" })).tasks.map(({ id }) => id)).toEqual([asked.id]);
    expect((await list({ includeArtifacts: true })).tasks.find(({ id }) => id === made[0])?.artifacts).toHaveLength(1);
    expect((await rpc("ListTasks", { pageSize: 101 })).error?.code).toBe(-32_602);
    expect((await rpc("ListTasks", { pageToken: "!" })).error?.code).toBe(-32_602);
  });

  it("are there for who may read and nobody else", async () => {
    const { url } = cloud.connection();
    const agent = await tokenFor(cloud, { tenant: "default", subject: "robot", roles: ["agent"] });
    const reply = await fetchAs(agent)(`${url}/a2a/tasks`, { headers: { "a2a-version": "1.0" } });
    expect(reply.status).toBe(403);
    expect(await reply.json()).toMatchObject({
      error: { status: "PERMISSION_DENIED", details: [{ reason: "PERMISSION_DENIED" }] },
    });
  });
});
