import { A2aFault } from "./wire/faults.ts";
import type { WireMessage, WirePart } from "./wire/wire.ts";
import type { WaitKind } from "../execution/run/open-waits.ts";
import { partsOf } from "./output-parts.ts";

/** Something that an execution waits for its caller for. */
export interface Wait {
  /** The execution whose task waits: the caller's own, or one that runs as a task of it. */
  readonly execution: string;
  readonly task: string;
  readonly kind: WaitKind;
  readonly since: string;
  /** What is asked, as the caller reads it. */
  readonly parts: readonly WirePart[];
}

/** What an agent asks. */
export const questionParts = (question: unknown): readonly WirePart[] => partsOf(question);

/** What is asked of a person who decides. */
export function approvalParts(task: string, prompt: string | undefined): readonly WirePart[] {
  const text = `${prompt ?? `Task '${task}' waits for a decision.`} Answer 'approve' or 'reject'.`;
  return [{ text }, { data: { task, answers: ["approve", "reject"] } }];
}

/** The id of the message that asks: the same for as long as it is asked. */
export const askedIn = (execution: string, { kind, since }: Pick<Wait, "kind" | "since">): string => `${execution}-${kind}-${since}`;

/**
 * The wait that a message answers: the one whose question its metadata names as `in_reply_to`, the one of the `task` that
 * it names, else the one that waits longest.
 *
 * @throws {A2aFault} the task asks for nothing, or no longer for what the message answers.
 */
export function waitAnswered(
  waits: readonly Wait[],
  { taskId = "", metadata }: Pick<WireMessage, "metadata" | "taskId">,
): Wait {
  const asked = metadata?.["in_reply_to"];
  if (typeof asked === "string") {
    const meant = waits.find((wait) => askedIn(taskId, wait) === asked);
    if (meant !== undefined) return meant;
    throw new A2aFault("UNSUPPORTED_OPERATION", "what the message replies to was answered already; read the task again");
  }
  return waitOfTask(waits, metadata?.["task"]);
}

function waitOfTask(waits: readonly Wait[], task: unknown): Wait {
  const [oldest] = [...waits].sort((a, b) => (a.since < b.since ? -1 : 1));
  const found = task === undefined || task === null ? oldest : waits.find((wait) => wait.task === task);
  if (found !== undefined) return found;
  const asked = waits.map((wait) => wait.task).join(", ");
  const detail =
    waits.length === 0
      ? "the task asks for nothing now; wait until it is TASK_STATE_INPUT_REQUIRED"
      : `metadata.task names none of the tasks that wait: ${asked}`;
  throw new A2aFault("UNSUPPORTED_OPERATION", detail);
}

const YES: ReadonlySet<unknown> = new Set([true, "approve", "approved", "yes", "ok", "y"]);
const NO: ReadonlySet<unknown> = new Set([false, "reject", "rejected", "no", "n", "deny"]);

/**
 * What a message decides: a text `approve` or `reject`, or a data part with `approved` or `verdict`; any other text beside
 * it is the reason.
 *
 * @throws {A2aFault} it decides nothing.
 */
export function decisionIn({ parts }: Pick<WireMessage, "parts">): {
  verdict: "approved" | "rejected";
  reason?: string;
} {
  const texts = parts.flatMap(({ text }) => text ?? []);
  const said = parts.flatMap((part) => wordsOf(part));
  const verdict = said.some((word) => YES.has(word))
    ? "approved"
    : said.some((word) => NO.has(word))
      ? "rejected"
      : undefined;
  if (verdict === undefined)
    throw new A2aFault("INVALID_PARAMS", "this task waits for a decision; answer 'approve' or 'reject'");
  const reason = texts.filter((text) => !YES.has(plain(text)) && !NO.has(plain(text))).join("\n");
  return { verdict, ...(reason === "" ? {} : { reason: reason.slice(0, 2000) }) };
}

const plain = (text: string): string => text.trim().toLowerCase().replace(/[.!]$/, "");

function wordsOf({ text, data }: WirePart): readonly unknown[] {
  if (text !== undefined) return [plain(text)];
  if (typeof data !== "object" || data === null) return typeof data === "boolean" ? [data] : [];
  const { approved, verdict, decision } = { approved: undefined, verdict: undefined, decision: undefined, ...data };
  return [approved, verdict, decision].map((word: unknown) => (typeof word === "string" ? plain(word) : word));
}

/** What an agent gets for an answer: one text as it is, one JSON value as it is, more of them as a list. */
export function answerIn({ parts }: Pick<WireMessage, "parts">): unknown {
  const values = parts.map(
    (part) =>
      part.text ?? part.data ?? { name: part.filename, mediaType: part.mediaType, url: part.url, bytes: part.raw },
  );
  return values.length === 1 ? values[0] : values;
}
