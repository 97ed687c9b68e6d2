import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { StreamResponse as StreamCodec } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { type PushReceiver, startPushReceiver } from "./push-receiver.ts";
import { currentClient, legacyClient } from "./support/a2a-callers.ts";
import { collect, Json, messageOf, read, rpcOn, send } from "./support/a2a-talk.ts";
import { openSteeredCloud } from "./support/steered-cloud.ts";
import { gated } from "./support/workflow-client.ts";

/** More streams than a function of the embedded cloud once took calls at a time. */
const MANY = 120;
const PLACES = { STREAMS_PER_SUBJECT: String(MANY), STREAMS_PER_TENANT: String(MANY) };

const { cloud, client: workflows, gates } = openSteeredCloud({ env: PLACES });
const rpc = rpcOn(cloud);
let a2a: Client;

beforeAll(async () => {
  await workflows.deploy("words", [{ id: "say", input_from: { said: "input.text" } }]);
  await workflows.deploy("figures", [{ id: "add", input_from: { a: "input.a", b: "input.b" } }]);
  await workflows.deploy("asking", [{ id: "ask", input: { behaviour: "input-required" } }]);
  await workflows.deploy("slow", [
    { id: "first" },
    { id: "held", ...gated("a2a-slow"), depends_on: ["first"] },
    { id: "quick" },
  ]);
  const { url, token } = cloud.connection();
  a2a = await currentClient(url, token);
});

