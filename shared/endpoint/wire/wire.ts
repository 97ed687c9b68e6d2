import * as z from "zod";
import { A2A_LIMITS } from "../../a2a/limits.ts";
import { asksForSignature, signingKeyOf } from "../../a2a/push-signature.ts";

/**
 * A2A 1.0 as callers write it to us (proto JSON). Unknown fields are ignored and `null` is absent, as proto JSON has it.
 *
 * @see https://a2a-protocol.org/v1.0.0/specification/#4-protocol-data-model
 */

const Id = z
  .string()
  .min(1)
  .max(A2A_LIMITS.idCharacters)
  .refine((id) => id.isWellFormed(), "must be well-formed text");
const Struct = z.record(z.string(), z.unknown());
/** Proto JSON takes numbers as text too; so do query strings. */
const Int = z.union([
  z.int(),
  z
    .string()
    .regex(/^-?\d{1,9}$/)
    .transform(Number),
]);
const Bool = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const HistoryLength = Int.refine((count) => count >= 0, "must not be negative").optional();

const CONTENTS = ["text", "raw", "url", "data"] as const;

/** One piece of a message: exactly one of `text`, `raw` (base64), `url` and `data`. */
export const WirePart = z
  .object({
    text: z.string().optional(),
    raw: z.base64().optional(),
    url: z.string().min(1).optional(),
    data: z.unknown().optional(),
    metadata: Struct.optional(),
    filename: z.string().optional(),
    mediaType: z.string().optional(),
  })
  .refine((part) => CONTENTS.filter((name) => part[name] !== undefined).length === 1, {
    error: "must hold exactly one of text, raw, url and data",
  });
export type WirePart = z.infer<typeof WirePart>;

/** A message as it travels and as the history keeps it. */
export const WireMessage = z.object({
  messageId: Id,
  contextId: Id.optional(),
  taskId: Id.optional(),
  role: z.union([z.enum(["ROLE_USER", "ROLE_AGENT"]), z.literal(1).transform(() => "ROLE_USER" as const)]),
  parts: z.array(WirePart).min(1),
  metadata: Struct.optional(),
  extensions: z.array(z.string()).optional(),
  referenceTaskIds: z.array(z.string()).optional(),
});
export type WireMessage = z.infer<typeof WireMessage>;

const HTTP_TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible ASCII: it goes into a header. */
const HeaderText = z
  .string()
  .max(A2A_LIMITS.pushSecretCharacters)
  .regex(/^[\x20-\x7e]*$/, "must be visible ASCII");

/** Where a caller wants to hear of a task. */
export const WirePushConfig = z.object({
  id: Id.optional(),
  taskId: Id.optional(),
  url: z.string().min(1).max(A2A_LIMITS.pushUrlCharacters),
  token: HeaderText.optional(),
  authentication: z
    .object({ scheme: z.string().regex(HTTP_TOKEN, "must name an HTTP scheme"), credentials: HeaderText.optional() })
    .refine(({ scheme, credentials }) => !asksForSignature(scheme) || signingKeyOf(credentials) !== undefined, {
      path: ["credentials"],
      error: "must be 'whsec_' and 24 to 64 random bytes in base64, because the scheme is HMAC",
    })
    .optional(),
});
export type WirePushConfig = z.infer<typeof WirePushConfig>;

const SendParams = z.object({
  message: WireMessage.extend({
    role: WireMessage.shape.role.refine((role) => role === "ROLE_USER", "must be ROLE_USER"),
  }),
  configuration: z
    .object({
      acceptedOutputModes: z.array(z.string()).optional(),
      taskPushNotificationConfig: WirePushConfig.optional(),
      pushNotificationConfig: WirePushConfig.optional(),
      historyLength: HistoryLength,
      returnImmediately: Bool.optional(),
    })
    // The Go SDK calls it as drafts of 1.0 did.
    .transform(({ pushNotificationConfig: drafted, taskPushNotificationConfig = drafted, ...rest }) => ({
      ...rest,
      taskPushNotificationConfig,
    }))
    .optional(),
  metadata: Struct.optional(),
});
/** What `SendMessage` and `SendStreamingMessage` take. */
export type SendParams = z.infer<typeof SendParams>;

/** Where a task stands, in A2A's words. */
export const WireState = z.enum([
  "TASK_STATE_SUBMITTED",
  "TASK_STATE_WORKING",
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_INPUT_REQUIRED",
  "TASK_STATE_REJECTED",
  "TASK_STATE_AUTH_REQUIRED",
]);
export type WireState = z.infer<typeof WireState>;

const Unspecified = z.union([z.literal(["TASK_STATE_UNSPECIFIED", ""]), z.literal(0)]).transform(() => undefined);
const TaskPlace = z.object({ id: Id });
const ConfigPlace = z.object({ taskId: Id, id: Id });
const PageSize = Int.refine(
  (size) => size >= 1 && size <= A2A_LIMITS.tasksPerPage,
  `must be 1 to ${A2A_LIMITS.tasksPerPage}`,
).optional();

/** Free JSON: its keys are its own, and what is `null` in it means something. */
const FREE: ReadonlySet<string> = new Set(["data", "metadata"]);

/**
 * Proto JSON as our schemas read it: a field may also be spelt as the protocol buffers spell it (`task_id`), and `null` is
 * absent. Free JSON stays as it is.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function fromProtoJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromProtoJson);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).flatMap(([spelt, each]): [string, unknown][] => {
    const name = spelt.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (each === null && name !== "data") return [];
    return name !== spelt && Object.hasOwn(value, name) ? [] : [[name, FREE.has(name) ? each : fromProtoJson(each)]];
  });
  return Object.fromEntries(fields);
}

/** The Go SDK wraps a configuration in `config`, as drafts of 1.0 did. */
function unwrapped(params: unknown): unknown {
  const { success, data } = z.looseObject({ config: z.looseObject({}) }).safeParse(params);
  if (!success) return params;
  const { config, ...rest } = data;
  return { ...config, ...rest };
}

/** Every operation of A2A 1.0 with what it takes. The names are those of JSON-RPC methods. */
export const OPERATIONS = {
  SendMessage: SendParams,
  SendStreamingMessage: SendParams,
  GetTask: TaskPlace.extend({ historyLength: HistoryLength }),
  ListTasks: z.object({
    contextId: z.union([Id, z.literal("").transform(() => undefined)]).optional(),
    status: z.union([WireState, Unspecified]).optional(),
    pageSize: PageSize,
    pageToken: z.string().optional(),
    historyLength: HistoryLength,
    statusTimestampAfter: z.iso.datetime({ offset: true }).optional(),
    includeArtifacts: Bool.optional(),
  }),
  CancelTask: TaskPlace,
  SubscribeToTask: TaskPlace,
  CreateTaskPushNotificationConfig: z.preprocess(unwrapped, WirePushConfig.extend({ taskId: Id })),
  GetTaskPushNotificationConfig: ConfigPlace,
  ListTaskPushNotificationConfigs: z.object({ taskId: Id }),
  DeleteTaskPushNotificationConfig: ConfigPlace,
  GetExtendedAgentCard: z.object({}),
} as const;

/** Name of an operation. */
export type OperationName = keyof typeof OPERATIONS;

/** What an operation takes, read and checked. */
export type ParamsOf<Name extends OperationName> = z.output<(typeof OPERATIONS)[Name]>;

/** One operation that a caller asks for. Switch over `name`. */
export type Operation = {
  readonly [Name in OperationName]: { readonly name: Name; readonly params: ParamsOf<Name> };
}[OperationName];
