import { describe, expect, it } from "vitest";
import { A2aFault } from "../../../../shared/endpoint/wire/faults.ts";
import { operationOf, readRpcRequest, rpcIdOf } from "../../../../shared/endpoint/wire/json-rpc.ts";
import { dialectAskedFor } from "../../../../shared/endpoint/wire/negotiate.ts";
import { readJson } from "../../../../shared/endpoint/wire/read-json.ts";
import { InvalidRequestError } from "../../../../shared/core/errors.ts";

const request = (method: string, params?: object) => readRpcRequest({ jsonrpc: "2.0", id: 1, method, params });
const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] };

function reasonOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error instanceof A2aFault ? error.reason : error;
  }
}

describe("dialectAskedFor", () => {
  it.each([
    { version: undefined, dialect: "0.3" },
    { version: "", dialect: "0.3" },
    { version: "0.3", dialect: "0.3" },
    { version: "0.3.0", dialect: "0.3" },
    { version: "1.0", dialect: "1.0" },
    { version: " 1.0.7 ", dialect: "1.0" },
  ])("takes $version for $dialect", ({ version, dialect }) => {
    expect(dialectAskedFor(version)).toBe(dialect);
  });

  it.each(["1", "1.1", "0.2", "2.0", "1.0-beta", "latest"])("refuses %s", (version) => {
    expect(reasonOf(() => dialectAskedFor(version))).toBe("VERSION_NOT_SUPPORTED");
  });

  it("refuses 0.3 where it is not spoken", () => {
    expect(reasonOf(() => dialectAskedFor(undefined, ["1.0"]))).toBe("VERSION_NOT_SUPPORTED");
  });
});

describe("readJson", () => {
  it("refuses what is not JSON, and what is too deep to walk through", () => {
    expect(reasonOf(() => readJson("{"))).toBe("PARSE_ERROR");
    expect(reasonOf(() => readJson("[".repeat(100_000)))).toBe("INVALID_REQUEST");
    expect(readJson('{"a":"[[[[\\"[[["}').value).toEqual({ a: '[[[["[[[' });
  });
});

