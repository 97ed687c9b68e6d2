import { createParser } from "eventsource-parser";
import * as z from "zod";

import { firstUsage } from "../core/usage.ts";
import { jsonOf } from "./credentials.ts";
import { given, isObject } from "./parts.ts";
import { isAnswer } from "./task-output.ts";
import { readEnvelope, refusedContent, type Refusal } from "./rpc-reply.ts";
import {
  isInterrupted,
  isTerminal,
  readSendResult,
  statusOf,
  usageOfStatus,
  WireArtifact,
  WireMetadata,
  WireStatus,
  type Artifact,
  type SendResult,
  type TaskSnapshot,
} from "./task-snapshot.ts";

const StatusUpdate = z.object({
  taskId: z.string(),
  contextId: z.string().optional(),
  status: WireStatus,
  metadata: WireMetadata,
  final: z.boolean().optional(),
});
const ArtifactUpdate = z.object({ taskId: z.string(), artifact: WireArtifact, append: z.boolean().nullish() });

/**
 * Folds the server-sent events of a streamed send, of any protocol version, into what a plain send would have returned.
 *
 * A task that has completed without an artifact is read on: some agents send it after that.
 *
 * Feed it text as it arrives, cut anywhere. Time is linear in the text, however it is cut; how much there may be is the
 * exchange's to limit.
 */
export class EventStreamFold {
  #isOver = false;
  #result: SendResult | Refusal | undefined;
  readonly #decode: (json: unknown) => unknown;
  readonly #parser = createParser({
    onEvent: ({ data }) => {
      this.#isOver ||= this.#takeData(data);
    },
  });

  /** @param decode makes JSON-RPC's form of events that are not wrapped. @default - they have it */
  constructor(decode: (json: unknown) => unknown = (json) => json) {
    this.#decode = decode;
  }

  /** The latest state of things; `undefined` before the first event. */
  get result(): SendResult | Refusal | undefined {
    return this.#result;
  }

  /** Whether the task has completed, and an artifact may yet follow. */
  get awaitsArtifact(): boolean {
    return !this.#isOver && this.#isCompleted;
  }

  get #isCompleted(): boolean {
    return this.#result?.kind === "task" && this.#result.snapshot.state === "completed";
  }

  /** @returns whether the stream has said all that matters: an answer, an end, or a question. */
  push(text: string): boolean {
    this.#parser.feed(text);
    return this.#isOver;
  }

  /** The text has ended: a last event counts although no blank line followed it. */
  end(): void {
    this.push("\n\n");
  }

  /** JSON-RPC wraps events, HTTP+JSON does not. */
  #takeData(data: string): boolean {
    const json = data === "" ? undefined : this.#decode(jsonOf(data));
    const reply =
      refusedContent(data) ?? readEnvelope(json) ?? (isObject(json) ? { kind: "result" as const, result: json } : undefined);
    if (reply?.kind === "refused") {
      this.#result = reply;
      return true;
    }
    return reply?.kind === "result" && this.#takeEvent(reply.result);
  }

  #takeEvent(event: unknown): boolean {
    if (!isObject(event)) return false;
    const status = StatusUpdate.safeParse(event["statusUpdate"] ?? event);
    if (status.success) return this.#takeStatus(status.data);
    const artifact = ArtifactUpdate.safeParse(event["artifactUpdate"] ?? event);
    if (artifact.success) {
      const task = this.#task(artifact.data.taskId);
      this.#setTask({ ...task, artifacts: merge(task.artifacts, artifact.data), ...usageWith(task, artifact.data) });
      return false;
    }
    const result = readSendResult(event);
    if (result === undefined || (this.#isCompleted && !isEnd(result))) return false;
    this.#result = result;
    return result.kind === "message" || hasSettled(result.snapshot);
  }

  #takeStatus(update: z.infer<typeof StatusUpdate>): boolean {
    const { message, stateName: _, ...task } = this.#task(update.taskId);
    if (this.#isCompleted) return false;
    const contextId = update.contextId ?? task.contextId;
    // As servers do: what a status said goes to the history when the next one comes.
    const answer = message !== undefined && isAnswer(message) ? { answer: message } : {};
    const usage = firstUsage(update.metadata, usageOfStatus(update.status), task.usage);
    const next = { ...task, ...answer, ...given("contextId", contextId), ...given("usage", usage), ...statusOf(update.status) };
    this.#setTask(next);
    return hasSettled(next) || (update.final === true && next.state !== "completed");
  }

  #task(taskId: string): TaskSnapshot {
    if (this.#result?.kind === "task" && this.#result.snapshot.taskId === taskId) return this.#result.snapshot;
    return { taskId, state: "working", artifacts: [], messageIds: [] };
  }

  #setTask(snapshot: TaskSnapshot): void {
    this.#result = { kind: "task", snapshot };
  }
}

function hasSettled({ state, artifacts }: TaskSnapshot): boolean {
  if (state === "completed") return artifacts.some(({ parts }) => isAnswer(parts));
  return isTerminal(state) || isInterrupted(state);
}

const isEnd = (result: SendResult): boolean => result.kind === "message" || isTerminal(result.snapshot.state);

function usageWith({ artifactUsage }: TaskSnapshot, { artifact: { artifact, usage } }: z.infer<typeof ArtifactUpdate>): Pick<TaskSnapshot, "artifactUsage"> {
  return usage === undefined ? {} : { artifactUsage: { ...artifactUsage, [artifact.id]: usage } };
}

function merge(known: readonly Artifact[], update: z.infer<typeof ArtifactUpdate>): Artifact[] {
  const { append } = update;
  const { artifact } = update.artifact;
  const before = known.find(({ id }) => id === artifact.id);
  if (before === undefined) return [...known, artifact];
  const next = append === true ? { ...before, parts: [...before.parts, ...artifact.parts] } : artifact;
  return known.map((other) => (other === before ? next : other));
}
