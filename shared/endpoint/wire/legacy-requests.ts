import * as z from "zod";
import { InvalidRequestError } from "../../core/errors.ts";
import type { OperationName } from "./wire.ts";

/** Requests of A2A 0.3, turned into those of 1.0, which check the rest. */

const Struct = z.record(z.string(), z.unknown());

const Part = z
  .union([
    z.object({ kind: z.literal("text"), text: z.string(), metadata: Struct.nullish() }),
    z.object({ kind: z.literal("data"), data: z.unknown(), metadata: Struct.nullish() }),
    z.object({
      kind: z.literal("file"),
      file: z.object({
        name: z.string().nullish(),
        mimeType: z.string().nullish(),
        bytes: z.string().nullish(),
        uri: z.string().nullish(),
      }),
      metadata: Struct.nullish(),
    }),
  ])
  .transform((part): object => {
    if (part.kind === "text") return { text: part.text, metadata: part.metadata };
    if (part.kind === "data") return { data: part.data ?? null, metadata: part.metadata };
    const { name, mimeType, bytes, uri } = part.file;
    return { raw: bytes, url: uri, filename: name, mediaType: mimeType, metadata: part.metadata };
  });

const Role = z.enum(["user", "agent"]).transform((role) => (role === "user" ? "ROLE_USER" : "ROLE_AGENT"));

const PushConfig = z
  .looseObject({
    authentication: z.object({ schemes: z.array(z.string()), credentials: z.string().nullish() }).nullish(),
  })
  .transform(({ authentication, ...config }) => {
    const [scheme] = authentication?.schemes ?? [];
    return scheme === undefined
      ? config
      : { ...config, authentication: { scheme, credentials: authentication?.credentials } };
  });

const Send = z.object({
  message: z.looseObject({ role: Role, parts: z.array(Part) }),
  configuration: z
    .looseObject({ blocking: z.boolean().nullish(), pushNotificationConfig: PushConfig.nullish() })
    .transform(({ blocking, pushNotificationConfig, ...rest }) => ({
      ...rest,
      returnImmediately: blocking === false,
      taskPushNotificationConfig: pushNotificationConfig,
    }))
    .nullish(),
  metadata: Struct.nullish(),
});

/** A task may have one configuration without a name: it is named after the task. */
const ConfigPlace = z
  .object({ id: z.string(), pushNotificationConfigId: z.string().nullish() })
  .transform(({ id, pushNotificationConfigId }) => ({ taskId: id, id: pushNotificationConfigId ?? id }));

const SetConfig = z
  .object({ taskId: z.string(), pushNotificationConfig: PushConfig })
  .transform(({ taskId, pushNotificationConfig: config }) => ({ id: taskId, ...config, taskId }));

const same = z.unknown();

interface LegacyMethod {
  readonly operation: OperationName;
  readonly params: z.ZodType;
}

/** The methods of 0.3 with the operations of 1.0 that they are. */
export const LEGACY_METHODS: Readonly<Record<string, LegacyMethod>> = {
  "message/send": { operation: "SendMessage", params: Send },
  "message/stream": { operation: "SendStreamingMessage", params: Send },
  "tasks/get": { operation: "GetTask", params: same },
  "tasks/list": { operation: "ListTasks", params: same },
  "tasks/cancel": { operation: "CancelTask", params: same },
  "tasks/resubscribe": { operation: "SubscribeToTask", params: same },
  "tasks/pushNotificationConfig/set": { operation: "CreateTaskPushNotificationConfig", params: SetConfig },
  "tasks/pushNotificationConfig/get": { operation: "GetTaskPushNotificationConfig", params: ConfigPlace },
  "tasks/pushNotificationConfig/list": {
    operation: "ListTaskPushNotificationConfigs",
    params: z.object({ id: z.string() }).transform(({ id }) => ({ taskId: id })),
  },
  "tasks/pushNotificationConfig/delete": { operation: "DeleteTaskPushNotificationConfig", params: ConfigPlace },
  "agent/getAuthenticatedExtendedCard": { operation: "GetExtendedAgentCard", params: same },
};

/** @throws {InvalidRequestError} the parameters are not those of the method. */
export function fromLegacy({ params: schema }: LegacyMethod, params: unknown): unknown {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const flaws = result.error.issues.map(({ path, message }) => ({
    field: ["params", ...path.map(String)].join("."),
    message,
  }));
  throw new InvalidRequestError(flaws);
}