describe("a JSON-RPC request", () => {
  it.each([
    {},
    [],
    "text",
    null,
    { jsonrpc: "1.0", method: "GetTask" },
    { jsonrpc: "2.0" },
    { jsonrpc: "2.0", method: "GetTask", params: [1] },
  ])("that is none is refused: %j", (body) => {
    expect(reasonOf(() => readRpcRequest(body))).toBe("INVALID_REQUEST");
  });

  it("keeps its id in the refusal", () => {
    expect(rpcIdOf({ id: "a", jsonrpc: "1.0" })).toBe("a");
    expect(rpcIdOf({ id: { no: "id" } })).toBeNull();
  });

  it("names one operation in both generations", () => {
    const current = operationOf(
      request("SendMessage", {
        message: { ...message, metadata: { skill: "s" } },
        configuration: { returnImmediately: true, historyLength: 2 },
      }),
      "1.0",
    );
    const legacy = operationOf(
      request("message/send", {
        message: {
          kind: "message",
          messageId: "m",
          role: "user",
          parts: [{ kind: "text", text: "hi" }],
          metadata: { skill: "s" },
        },
        configuration: { blocking: false, historyLength: 2 },
      }),
      "0.3",
    );
    expect(legacy).toEqual(current);
  });

  it("turns files, data and push configurations of 0.3 into those of 1.0", () => {
    const parts = [
      { kind: "file", file: { name: "a.csv", mimeType: "text/csv", bytes: "YQ==" } },
      { kind: "file", file: { uri: "https://files.test/b" } },
      { kind: "data", data: { a: null } },
    ];
    const pushNotificationConfig = {
      url: "https://hook.test",
      token: "t",
      authentication: { schemes: ["Bearer"], credentials: "c" },
    };
    const { params } = operationOf(
      request("message/stream", {
        message: { messageId: "m", role: "user", parts },
        configuration: { pushNotificationConfig },
      }),
      "0.3",
    );
    expect(params).toMatchObject({
      message: {
        parts: [
          { raw: "YQ==", filename: "a.csv", mediaType: "text/csv" },
          { url: "https://files.test/b" },
          { data: { a: null } },
        ],
      },
      configuration: {
        returnImmediately: false,
        taskPushNotificationConfig: {
          url: "https://hook.test",
          token: "t",
          authentication: { scheme: "Bearer", credentials: "c" },
        },
      },
    });
  });

  it("finds the one push configuration of a 0.3 task under the task's own id", () => {
    const set = operationOf(
      request("tasks/pushNotificationConfig/set", {
        taskId: "x",
        pushNotificationConfig: { url: "https://hook.test" },
      }),
      "0.3",
    );
    const get = operationOf(request("tasks/pushNotificationConfig/get", { id: "x" }), "0.3");
    expect(set).toMatchObject({ name: "CreateTaskPushNotificationConfig", params: { taskId: "x", id: "x" } });
    expect(get).toMatchObject({ name: "GetTaskPushNotificationConfig", params: { taskId: "x", id: "x" } });
  });

  it("says which version a method belongs to", () => {
    expect(() => operationOf(request("GetTask", { id: "x" }), "0.3")).toThrow("send the header A2A-Version: 1.0");
    expect(() => operationOf(request("tasks/get", { id: "x" }), "1.0")).toThrow("send the header A2A-Version: 0.3");
    expect(reasonOf(() => operationOf(request("constructor"), "0.3"))).toBe("METHOD_NOT_FOUND");
  });

  it.each([
    { flaw: "no message", params: {}, field: "message" },
    { flaw: "no parts", params: { message: { ...message, parts: [] } }, field: "message.parts" },
    {
      flaw: "a part of two kinds",
      params: { message: { ...message, parts: [{ text: "a", url: "b" }] } },
      field: "message.parts.0",
    },
    { flaw: "a part of none", params: { message: { ...message, parts: [{}] } }, field: "message.parts.0" },
    {
      flaw: "half an emoji in an id",
      params: { message: { ...message, messageId: "\ud83d" } },
      field: "message.messageId",
    },
    { flaw: "a message of an agent", params: { message: { ...message, role: "ROLE_AGENT" } }, field: "message.role" },
    {
      flaw: "a negative history",
      params: { message, configuration: { historyLength: -1 } },
      field: "configuration.historyLength",
    },
    {
      flaw: "a header in a token",
      params: { message, configuration: { taskPushNotificationConfig: { url: "u", token: "a\r\nb: c" } } },
      field: "configuration.taskPushNotificationConfig.token",
    },
  ])("with $flaw is refused by name", ({ params, field }) => {
    const error = reasonOf(() => operationOf(request("SendMessage", params), "1.0"));
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(error).toMatchObject({ flaws: [{ field }] });
  });

  it("takes null for absent, but not inside data", () => {
    const { params } = operationOf(
      request("SendMessage", {
        message: { ...message, contextId: null, parts: [{ text: null, data: null }] },
        configuration: null,
      }),
      "1.0",
    );
    expect(params).toEqual({ message: { messageId: "m", role: "ROLE_USER", parts: [{ data: null }] } });
  });
});

describe("proto JSON", () => {
  it("may spell fields as the protocol buffers do, but for what is free", () => {
    const { params } = operationOf(
      request("SendMessage", {
        message: {
          message_id: "m",
          role: "ROLE_USER",
          parts: [{ data: { my_key: 1 }, media_type: "application/json" }],
          metadata: { my_key: 2 },
        },
        configuration: { history_length: 1 },
      }),
      "1.0",
    );
    expect(params).toEqual({
      message: {
        messageId: "m",
        role: "ROLE_USER",
        parts: [{ data: { my_key: 1 }, mediaType: "application/json" }],
        metadata: { my_key: 2 },
      },
      configuration: { historyLength: 1 },
    });
  });

  it("believes the usual spelling where both stand", () => {
    expect(operationOf(request("GetTask", { id: "x", history_length: 1, historyLength: 2 }), "1.0").params).toEqual({
      id: "x",
      historyLength: 2,
    });
  });
});
