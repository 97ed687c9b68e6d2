import { isObject } from "./parts.ts";

/**
 * JSON of HTTP+JSON 0.3, as the SDKs write and read it: that of the protocol buffers, which differs from JSON-RPC's in
 * where parts stand (`content`), in how data and files are wrapped, and in the names of push configurations.
 */

/** Parameters of `message/send` as the body of a request. */
export function encodeParams({ message, configuration, ...more }: Readonly<Record<string, unknown>>): object {
  return {
    ...more,
    ...(isObject(message) ? { message: encodeMessage(message) } : {}),
    ...(isObject(configuration) ? { configuration: encodeConfiguration(configuration) } : {}),
  };
}

function encodeMessage({ kind, role, parts, ...message }: Readonly<Record<string, unknown>>): object {
  return {
    ...message,
    ...(kind === "message" ? {} : { kind }),
    role: role === "agent" ? "ROLE_AGENT" : "ROLE_USER",
    content: listOf(parts).map(encodePart),
  };
}

/** Data of a part must be an object there. */
function encodePart(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { kind, text, data, file } = part;
  if (kind === "text") return { text };
  if (kind === "data") return { data: { data: isObject(data) ? data : { data } } };
  if (!isObject(file)) return part;
  const { uri, bytes, ...described } = file;
  return { file: { ...described, ...(uri === undefined ? { fileWithBytes: bytes } : { fileWithUri: uri }) } };
}

const encodeConfiguration = ({
  pushNotificationConfig: push,
  ...configuration
}: Readonly<Record<string, unknown>>): object => ({
  ...configuration,
  ...(push === undefined ? {} : { pushNotification: push }),
});

/** A reply or an event of a stream, as JSON-RPC of 0.3 would have it; what it does not know stays as it is. */
export function decodeReply(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { msg, message = msg, task, statusUpdate, artifactUpdate } = json;
  if (isObject(task)) return { ...json, task: decodeTask(task) };
  if (isObject(statusUpdate)) return { ...json, statusUpdate: decodeTask(statusUpdate) };
  if (isObject(artifactUpdate))
    return { ...json, artifactUpdate: { ...artifactUpdate, artifact: decodeArtifact(artifactUpdate["artifact"]) } };
  return isObject(message) ? { ...json, message: decodeMessage(message) } : decodeTask(json);
}

function decodeTask(task: Readonly<Record<string, unknown>>): object {
  const { status, artifacts, history } = task;
  return {
    ...task,
    ...(isObject(status)
      ? { status: { ...status, message: decodeMessage(status["message"] ?? status["update"]) } }
      : {}),
    ...(artifacts === undefined ? {} : { artifacts: listOf(artifacts).map(decodeArtifact) }),
    ...(history === undefined ? {} : { history: listOf(history).map(decodeMessage) }),
  };
}

function decodeMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  const { content, parts = content, ...others } = message;
  return { ...others, parts: listOf(parts).map(decodePart) };
}

const decodeArtifact = (artifact: unknown): unknown =>
  isObject(artifact) ? { ...artifact, parts: listOf(artifact["parts"]).map(decodePart) } : artifact;

function decodePart(part: unknown): unknown {
  if (!isObject(part)) return part;
  const { data, file } = part;
  if (isObject(data) && "data" in data) return { ...part, data: data["data"] };
  if (!isObject(file)) return part;
  const { fileWithUri: uri, fileWithBytes: bytes, ...described } = file;
  return { ...part, file: { uri, bytes, ...described } };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
