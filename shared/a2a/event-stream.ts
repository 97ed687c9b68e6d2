import { createParser } from "eventsource-parser";
import * as z from "zod";

import { jsonOf } from "./credentials.ts";
import { isObject } from "./parts.ts";
import { readEnvelope, refusedNumber, type Refusal } from "./rpc-reply.ts";
import {
  isInterrupted,
  isTerminal,
  readSendResult,
  statusOf,
  WireArtifact,
  WireStatus,
  type Artifact,
  type SendResult,
  type TaskSnapshot,
} from "./task-snapshot.ts";

const StatusUpdate = z.object({
  taskId: z.string(),
  contextId: z.string().optional(),
  status: WireStatus,
  final: z.boolean().optional(),
});
const ArtifactUpdate = z.object({ taskId: z.string(), artifact: WireArtifact, append: z.boolean().nullish() });

/**
 * Folds the server-sent events of a streamed send, of any protocol version, into what a plain send would have returned.
 *
 * Feed it text as it arrives, cut anywhere. Time is linear in the text, however it is cut; how much there may be is the
 * exchange's to limit.
 */
export class EventStreamFold {
  #isOver = false;
  #result: SendResult | Refusal | undefined;
  readonly #parser = createParser({
    onEvent: ({ data }) => {
      this.#isOver ||= this.#takeData(data);
    },
  });

  /** The latest state of things; `undefined` before the first event. */
  get result(): SendResult | Refusal | undefined {
    return this.#result;
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
    const json = data === "" ? undefined : jsonOf(data);
    const reply =
      refusedNumber(data) ?? readEnvelope(json) ?? (isObject(json) ? { kind: "result" as const, result: json } : undefined);
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
      this.#setTask({ ...task, artifacts: merge(task.artifacts, artifact.data) });
      return false;
    }
    const result = readSendResult(event);
    if (result === undefined) return false;
    this.#result = result;
    return result.kind === "message" || hasSettled(result.snapshot);
  }

  #takeStatus(update: z.infer<typeof StatusUpdate>): boolean {
    const { message: _, stateName: __, ...task } = this.#task(update.taskId);
    const contextId = update.contextId ?? task.contextId;
    const next = { ...task, ...(contextId === undefined ? {} : { contextId }), ...statusOf(update.status) };
    this.#setTask(next);
    return hasSettled(next) || update.final === true;
  }

  #task(taskId: string): TaskSnapshot {
    if (this.#result?.kind === "task" && this.#result.snapshot.taskId === taskId) return this.#result.snapshot;
    return { taskId, state: "working", artifacts: [], messageIds: [] };
  }

  #setTask(snapshot: TaskSnapshot): void {
    this.#result = { kind: "task", snapshot };
  }
}

function hasSettled({ state }: TaskSnapshot): boolean {
  return isTerminal(state) || isInterrupted(state);
}

function merge(known: readonly Artifact[], update: z.infer<typeof ArtifactUpdate>): Artifact[] {
  const { artifact, append } = update;
  const before = known.find(({ id }) => id === artifact.id);
  if (before === undefined) return [...known, artifact];
  const next = append === true ? { ...before, parts: [...before.parts, ...artifact.parts] } : artifact;
  return known.map((other) => (other === before ? next : other));
}