describe("a stream", () => {
  it("begins with the task, tells artifacts as they come, and ends with the task", async () => {
    const events = a2a.sendMessageStream(messageOf({ skill: "slow" }));
    const seen: Record<string, unknown>[] = [];
    for await (const event of events) {
      const told = Json.parse(StreamCodec.toJSON(event));
      seen.push(told);
      if ("artifactUpdate" in told && seen.filter((one) => "artifactUpdate" in one).length === 1)
        await gates.open("a2a-slow");
    }
    expect(Object.keys(seen[0] ?? {})).toEqual(["task"]);
    expect(seen.at(-1)).toMatchObject({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
    const artifacts = seen.flatMap(({ artifactUpdate }) =>
      artifactUpdate === undefined ? [] : [Json.parse(Json.parse(artifactUpdate)["artifact"])["artifactId"]],
    );
    expect(artifacts).toEqual(["quick", "held"]);
  });

  it("of a task under way can be joined, and ends with it for everybody", async () => {
    await gates.shut("a2a-slow");
    const { id } = await send(a2a, { skill: "slow", configuration: { returnImmediately: true } });
    const streams = [1, 2].map(() => collect(a2a.resubscribeTask({ tenant: "", id })));
    await cloud.until(
      async () => ((await workflows.task(id, "held").catch(() => undefined)) === undefined ? undefined : true),
      "the held task",
    );
    await gates.open("a2a-slow");
    for (const seen of await Promise.all(streams)) {
      expect(Object.keys(seen[0] ?? {})).toEqual(["task"]);
      expect(seen.at(-1)).toMatchObject({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
    }
    const { error } = await rpc("SubscribeToTask", { id });
    expect(error?.code).toBe(-32_004);
  });

  it("holds up no other call, however many there are beside it", async () => {
    await gates.shut("a2a-slow");
    const { id } = await send(a2a, { skill: "slow", configuration: { returnImmediately: true } });
    let open = 0;
    const last = Array.from({ length: MANY }, async () => {
      let told: unknown;
      for await (const event of a2a.resubscribeTask({ tenant: "", id })) {
        if (told === undefined) open += 1;
        told = StreamCodec.toJSON(event);
      }
      return told;
    });
    await cloud.until(async () => (open === MANY ? true : undefined), `${MANY} streams`);
    expect((await read(a2a, id)).status.state).toBe("TASK_STATE_WORKING");
    await gates.open("a2a-slow");
    const completed = { statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } };
    expect(await Promise.all(last)).toMatchObject(last.map(() => completed));
  });
});

describe("a push", () => {
  let receiver: PushReceiver;
  beforeAll(async () => {
    receiver = await startPushReceiver();
  });
  afterAll(() => receiver.close());

  it("tells where the task stands, with the secrets of its configuration, which nobody can read back", async () => {
    const inbox = receiver.expectPush();
    const { url, token } = inbox.target;
    const config = { id: "mine", url, token, authentication: { scheme: "Bearer", credentials: "let-me-in" } };
    const asked = await send(a2a, { skill: "asking", configuration: { taskPushNotificationConfig: config } });
    await send(a2a, { parts: [{ text: "blue" }], message: { taskId: asked.id } });
    const pushes = await cloud.until(async () => {
      const heard = await inbox.received(1).catch(() => []);
      return heard.some(({ body }) => JSON.stringify(body).includes("TASK_STATE_COMPLETED")) ? heard : undefined;
    }, "the push of the end");
    for (const push of pushes) expect(push).toMatchObject({ token, authorization: "Bearer let-me-in" });
    expect(pushes.map(({ body }) => body)).toContainEqual({
      task: expect.objectContaining({ id: asked.id, artifacts: [expect.anything()] }),
    });
    const place = { taskId: asked.id, id: "mine" };
    const shown = (await rpc("GetTaskPushNotificationConfig", place)).result;
    expect(shown).toEqual({ ...place, url, authentication: { scheme: "Bearer" } });
    expect((await rpc("ListTaskPushNotificationConfigs", { taskId: asked.id })).result).toEqual({
      configs: [shown],
      nextPageToken: "",
    });
    expect((await rpc("DeleteTaskPushNotificationConfig", place)).result).toEqual({});
    expect((await rpc("DeleteTaskPushNotificationConfig", place)).result).toEqual({});
    expect((await rpc("GetTaskPushNotificationConfig", place)).error?.code).toBe(-32_001);
  });

  it("is signed for those who ask for it, and the secret stays with us", async () => {
    const inbox = receiver.expectPush();
    const key = randomBytes(32);
    const { url } = inbox.target;
    const authentication = { scheme: "HMAC", credentials: `whsec_${key.toString("base64")}` };
    const done = await send(a2a, { skill: "words", configuration: { taskPushNotificationConfig: { id: "s", url, authentication } } });
    const pushes = await inbox.received(1);
    for (const { webhook, text, authorization } of pushes) {
      const signed = `${webhook.id}.${webhook.timestamp}.${text}`;
      expect(webhook.signature).toBe(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
      expect(Math.abs(Number(webhook.timestamp) - Date.now() / 1000)).toBeLessThan(60);
      expect(authorization).toBeUndefined();
    }
    const { result } = await rpc("GetTaskPushNotificationConfig", { taskId: done.id, id: "s" });
    expect(result).toEqual({ taskId: done.id, id: "s", url, authentication: { scheme: "HMAC" } });
  });

  it("that was refused comes again, and over 0.3 it is a bare task", async () => {
    // The run tells two things, that it began and that it ended: one try at least is a second one.
    const inbox = receiver.expectPush({ refuseFirst: 3 });
    const { url, token } = cloud.connection();
    const old = await legacyClient(url, token);
    await old.sendMessage({
      message: {
        kind: "message",
        messageId: randomUUID(),
        role: "user",
        parts: [{ kind: "data", data: { a: 1, b: 2 } }],
        metadata: { skill: "figures" },
      },
      configuration: { blocking: true, pushNotificationConfig: inbox.target },
    });
    const pushes = await cloud.until(async () => {
      const heard = await inbox.received(1).catch(() => []);
      return heard.some(({ body }) => JSON.stringify(body).includes('"state":"completed"')) ? heard : undefined;
    }, "the push after the refusal");
    expect(pushes.at(-1)?.body).toMatchObject({ kind: "task", status: { state: "completed" } });
  });

  it("goes nowhere inside", async () => {
    const message = {
      messageId: randomUUID(),
      role: "ROLE_USER",
      parts: [{ data: { a: 1, b: 2 } }],
      metadata: { skill: "figures" },
    };
    const refused = ["http://169.254.169.254/latest", "https://10.0.0.1/", "http://example.com/"].map(async (url) => {
      const { error } = await rpc("SendMessage", { message, configuration: { taskPushNotificationConfig: { url } } });
      return error?.code;
    });
    expect(await Promise.all(refused)).toEqual([-32_602, -32_602, -32_602]);
  });
});

describe("the other ways in", () => {
  it("HTTP+JSON does what JSON-RPC does", async () => {
    const { url, token } = cloud.connection();
    const rest = await currentClient(url, token, "HTTP+JSON");
    const task = await send(rest, { skill: "figures", parts: [{ data: { a: 1, b: 2 } }] });
    expect(task.status.state).toBe("TASK_STATE_COMPLETED");
    expect(await read(rest, task.id)).toEqual(await read(a2a, task.id));
    const events = await collect(rest.sendMessageStream(messageOf({ skill: "words", parts: [{ text: "hi" }] })));
    expect(events.at(-1)).toMatchObject({ statusUpdate: { status: { state: "TASK_STATE_COMPLETED" } } });
    await expect(read(rest, "exec_0000000000")).rejects.toThrow(/not found/i);
  });

  it("0.3 clients send, read, stream, answer and cancel in their own words", async () => {
    const { url, token } = cloud.connection();
    const old = await legacyClient(url, token);
    const message = (more: object) => ({
      message: {
        kind: "message" as const,
        messageId: randomUUID(),
        role: "user" as const,
        parts: [{ kind: "text" as const, text: "hello" }],
        ...more,
      },
    });
    const asked = await old.sendMessage(message({ metadata: { skill: "asking" } }));
    expect(asked).toMatchObject({
      kind: "task",
      status: { state: "input-required", message: { kind: "message", role: "agent", parts: [{ kind: "text" }] } },
    });
    const { id, contextId } = z.object({ id: z.string(), contextId: z.string() }).parse(asked);
    expect(await old.sendMessage(message({ taskId: id, contextId }))).toMatchObject({
      status: { state: "completed" },
      artifacts: [{ parts: [{ kind: "data" }] }],
    });
    expect(await old.getTask({ id, historyLength: 1 })).toMatchObject({
      kind: "task",
      history: [{ kind: "message", role: "user" }],
    });
    const kinds: string[] = [];
    for await (const event of old.sendMessageStream(message({ metadata: { skill: "words" } }))) kinds.push(event.kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(["task", "status-update"]);
    const other = z.object({ id: z.string() }).parse(await old.sendMessage(message({ metadata: { skill: "asking" } })));
    expect(await old.cancelTask({ id: other.id })).toMatchObject({ status: { state: "canceled" } });
    expect(
      z
        .object({ skills: z.array(z.object({ id: z.string() })) })
        .parse(await old.getAgentCard())
        .skills.map((skill) => skill.id),
    ).toContain("figures");
  });

  it.each([
    { asks: "an unknown version", headers: { "a2a-version": "9.9" }, method: "GetTask", code: -32_009 },
    { asks: "a patch of a known one", headers: { "a2a-version": "1.0.1" }, method: "GetTask", code: -32_001 },
    { asks: "no version, so 0.3", headers: {}, method: "GetTask", code: -32_601 },
    { asks: "an unknown method", headers: { "a2a-version": "1.0" }, method: "Nothing", code: -32_601 },
    {
      asks: "something that is not JSON",
      headers: { "a2a-version": "1.0", "content-type": "text/plain" },
      method: "GetTask",
      code: -32_005,
    },
  ])("a request for $asks is refused with $code", async ({ headers, method, code }) => {
    const { error, status } = await rpc(method, { id: "exec_0000000000" }, headers);
    expect({ code: error?.code, status }).toEqual({ code, status: 200 });
    const info = { "@type": "type.googleapis.com/google.rpc.ErrorInfo", domain: "a2a-protocol.org" };
    expect(error?.data).toMatchObject("a2a-version" in headers ? [info] : { details: [info] });
  });
});
