import { describe, expect, it } from "vitest";
import * as z from "zod";
import { pauseBetweenLooks } from "../../../../functions/a2a-endpoint/follow-task.ts";
import { inputRequired, started } from "../../../../shared/execution/task/attempt-transitions.ts";
import { commitTransition, loadExecution } from "../../../../shared/execution/store/execution-store.ts";
import { saveUpload } from "../../../../shared/execution/store/upload-store.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { MemoryEndpoint, said } from "./memory-endpoint.ts";
import { START } from "../../../fixtures/runtime/memory-runtime.ts";

const NOW = { configuration: { returnImmediately: true } };
const Sent = z.object({
  task: z.object({ id: z.string(), contextId: z.string(), status: z.looseObject({ state: z.string() }) }),
});

async function sent(endpoint: MemoryEndpoint, params: object) {
  const { result, error } = await endpoint.rpc("SendMessage", { ...NOW, ...params });
  if (error !== undefined) throw new Error(error.message);
  return Sent.parse(result).task;
}

describe("a message that starts a task", () => {
  it("twice is one run, even when a newer version was deployed in between", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const first = await sent(endpoint, said("m"));
    await endpoint.api.deploy({ version: "2.0", plan: "f".repeat(64) });
    expect(await sent(endpoint, said("m"))).toEqual(first);
    expect(new Set(endpoint.api.started.map(({ name }) => name)).size).toBe(1);
  });

  it("again completes a start that was cut off", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const { sfn } = endpoint.api.deps;
    Object.assign(endpoint.api.deps, { sfn: { send: () => Promise.reject(new Error("killed")) } });
    expect((await endpoint.rpc("SendMessage", { ...said("m"), ...NOW })).error).toMatchObject({ code: -32_603 });
    expect(endpoint.defects).toHaveLength(1);
    Object.assign(endpoint.api.deps, { sfn });
    await sent(endpoint, said("m"));
    expect(endpoint.api.started).toHaveLength(1);
  });

  it("with the same id and another content is refused, as is a push to where we must not go, which leaves nothing behind", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const push = { taskPushNotificationConfig: { url: "https://169.254.169.254/" } };
    expect((await endpoint.rpc("SendMessage", { ...said("m"), configuration: push })).error?.message).toContain(
      "not allowed",
    );
    expect([...endpoint.api.runtime.tables.rows.keys()].filter((key) => key.includes("A2A#"))).toEqual([]);
    await sent(endpoint, said("m"));
    expect(
      (await endpoint.rpc("SendMessage", { ...said("m", { parts: [{ data: { n: 2 } }] }), ...NOW })).error?.code,
    ).toBe(-32_602);
  });

  it("may name an upload in place of its input, if it is the tenant's and complete", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy({ inputFields: [{ name: "order", isRequired: true }] });
    const upload = { uploadId: "upload_0123456789", tenant: "acme", bytes: 9, partsId: "p", createdAt: new Date(START).toISOString(), createdBy: "ann" };
    const naming = { parts: [{ data: { $ref: upload.uploadId } }], metadata: { skill: "drawn" } };
    const refused = await endpoint.rpc("SendMessage", { ...said("m", naming), ...NOW });
    expect(refused.error).toMatchObject({ code: -32_602, message: expect.stringContaining("you have no such upload") });
    await saveUpload(endpoint.api.deps.definitions, { ...upload, sha256: "f".repeat(64) });
    const { id } = await sent(endpoint, said("m", naming));
    expect((await loadExecution(endpoint.api.deps.executions, "acme", id)).input).toEqual({ key: "T/acme/X/upload_0123456789/content.json", bytes: 9, sha256: "f".repeat(64) });
  });

  it("keeps the context that it names, and gets one of its own otherwise", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    expect((await sent(endpoint, said("a", { contextId: "mine" }))).contextId).toBe("mine");
    expect((await sent(endpoint, said("b"))).contextId).toMatch(/^ctx_/);
  });

  it("names a version, or hears which workflows there are", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    expect((await sent(endpoint, said("a", { metadata: { skill: "drawn@1.0" } }))).status.state).toBe(
      "TASK_STATE_SUBMITTED",
    );
    const { error } = await endpoint.rpc("SendMessage", said("b", { metadata: { skill: "drawn@9" } }));
    expect(error).toMatchObject({
      code: -32_602,
      message: "workflow 'drawn:9' was not found; the workflows are: drawn",
    });
  });

  it("is waited for until the task rests, or for twenty seconds", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const { result } = await endpoint.rpc("SendMessage", said("m"));
    expect(Sent.parse(result).task.status.state).toBe("TASK_STATE_SUBMITTED");
    expect(endpoint.api.runtime.time - START).toBe(20_000);
  });

  it.each([
    { binding: "JSON-RPC", path: "/a2a", body: { jsonrpc: "2.0", id: 1, method: "SendMessage", params: said("m") } },
    { binding: "HTTP+JSON", path: "/a2a/message:send", body: said("m") },
  ])("and waited for is never silent for five seconds, over $binding", async ({ path, body }) => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const { headers, pieces } = await endpoint.call("POST", path, { body });
    expect(headers["content-type"]).toBe("application/json");
    expect(pieces).toEqual([" ", " ", " ", " ", " ", " ", expect.stringContaining("TASK_STATE_SUBMITTED")]);
    expect(JSON.parse(pieces.join(""))).toEqual(JSON.parse(pieces.at(-1) ?? ""));
  });

  it("and waited for tells in the answer what failed meanwhile", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    endpoint.onSleep = (nth) => {
      if (nth === 16) throw new TypeError("a bug");
    };
    const { error } = await endpoint.rpc("SendMessage", said("m"));
    expect(error).toMatchObject({ code: -32_603, message: "internal error; report it with the request id request-1" });
    expect(endpoint.defects).toHaveLength(1);
  });

  it("may ask for a push as the Go SDK does", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.deploy();
    const url = "https://hook.test/";
    const configuration = { returnImmediately: true, pushNotificationConfig: { id: "first", url } };
    const { id: taskId } = await sent(endpoint, { ...said("m"), configuration });
    await endpoint.rpc("CreateTaskPushNotificationConfig", { taskId, config: { id: "second", url } });
    const { result } = await endpoint.rpc("ListTaskPushNotificationConfigs", { taskId });
    expect(result).toMatchObject({ configs: [{ taskId, id: "first", url }, { taskId, id: "second", url }] });
  });
});

