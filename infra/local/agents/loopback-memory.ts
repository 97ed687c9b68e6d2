/** What the loopback agent remembers of messages, so that a repeat has no second effect. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import type { Call, Reply } from "./loopback-behaviours.ts";
import { findTask } from "./loopback-tasks.ts";

/** Old messages are forgotten beyond this many: a bench sends hundreds of thousands. */
const MESSAGES_KEPT = 100_000;

const Effect = z.object({ messageId: z.string() });

/** Where a call comes from, as the orchestrator's metadata says. */
export interface Caller {
  readonly execution?: string | undefined;
  readonly task?: string | undefined;
  readonly attempt?: number | undefined;
}

/** Effects outlive the process, in a log; answers do not, and are made again. */
export class LoopbackMemory {
  readonly #log: string | undefined;
  readonly #known = new Set<string>();
  readonly #replies = new Map<string, Reply | Promise<Reply>>();

  /** @param folder Holds the log of effects. @default - none is kept */
  constructor(folder: string | undefined) {
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    this.#log = join(folder, "loopback.calls.jsonl");
    if (!existsSync(this.#log)) return;
    // A kill may cut the last line off.
    const lines = readFileSync(this.#log, "utf8").split("\n").slice(0, -1);
    for (const line of lines) this.#known.add(Effect.parse(JSON.parse(line)).messageId);
  }

  /** Whether the message had its effect already, in this life or a former one. */
  isKnown(messageId: string): boolean {
    return this.#known.has(messageId);
  }

  /** The answer that the message got, as it stands now. */
  recall(messageId: string): Promise<Reply> | undefined {
    const known = this.#replies.get(messageId);
    return known === undefined ? undefined : asItStandsNow(known);
  }

  noteEffect({ messageId, taskId = "", contextId, skill }: Call, caller: Caller): void {
    this.#known.add(messageId);
    forgetOldest(this.#known);
    if (this.#log === undefined) return;
    const effect = { messageId, taskId, contextId, skill, ...caller, at: new Date().toISOString() };
    appendFileSync(this.#log, `${JSON.stringify(effect)}\n`);
  }

  /** Keeps an answer; what was none, such as a broken connection, is made anew for whoever asks again. */
  keep(messageId: string, reply: Reply | Promise<Reply>): void {
    const isAnswer = reply instanceof Promise || ["message", "task", "error"].includes(reply.kind);
    if (isAnswer) this.#replies.set(messageId, reply);
    forgetOldest(this.#replies);
  }
}

function forgetOldest(kept: Set<string> | Map<string, unknown>): void {
  const [oldest] = kept.keys();
  if (kept.size > MESSAGES_KEPT && oldest !== undefined) kept.delete(oldest);
}

async function asItStandsNow(known: Reply | Promise<Reply>): Promise<Reply> {
  const reply = await known;
  return reply.kind === "task" ? { kind: "task", task: findTask(reply.task.id) ?? reply.task } : reply;
}
