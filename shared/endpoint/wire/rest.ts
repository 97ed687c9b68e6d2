import { A2aFault, type Fault } from "./faults.ts";
import { readOperation } from "./operations.ts";
import type { Operation, OperationName } from "./wire.ts";

/** One HTTP request to the HTTP+JSON binding; `path` begins after the interface's URL. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  /** Of requests that have one. */
  readonly body: unknown;
}

interface RestRoute {
  readonly method: string;
  readonly pattern: RegExp;
  readonly operation: OperationName;
}

const TASK = "/tasks/(?<task>[^/:]+)";
const CONFIGS = `${TASK}/pushNotificationConfigs`;

const on = (method: string, path: string, operation: OperationName): RestRoute => ({
  method,
  pattern: new RegExp(`^${path}/?$`),
  operation,
});

/** Specification §5.3. The text of §11.3 subscribes by POST, the protocol buffers by GET: both are taken. */
const ROUTES: readonly RestRoute[] = [
  on("POST", "/message:send", "SendMessage"),
  on("POST", "/message:stream", "SendStreamingMessage"),
  on("GET", "/tasks", "ListTasks"),
  on("GET", TASK, "GetTask"),
  on("POST", `${TASK}:cancel`, "CancelTask"),
  on("POST", `${TASK}:subscribe`, "SubscribeToTask"),
  on("GET", `${TASK}:subscribe`, "SubscribeToTask"),
  on("POST", CONFIGS, "CreateTaskPushNotificationConfig"),
  on("GET", CONFIGS, "ListTaskPushNotificationConfigs"),
  on("GET", `${CONFIGS}/(?<config>[^/]+)`, "GetTaskPushNotificationConfig"),
  on("DELETE", `${CONFIGS}/(?<config>[^/]+)`, "DeleteTaskPushNotificationConfig"),
  on("GET", "/extendedAgentCard", "GetExtendedAgentCard"),
];

/**
 * The operation that a request asks for.
 *
 * @throws {A2aFault} there is nothing at this path.
 * @throws {InvalidRequestError} its parameters do not fit.
 */
export function operationAt({ method, path, query, body }: RestRequest): Operation {
  const found = ROUTES.find((route) => route.method === method && route.pattern.test(path));
  const { task, config } = found?.pattern.exec(path)?.groups ?? {};
  if (found === undefined)
    throw new A2aFault("METHOD_NOT_FOUND", `A2A has no operation at ${method} ${path.slice(0, 200)}`);
  const { operation } = found;
  const id = task === undefined ? undefined : decoded(task);
  const isOfConfigs = operation.endsWith("PushNotificationConfig") || operation.endsWith("PushNotificationConfigs");
  const place = id === undefined ? {} : isOfConfigs ? { taskId: id } : { id };
  const given = method === "POST" && typeof body === "object" ? body : query;
  return readOperation(operation, { ...given, ...place, ...(config === undefined ? {} : { id: decoded(config) }) });
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new A2aFault("INVALID_PARAMS", `the path holds '${segment.slice(0, 100)}', which is no URL encoding`);
  }
}

/** A refusal as google.rpc.Status (AIP-193). */
export const restError = ({ http, status, message, details }: Fault): object => ({
  error: { code: http, status, message, details },
});
