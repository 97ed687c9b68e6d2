import * as z from "zod";

import { firstUsage, readUsage, sumUsage, type Usage } from "../core/usage.ts";
import { given, isObject, isReadable, WirePart, type Part } from "./parts.ts";

/** Where an agent says its task is, in one vocabulary for every protocol version. */
export const TaskState = z.enum([
  "submitted",
  "working",
  "input_required",
  "auth_required",
  "completed",
  "failed",
  "canceled",
  "rejected",
  "unknown",
]);
export type TaskState = z.infer<typeof TaskState>;

/** Something the agent made. */
export interface Artifact {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly parts: readonly Part[];
}

/** A task of an agent as it stood when the agent answered. */
export interface TaskSnapshot {
  readonly taskId: string;
  readonly contextId?: string;
  readonly state: TaskState;
  /** How the agent calls a state that we do not know. */
  readonly stateName?: string;
  /** What the agent says about the state: the question of `input_required`, the reason of `failed`. */
  readonly message?: readonly Part[];
  /** The id of that message. */
  readonly messageId?: string;
  readonly artifacts: readonly Artifact[];
  /** The agent's last words in the history: where agents leave an answer that is neither artifact nor status. */
  readonly answer?: readonly Part[];
  /** Message ids of the history the agent returned; how an in-doubt send is recognised. */
  readonly messageIds: readonly string[];
  /** When the agent entered the state, in its own words. */
  readonly at?: string;
  /** What the agent says in the metadata of task, status or status message that all of it used. */
  readonly usage?: Usage;
  /** What it says in the metadata of artifacts, by their ids. */
  readonly artifactUsage?: Readonly<Record<string, Usage>>;
}

/** What an agent says that a task used: as a whole, else by its artifacts. */
export const usageOfTask = ({ usage, artifactUsage = {} }: Pick<TaskSnapshot, "usage" | "artifactUsage">): Usage | undefined =>
  firstUsage(usage, sumUsage(Object.values(artifactUsage)));

const TERMINAL: ReadonlySet<TaskState> = new Set<TaskState>(["completed", "failed", "canceled", "rejected"]);

/** Whether the agent will do nothing more about a task. */
export function isTerminal(state: TaskState): boolean {
  return TERMINAL.has(state);
}

/** Whether a task waits for us: for an answer or for authorisation. */
export function isInterrupted(state: TaskState): boolean {
  return state === "input_required" || state === "auth_required";
}

/** Every spelling of a state: `input-required` (0.x), `TASK_STATE_INPUT_REQUIRED` (1.x), 6 (its protobuf number). */
const WIRE_STATES: ReadonlyMap<string | number, TaskState> = new Map<string | number, TaskState>([
  ...TaskState.options.flatMap((state): [string, TaskState][] => [
    [state, state],
    [state.replaceAll("_", "-"), state],
    [`TASK_STATE_${state.toUpperCase()}`, state],
  ]),
  ["cancelled", "canceled"],
  // As 0.3 over HTTP+JSON spells it.
  ["TASK_STATE_CANCELLED", "canceled"],
  ["TASK_STATE_UNSPECIFIED", "unknown"],
  [0, "unknown"],
  [1, "submitted"],
  [2, "working"],
  [3, "completed"],
  [4, "failed"],
  [5, "canceled"],
  [6, "input_required"],
  [7, "rejected"],
  [8, "auth_required"],
]);

/** A state, with the name that an agent has for one that we do not know. */
interface NamedState {
  readonly state: TaskState;
  readonly name?: string;
}

/** `usage` in the metadata of anything. */
export const WireMetadata = z
  .object({ usage: z.unknown() })
  .nullish()
  .catch(undefined)
  .transform((metadata) => readUsage(metadata?.usage));

