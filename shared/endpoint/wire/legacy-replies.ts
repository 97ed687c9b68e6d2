import {
  isRest,
  type ShownPushConfig,
  type StreamEvent,
  type WireArtifact,
  type WireStatus,
  type WireTask,
} from "./replies.ts";
import type { WireMessage, WirePart, WireState } from "./wire.ts";

/** Replies of A2A 1.0 in the words of 0.3. */

type Json = Readonly<Record<string, unknown>>;

const isStruct = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Data parts of 0.3 hold objects only: other values travel as `{ value }`. */
function legacyPart(part: WirePart): Json {
  const metadata = part.metadata === undefined ? {} : { metadata: part.metadata };
  if (part.text !== undefined) return { kind: "text", text: part.text, ...metadata };
  if (part.data !== undefined)
    return { kind: "data", data: isStruct(part.data) ? part.data : { value: part.data }, ...metadata };
  const file = {
    ...(part.filename === undefined ? {} : { name: part.filename }),
    ...(part.mediaType === undefined ? {} : { mimeType: part.mediaType }),
    ...(part.url === undefined ? { bytes: part.raw ?? "" } : { uri: part.url }),
  };
  return { kind: "file", file, ...metadata };
}

/** A message of ours. */
export function legacyMessage({ role, parts, ...message }: WireMessage): Json {
  return { kind: "message", ...message, role: role === "ROLE_USER" ? "user" : "agent", parts: parts.map(legacyPart) };
}

const legacyArtifact = (artifact: WireArtifact): Json => ({ ...artifact, parts: artifact.parts.map(legacyPart) });

/** `input-required` of `TASK_STATE_INPUT_REQUIRED`. */
export const legacyState = (state: WireState): string =>
  state.slice("TASK_STATE_".length).toLowerCase().replaceAll("_", "-");

function legacyStatus({ state, message, timestamp }: WireStatus): Json {
  return {
    state: legacyState(state),
    timestamp,
    ...(message === undefined ? {} : { message: legacyMessage(message) }),
  };
}

/** A task; also the body of a push to a configuration that was made over 0.3. */
export const legacyTask = ({ status, artifacts, history, ...task }: WireTask): Json => ({
  kind: "task",
  ...task,
  status: legacyStatus(status),
  ...(artifacts === undefined ? {} : { artifacts: artifacts.map(legacyArtifact) }),
  ...(history === undefined ? {} : { history: history.map(legacyMessage) }),
});

/** An event of a stream. `final` says that nothing follows on this stream. */
export function legacyEvent(event: StreamEvent): Json {
  if ("task" in event) return legacyTask(event.task);
  if ("message" in event) return legacyMessage(event.message);
  if ("artifactUpdate" in event) {
    const { artifact, ...update } = event.artifactUpdate;
    return { kind: "artifact-update", ...update, artifact: legacyArtifact(artifact) };
  }
  const { status, ...update } = event.statusUpdate;
  return { kind: "status-update", ...update, status: legacyStatus(status), final: isRest(status.state) };
}

/** A push configuration. */
export const legacyPushConfig = ({ taskId, authentication, ...config }: ShownPushConfig): Json => ({
  taskId,
  pushNotificationConfig: {
    ...config,
    ...(authentication === undefined ? {} : { authentication: { schemes: [authentication.scheme] } }),
  },
});
