import { encodeLegacyPart, encodePart, type Part } from "./parts.ts";
import { decodeReply } from "./rest-json-0.3.ts";

/** Protocol generations that differ in what a client must know. */
export type ProtocolVersion = "0.2" | "0.3" | "1.0";

/** Where an agent reports changes of a task, and the secret it proves itself with. */
export interface PushTarget {
  readonly url: string;
  readonly token: string;
}

/** A message for an agent. */
export interface OutgoingMessage {
  /** Stable over retries: agents with the idempotency extension recognise a repeat by it. */
  readonly messageId: string;
  readonly contextId?: string;
  /** Set when the message answers a task that asked for input. */
  readonly taskId?: string;
  readonly parts: readonly Part[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Extensions that the message says something for, by their URIs. */
  readonly extensions?: readonly string[];
}

/** How a message is to be handled. */
export interface SendConfiguration {
  readonly push?: PushTarget;
  readonly returnImmediately: boolean;
  /** Media types of results we take: those the card says the agent makes. */
  readonly acceptedOutputModes: readonly string[];
}

/** The wire form of one protocol generation. Replies need none: one reader takes them all (`task-snapshot.ts`). */
export interface Dialect {
  readonly headers: Readonly<Record<string, string>>;
  readonly extensionsHeader: string;
  readonly methods: Readonly<Record<"send" | "stream" | "get" | "cancel" | "extendedCard", string>>;
  /** Only 1.x lists tasks over JSON-RPC. */
  readonly listMethod?: string;
  /** Makes JSON-RPC's form of what HTTP+JSON says. @default - it is the same */
  readonly decodeRest?: (json: unknown) => unknown;
  sendParams(message: OutgoingMessage, configuration: SendConfiguration): object;
}

const LEGACY: Dialect = {
  headers: {},
  extensionsHeader: "x-a2a-extensions",
  methods: { send: "message/send", stream: "message/stream", get: "tasks/get", cancel: "tasks/cancel", extendedCard: "agent/getAuthenticatedExtendedCard" },
  decodeRest: decodeReply,
  sendParams: ({ parts, ...message }, { push, returnImmediately, acceptedOutputModes }) => ({
    message: { kind: "message", role: "user", ...message, parts: parts.map(encodeLegacyPart) },
    configuration: {
      acceptedOutputModes,
      historyLength: 0,
      blocking: !returnImmediately,
      ...(push === undefined
        ? {}
        : { pushNotificationConfig: { ...push, authentication: { schemes: ["Bearer"], credentials: push.token } } }),
    },
  }),
};

const CURRENT: Dialect = {
  headers: { "a2a-version": "1.0" },
  extensionsHeader: "a2a-extensions",
  methods: { send: "SendMessage", stream: "SendStreamingMessage", get: "GetTask", cancel: "CancelTask", extendedCard: "GetExtendedAgentCard" },
  listMethod: "ListTasks",
  sendParams: ({ parts, ...message }, { push, returnImmediately, acceptedOutputModes }) => ({
    message: { role: "ROLE_USER", ...message, parts: parts.map(encodePart) },
    configuration: {
      acceptedOutputModes,
      historyLength: 0,
      returnImmediately,
      ...(push === undefined
        ? {}
        : { taskPushNotificationConfig: { ...push, authentication: { scheme: "Bearer", credentials: push.token } } }),
    },
  }),
};

/** The wire form that servers of a version speak. 0.2 and 0.3 share theirs. */
export function dialectOf(version: ProtocolVersion): Dialect {
  return version === "1.0" ? CURRENT : LEGACY;
}