/** A message of any protocol version, as far as we read it. */
export const WireMessage = z.object({ messageId: z.string().nullish(), parts: z.array(WirePart).nullish(), metadata: WireMetadata });
/** A task's status of any protocol version; a state that we do not know reads as `unknown`. */
export const WireStatus = z.object({
  state: z
    .union([z.string(), z.number()])
    .transform((wire): NamedState => {
      const state = WIRE_STATES.get(wire);
      return state === undefined ? { state: "unknown", name: String(wire).slice(0, 128).toWellFormed() } : { state };
    })
    .catch({ state: "unknown" }),
  message: WireMessage.nullish(),
  metadata: WireMetadata,
  timestamp: z.string().nullish(),
});
/** An artifact of any protocol version, and what its metadata says that it used. */
export const WireArtifact = z
  .object({
    artifactId: z.string().nullish(),
    name: z.string().nullish(),
    description: z.string().nullish(),
    parts: z.array(WirePart).nullish(),
    metadata: WireMetadata,
  })
  .transform((wire): { artifact: Artifact; usage: Usage | undefined } => ({
    artifact: {
      id: wire.artifactId ?? "",
      ...given("name", wire.name),
      ...given("description", wire.description),
      parts: wire.parts ?? [],
    },
    usage: wire.metadata,
  }));

/** A task as any server from 0.2 to 1.x writes it. */
export const WireTask = z
  .object({
    id: z.string().min(1),
    contextId: z.string().nullish(),
    status: WireStatus,
    artifacts: z.array(WireArtifact).nullish(),
    history: z.array(WireMessage.extend({ role: z.union([z.string(), z.number()]).nullish() })).nullish().catch(undefined),
    metadata: WireMetadata,
  })
  .transform((wire): TaskSnapshot => ({
    taskId: wire.id,
    ...given("contextId", wire.contextId),
    ...statusOf(wire.status),
    artifacts: (wire.artifacts ?? []).map(({ artifact }) => artifact),
    ...answerOf(wire.history ?? []),
    messageIds: (wire.history ?? []).flatMap(({ messageId }) => messageId ?? []),
    ...given("usage", firstUsage(wire.metadata, usageOfStatus(wire.status))),
    ...artifactUsageOf(wire.artifacts ?? []),
  }));

/** What a status says that its task used. */
export const usageOfStatus = ({ metadata, message }: z.infer<typeof WireStatus>): Usage | undefined => firstUsage(metadata, message?.metadata);

function artifactUsageOf(artifacts: readonly z.infer<typeof WireArtifact>[]): Pick<TaskSnapshot, "artifactUsage"> {
  const said = artifacts.flatMap(({ artifact, usage }) => (usage === undefined ? [] : [[artifact.id, usage] as const]));
  return said.length === 0 ? {} : { artifactUsage: Object.fromEntries(said) };
}

/** Spellings of the agent's role: 0.x, 1.x and its protobuf number. */
const AGENT_ROLES: ReadonlySet<unknown> = new Set(["agent", "ROLE_AGENT", 2]);

function answerOf(history: readonly { role?: unknown; parts?: readonly Part[] | null | undefined }[]): Pick<TaskSnapshot, "answer"> {
  const last = history.findLast(({ role, parts }) => AGENT_ROLES.has(role) && (parts ?? []).some(isReadable));
  return last?.parts === undefined || last.parts === null ? {} : { answer: last.parts };
}

/** The fields of a snapshot that a status decides. */
export function statusOf(status: z.infer<typeof WireStatus>): Pick<TaskSnapshot, "state" | "stateName" | "message" | "messageId" | "at"> {
  const parts = status.message?.parts;
  return {
    state: status.state.state,
    ...given("stateName", status.state.name),
    ...(parts === undefined || parts === null || parts.length === 0 ? {} : { message: parts }),
    ...given("messageId", status.message?.messageId),
    ...given("at", status.timestamp),
  };
}

/** What an agent made of a message: a task, or an answer without one. */
export type SendResult =
  | { readonly kind: "task"; readonly snapshot: TaskSnapshot }
  | { readonly kind: "message"; readonly parts: readonly Part[]; readonly usage?: Usage };

/** Reads the result of a send of any version: wrapped (1.x) or bare (0.x). `undefined` when it is neither. */
export function readSendResult(result: unknown): SendResult | undefined {
  if (!isObject(result)) return undefined;
  const task = WireTask.safeParse(result["task"] ?? result);
  if (task.success) return { kind: "task", snapshot: task.data };
  const message = WireMessage.safeParse(result["message"] ?? result);
  if (!message.success || !message.data.parts) return undefined;
  return { kind: "message", parts: message.data.parts, ...given("usage", message.data.metadata) };
}
