/** How a task hears of its result: from the call itself, by task token, or from the execution it started. */
export type TaskPattern = "response" | "token" | "sync" | "syncJson";

/** The parsed `Resource` of a Task state. */
export interface TaskResource {
  readonly service: "lambdaFunction" | "lambda" | "sqs" | "events" | "states";
  /** As history events print it, for example `sqs`. */
  readonly resourceType: string;
  /** As history events print it, for example `sendMessage.waitForTaskToken`. */
  readonly resource: string;
  readonly pattern: TaskPattern;
}

const OPTIMIZED = /^arn:[\w-]+:states:[\w-]*:\d*:(\w+):(\w+)(\.waitForTaskToken|\.sync:2|\.sync)?$/;
const LAMBDA_FUNCTION = /^arn:[\w-]+:lambda:[\w-]*:\d*:function:[\w-]+(:[\w$-]+)?$/;
const SERVICES = new Map<string, TaskResource["service"]>([
  ["lambda:invoke", "lambda"],
  ["sqs:sendMessage", "sqs"],
  ["events:putEvents", "events"],
  ["states:startExecution", "states"],
]);
const PATTERNS = new Map<string | undefined, TaskPattern>([
  [undefined, "response"],
  [".waitForTaskToken", "token"],
  [".sync", "sync"],
  [".sync:2", "syncJson"],
]);

/** Reads the ARN in `Resource`; `undefined` when no integration of the engine answers to it. */
export function parseTaskResource(arn: string): TaskResource | undefined {
  if (LAMBDA_FUNCTION.test(arn)) {
    return { service: "lambdaFunction", resourceType: "lambda", resource: arn, pattern: "response" };
  }
  const [, resourceType = "", action = "", suffix] = OPTIMIZED.exec(arn) ?? [];
  const service = SERVICES.get(`${resourceType}:${action}`);
  const pattern = PATTERNS.get(suffix);
  if (service === undefined || pattern === undefined) return undefined;
  if (pattern.startsWith("sync") && service !== "states") return undefined;
  return { service, resourceType, resource: `${action}${suffix ?? ""}`, pattern };
}