describe("a push configuration of 0.3", () => {
  it("is found without its name when there is no other", async () => {
    const endpoint = new MemoryEndpoint();
    const { executionId: id } = await endpoint.api.runtime.submit();
    const call = { headers: { "a2a-version": "0.3" } };
    const get = () => endpoint.rpc("tasks/pushNotificationConfig/get", { id }, call);
    expect((await get()).error).toMatchObject({ code: -32_001, data: { details: [{ reason: "TASK_NOT_FOUND" }] } });
    const pushNotificationConfig = { id: "mine", url: "https://hook.test/" };
    await endpoint.rpc("tasks/pushNotificationConfig/set", { taskId: id, pushNotificationConfig }, call);
    expect((await get()).result).toEqual({ taskId: id, pushNotificationConfig });
  });
});

describe("a message to a task that asks", () => {
  async function asking() {
    const endpoint = new MemoryEndpoint();
    const { runtime } = endpoint.api;
    await endpoint.api.register("agent-one");
    const head = await runtime.submit();
    const row = taskRow({ task: "a", state: "input_required", question: { json: '{"text":"which?"}' } });
    await saveRow(runtime.executions, head, { row });
    return { endpoint, runtime, head, id: head.executionId };
  }

  it("reaches the agent once, however often it is sent", async () => {
    const { endpoint, runtime, id } = await asking();
    const answer = said("blue", { taskId: id, parts: [{ text: "blue" }] });
    const replies = await Promise.all([1, 2, 3].map(() => endpoint.rpc("SendMessage", { ...answer, ...NOW })));
    expect(replies.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(runtime.awaits).toMatchObject([
      { dispatch: { execution: id, task: "a" }, answer: { input: { json: '"blue"' } } },
    ]);
  });

  it("answers the next question with the next message", async () => {
    const { endpoint, runtime, head, id } = await asking();
    await endpoint.rpc("SendMessage", { ...said("one", { taskId: id, parts: [{ text: "one" }] }), ...NOW });
    const record = runtime.record("a");
    if (record?.state !== "running") throw new Error("the task is not running");
    const heard = { kind: "input_required" as const, agentTaskId: "agent-task", question: "and then?" };
    const asked = inputRequired(record, {
      heard,
      question: { json: '"and then?"' },
      questionId: "q2",
      at: new Date(START + 1000).toISOString(),
    });
    await commitTransition(runtime.executions, { head, transition: asked });
    runtime.time += 2000;
    await endpoint.rpc("SendMessage", { ...said("two", { taskId: id, parts: [{ text: "two" }] }), ...NOW });
    expect(runtime.awaits.map(({ answer }) => answer?.input)).toEqual([{ json: '"one"' }, { json: '"two"' }]);
    const { result } = await endpoint.rpc("GetTask", { id });
    const { history } = z.object({ history: z.array(z.object({ parts: z.array(z.looseObject({})) })) }).parse(result);
    expect(history.map(({ parts }) => parts)).toEqual([
      [{ text: "which?" }],
      [{ text: "one" }],
      [{ text: "and then?" }],
      [{ text: "two" }],
    ]);
  });

  it("is refused when the task is over or asks nothing, or belongs elsewhere", async () => {
    const { endpoint, runtime, head, id } = await asking();
    expect((await endpoint.rpc("SendMessage", said("x", { taskId: id, contextId: "other" }))).error?.code).toBe(
      -32_602,
    );
    expect((await endpoint.rpc("SendMessage", said("x", { taskId: id }), { tenant: "other" })).error?.code).toBe(
      -32_001,
    );
    const record = runtime.record("a");
    if (record?.state !== "input_required") throw new Error("the task does not ask");
    await commitTransition(runtime.executions, {
      head,
      transition: started(record, {
        heard: { agentTaskId: "agent-task" },
        at: record.askedAt,
        deadlineAt: record.askedAt,
      }),
    });
    expect((await endpoint.rpc("SendMessage", said("x", { taskId: id }))).error?.code).toBe(-32_004);
  });
});

describe("roles", () => {
  it.each([
    { roles: "agent", method: "SendMessage", params: said("m") },
    { roles: "agent", method: "GetTask", params: { id: "exec_0123456789" } },
    { roles: "agent", method: "ListTasks", params: {} },
    { roles: "workflow_submitter", method: "CancelTask", params: { id: "exec_0123456789" } },
    { roles: "agent", method: "SubscribeToTask", params: { id: "exec_0123456789" } },
    {
      roles: "agent",
      method: "CreateTaskPushNotificationConfig",
      params: { taskId: "exec_0123456789", url: "https://hook.test" },
    },
    { roles: "agent", method: "GetExtendedAgentCard", params: {} },
  ])("$roles may not $method", async ({ roles, method, params }) => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.runtime.submit();
    const { statusCode, error } = await endpoint.rpc(method, params, { roles });
    expect({ statusCode, message: error?.message }).toEqual({
      statusCode: 403,
      message: expect.stringContaining("needs the permission"),
    });
  });

  it("nobody without a token", async () => {
    const endpoint = new MemoryEndpoint();
    expect((await endpoint.call("GET", "/a2a/tasks", { authorizer: null })).statusCode).toBe(401);
  });
});

