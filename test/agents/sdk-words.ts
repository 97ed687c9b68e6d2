import * as z from "zod";

/** What SDKs print of what they heard, 1.0 and 0.3, in the words of one. */

const State = z.string().transform((state) =>
  state
    .replace(/^TASK_STATE_/, "")
    .toLowerCase()
    .replaceAll("_", "-"),
);
const Part = z.object({ text: z.string().optional(), data: z.unknown().optional() });
const Status = z.object({
  state: State,
  message: z
    .object({ parts: z.array(Part) })
    .optional()
    .nullable(),
});
const Artifact = z.object({ artifactId: z.string(), parts: z.array(Part) });
const Role = z.string().transform((role) => role.replace(/^ROLE_/, "").toLowerCase());
/** A task. */
export const SdkTask = z.object({
  id: z.string(),
  contextId: z.string(),
  status: Status,
  artifacts: z
    .array(Artifact)
    .nullish()
    .transform((all) => all ?? []),
  history: z
    .array(z.object({ role: Role, parts: z.array(Part) }))
    .nullish()
    .transform((all) => all ?? []),
});
export type SdkTask = z.infer<typeof SdkTask>;

const StatusUpdate = z.object({ status: Status });
const ArtifactUpdate = z.object({ artifact: Artifact });
/** One thing of a stream. */
const SdkEvent = z.union([
  z.object({ task: SdkTask }).transform(({ task }) => ({ kind: "task" as const, task })),
  z
    .object({ statusUpdate: StatusUpdate })
    .transform(({ statusUpdate: { status } }) => ({ kind: "status" as const, status })),
  z
    .object({ artifactUpdate: ArtifactUpdate })
    .transform(({ artifactUpdate: { artifact } }) => ({ kind: "artifact" as const, artifact })),
  StatusUpdate.extend({ kind: z.literal("status-update") }).transform(({ status }) => ({
    kind: "status" as const,
    status,
  })),
  ArtifactUpdate.extend({ kind: z.literal("artifact-update") }).transform(({ artifact }) => ({
    kind: "artifact" as const,
    artifact,
  })),
  SdkTask.transform((task) => ({ kind: "task" as const, task })),
]);
export type SdkEvent = z.infer<typeof SdkEvent>;

/** Reads one event. */
export const eventOf = (heard: unknown): SdkEvent => SdkEvent.parse(heard);

/** Reads an answer that is a task. */
export function taskOf(heard: unknown): SdkTask {
  const event = eventOf(heard);
  if (event.kind !== "task") throw new Error(`a task was expected, and it is ${event.kind}`);
  return event.task;
}

/** A card, as far as tests look at it. */
export const SdkCard = z.object({
  name: z.string(),
  skills: z.array(z.object({ id: z.string() })),
  capabilities: z.object({ streaming: z.boolean(), pushNotifications: z.boolean() }),
});

/** A push configuration. 0.3 has it in an object of its own. */
const Config = z.object({ id: z.string(), url: z.string() });
export const SdkPushConfig = z.union([
  z
    .object({ taskId: z.string(), pushNotificationConfig: Config })
    .transform(({ taskId, pushNotificationConfig }) => ({ taskId, ...pushNotificationConfig })),
  Config.extend({ taskId: z.string() }),
]);
