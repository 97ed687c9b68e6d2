import { AslError } from "./asl-error.ts";
import type { MessageRequest, ServiceIntegrations } from "./integrations.ts";
import { isJsonArray, isJsonObject, parseJson, type Json, type JsonObject } from "./json.ts";
import type { TaskResource } from "./task-resource.ts";

/** Makes the call of a task and shapes its result. @throws {AslError} the service answered with a failure. */
export async function callService(services: ServiceIntegrations, resource: TaskResource, request: Json): Promise<Json> {
  switch (resource.service) {
    case "lambdaFunction":
      return await invoke(services, resource.resource, request);
    case "lambda":
      return await invokeLambda(services, request);
    case "sqs":
      return toJson(await services.sendMessage(toMessage(request)));
    case "events":
      return await putEvents(services, request);
    case "states":
      throw new Error("nested executions do not leave the engine");
    default:
      return resource.service satisfies never;
  }
}

/** What an integration answered, as the JSON that would have come over the wire. */
const toJson = (value: unknown): Json => parseJson(JSON.stringify(value ?? null));

function members(request: Json): JsonObject {
  if (isJsonObject(request)) return request;
  throw new AslError("States.Runtime", "The Parameters of the task must be an object.");
}

function required(request: JsonObject, field: string): string {
  const value = request[field];
  if (typeof value === "string") return value;
  throw new AslError("States.Runtime", `The field '${field}' of the Parameters must be a string.`);
}

async function invoke(services: ServiceIntegrations, functionArn: string, payload: Json): Promise<Json> {
  const result = await services.invoke(functionArn, payload);
  if (result.functionError === undefined) return toJson(result.payload);
  const { errorType, errorMessage } = result.functionError;
  const details = toJson(result.payload);
  throw new AslError(errorType, JSON.stringify(isJsonObject(details) ? details : { errorMessage, errorType }));
}

async function invokeLambda(services: ServiceIntegrations, request: Json): Promise<Json> {
  const fields = members(request);
  const name = required(fields, "FunctionName");
  const qualifier = fields["Qualifier"];
  const functionArn = typeof qualifier === "string" ? `${name}:${qualifier}` : name;
  const Payload = await invoke(services, functionArn, fields["Payload"] ?? {});
  return { ExecutedVersion: typeof qualifier === "string" ? qualifier : "$LATEST", Payload, StatusCode: 200 };
}

function toMessage(request: Json): MessageRequest {
  const fields = members(request);
  const { DelaySeconds, MessageBody, MessageGroupId, MessageDeduplicationId, MessageAttributes } = fields;
  if (MessageBody === undefined) throw new AslError("States.Runtime", "The field 'MessageBody' is required.");
  return {
    queueUrl: required(fields, "QueueUrl"),
    body: typeof MessageBody === "string" ? MessageBody : JSON.stringify(MessageBody),
    ...(typeof DelaySeconds === "number" && { delaySeconds: DelaySeconds }),
    ...(typeof MessageGroupId === "string" && { groupId: MessageGroupId }),
    ...(typeof MessageDeduplicationId === "string" && { dedupId: MessageDeduplicationId }),
    ...(isJsonObject(MessageAttributes) && { attributes: MessageAttributes }),
  };
}

async function putEvents(services: ServiceIntegrations, request: Json): Promise<Json> {
  const { Entries } = members(request);
  if (!isJsonArray(Entries)) throw new AslError("States.Runtime", "The field 'Entries' must be an array.");
  const entries = Entries.map((entry) => {
    const fields = members(entry);
    const detail = fields["Detail"] ?? {};
    return { ...fields, Detail: typeof detail === "string" ? detail : JSON.stringify(detail) };
  });
  const result = toJson(await services.putEvents(entries));
  const failed = isJsonObject(result) ? result["FailedEntryCount"] : 0;
  if (typeof failed === "number" && failed > 0) throw new AslError("EventBridge.FailedEntry", JSON.stringify(result));
  return result;
}
