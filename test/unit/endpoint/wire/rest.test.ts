import { describe, expect, it } from "vitest";
import { A2aFault } from "../../../../shared/endpoint/wire/faults.ts";
import { operationAt } from "../../../../shared/endpoint/wire/rest.ts";

const at = (
  method: string,
  path: string,
  { query = {}, body = {} }: { query?: Record<string, string>; body?: unknown } = {},
) => operationAt({ method, path, query, body });

describe("operationAt", () => {
  it.each([
    {
      method: "GET",
      path: "/tasks/exec_1",
      operation: { name: "GetTask", params: { id: "exec_1", historyLength: 3 } },
      query: { historyLength: "3" },
    },
    { method: "POST", path: "/tasks/exec_1:cancel", operation: { name: "CancelTask", params: { id: "exec_1" } } },
    {
      method: "POST",
      path: "/tasks/exec_1:subscribe",
      operation: { name: "SubscribeToTask", params: { id: "exec_1" } },
    },
    {
      method: "GET",
      path: "/tasks/exec_1:subscribe",
      operation: { name: "SubscribeToTask", params: { id: "exec_1" } },
    },
    {
      method: "GET",
      path: "/tasks/exec_1/pushNotificationConfigs/c%201",
      operation: { name: "GetTaskPushNotificationConfig", params: { taskId: "exec_1", id: "c 1" } },
    },
    {
      method: "DELETE",
      path: "/tasks/exec_1/pushNotificationConfigs/c",
      operation: { name: "DeleteTaskPushNotificationConfig", params: { taskId: "exec_1", id: "c" } },
    },
    {
      method: "GET",
      path: "/tasks/exec_1/pushNotificationConfigs/",
      operation: { name: "ListTaskPushNotificationConfigs", params: { taskId: "exec_1" } },
    },
    { method: "GET", path: "/extendedAgentCard", operation: { name: "GetExtendedAgentCard", params: {} } },
  ])("finds $operation.name at $method $path", ({ method, path, operation, query }) => {
    expect(at(method, path, query === undefined ? {} : { query })).toEqual(operation);
  });

  it("reads the query of a listing", () => {
    const query = {
      contextId: "c",
      status: "TASK_STATE_WORKING",
      pageSize: "5",
      pageToken: "t",
      includeArtifacts: "true",
      statusTimestampAfter: "2026-11-28T10:00:00Z",
    };
    expect(at("GET", "/tasks", { query })).toEqual({
      name: "ListTasks",
      params: {
        contextId: "c",
        status: "TASK_STATE_WORKING",
        pageSize: 5,
        pageToken: "t",
        includeArtifacts: true,
        statusTimestampAfter: "2026-11-28T10:00:00Z",
      },
    });
  });

  it("lets the path say which task a configuration belongs to", () => {
    const body = { id: "c", taskId: "another", url: "https://hook.test" };
    expect(at("POST", "/tasks/exec_1/pushNotificationConfigs", { body })).toEqual({
      name: "CreateTaskPushNotificationConfig",
      params: { id: "c", taskId: "exec_1", url: "https://hook.test" },
    });
  });

  it.each([
    ["GET", "/message:send"],
    ["POST", "/tasks"],
    ["GET", "/nothing"],
    ["PUT", "/tasks/x"],
  ])("finds nothing at %s %s", (method, path) => {
    expect(() => at(method, path)).toThrow(A2aFault);
  });

  it("refuses a path that is no URL encoding", () => {
    expect(() => at("GET", "/tasks/%zz")).toThrow("no URL encoding");
  });
});