describe("a stream", () => {
  it("keeps quiet proxies from closing it, and ends when its reader has gone", async () => {
    const endpoint = new MemoryEndpoint();
    const { executionId: id } = await endpoint.api.runtime.submit();
    endpoint.onSleep = () => {
      endpoint.isClosed = endpoint.api.runtime.time - START > 8000;
    };
    const { pieces, headers } = await endpoint.call("POST", `/a2a/tasks/${id}:subscribe`);
    expect(headers["content-type"]).toBe("text/event-stream");
    expect(pieces).toEqual([expect.stringContaining('data: {"task":'), ": alive\n\n", ": alive\n\n"]);
  });

  it("of a run so large that it is looked at seldom is not silent for longer", async () => {
    const endpoint = new MemoryEndpoint();
    const { runtime } = endpoint.api;
    const { executionId: id } = await runtime.submit({ taskCount: 20_000 });
    const sleeps: number[] = [];
    let before = runtime.time;
    endpoint.onSleep = () => {
      sleeps.push(runtime.time - before);
      before = runtime.time;
    };
    const { pieces } = await endpoint.call("POST", `/a2a/tasks/${id}:subscribe`);
    expect(Math.max(...sleeps)).toBe(3000);
    expect(pieces.filter((piece) => piece === ": alive\n\n").length).toBeGreaterThan(840_000 / 5000);
  });

  it("is looked at often at first, because short tasks end soon, and later once a second at most", () => {
    const looks = [0];
    while ((looks.at(-1) ?? 0) < 40_000) looks.push((looks.at(-1) ?? 0) + pauseBetweenLooks(looks.at(-1) ?? 0, 1));
    expect(looks.slice(0, 8)).toEqual([0, 4, 8, 12, 18, 27, 41, 62]);
    expect(looks.filter((at) => at < 1000)).toHaveLength(15);
    expect(looks.filter((at) => at >= 30_000 && at < 40_000)).toHaveLength(10);
    expect(pauseBetweenLooks(1000, 2000)).toBe(750);
  });

  it("ends before the gateway would cut it off", async () => {
    const endpoint = new MemoryEndpoint();
    const { executionId: id } = await endpoint.api.runtime.submit();
    await endpoint.call("GET", `/a2a/tasks/${id}:subscribe`);
    expect(endpoint.api.runtime.time - START).toBe(840_000);
  });
});

describe("the way in", () => {
  it("takes JSON only, and says so in each binding's way", async () => {
    const endpoint = new MemoryEndpoint();
    const call = { headers: { "Content-Type": "text/plain" }, body: "hello" };
    expect((await endpoint.call("POST", "/a2a/message:send", call)).statusCode).toBe(415);
    const { statusCode, text } = await endpoint.call("POST", "/a2a/", call);
    expect({
      statusCode,
      code: z.object({ error: z.object({ code: z.int() }) }).parse(JSON.parse(text)).error.code,
    }).toEqual({ statusCode: 200, code: -32_005 });
  });

  it("serves one card of 1.0 alone, and one that 0.3 reads as well", async () => {
    const endpoint = new MemoryEndpoint();
    const card = async (headers: Record<string, string>) =>
      z
        .looseObject({})
        .parse(
          JSON.parse((await endpoint.call("GET", "/.well-known/agent-card.json", { headers, authorizer: null })).text),
        );
    const current = await card({ "a2a-version": "1.0" });
    const both = await card({ "a2a-version": "" });
    expect(current).not.toHaveProperty("url");
    expect(current).toMatchObject({ securityRequirements: [{ schemes: { bearer: { list: [] } } }] });
    expect(both).toMatchObject({
      url: "https://orchestrator.test/a2a",
      protocolVersion: "0.3.0",
      preferredTransport: "JSONRPC",
      supportedInterfaces: current["supportedInterfaces"],
      securityRequirements: [{ schemes: { bearer: [] } }],
      security: [{ bearer: [] }],
    });
  });

  it("says back that it knows the caller's extension", async () => {
    const endpoint = new MemoryEndpoint();
    const { executionId: id } = await endpoint.api.runtime.submit();
    const uri = "https://a2a-orchestrator.dev/extensions/workflows/v1";
    expect(
      (await endpoint.rpc("GetTask", { id }, { headers: { "A2A-Extensions": `https://other.test, ${uri}` } })).headers[
        "a2a-extensions"
      ],
    ).toBe(uri);
  });

  it("refuses a signing secret that is none, without repeating it", async () => {
    const endpoint = new MemoryEndpoint();
    const { executionId: taskId } = await endpoint.api.runtime.submit();
    const authentication = { scheme: "HMAC", credentials: "hunter2" };
    const { error } = await endpoint.rpc("CreateTaskPushNotificationConfig", { taskId, url: "https://hook.test", authentication });
    expect(error).toMatchObject({
      code: -32_602,
      message: "authentication.credentials: must be 'whsec_' and 24 to 64 random bytes in base64, because the scheme is HMAC",
    });
  });

  it("refuses numbers that would be altered, by their path, in both bindings", async () => {
    const endpoint = new MemoryEndpoint();
    const message = '{"messageId":"m","role":"ROLE_USER","parts":[{"data":{"n":[1,1e400],"id":12345678901234567890}}]}';
    const rpc = await endpoint.call("POST", "/a2a", {
      body: `{"jsonrpc":"2.0","id":7,"method":"SendMessage","params":{"message":${message}}}`,
    });
    const fields = (prefix: string) => [
      { field: `${prefix}message.parts.0.data.n.1`, description: "is 1e400, a number that would be altered; send it as a text" },
      {
        field: `${prefix}message.parts.0.data.id`,
        description: "is 12345678901234567890, a number that would be altered; send it as a text",
      },
    ];
    expect(JSON.parse(rpc.text)).toMatchObject({
      id: 7,
      error: { code: -32_602, data: [{}, { fieldViolations: fields("params.") }] },
    });
    const rest = await endpoint.call("POST", "/a2a/message:send", { body: `{"message":${message}}` });
    expect(rest.statusCode).toBe(400);
    expect(JSON.parse(rest.text)).toMatchObject({ error: { details: [{}, { fieldViolations: fields("") }] } });
    expect(endpoint.defects).toEqual([]);
  });

  it("hides defects behind a request id", async () => {
    const endpoint = new MemoryEndpoint();
    await endpoint.api.runtime.submit({ plan: "e".repeat(64) });
    Object.assign(endpoint.api.deps, { plan: () => Promise.reject(new TypeError("a bug")) });
    const { error } = await endpoint.rpc("GetTask", { id: "exec_0123456789" });
    expect(error).toMatchObject({ code: -32_603, message: "internal error; report it with the request id request-1" });
    expect(endpoint.defects).toHaveLength(1);
  });
});
