import { isObject, isReadable, type Part } from "./parts.ts";
import type { TaskSnapshot } from "./task-snapshot.ts";

/**
 * The result of a task as one JSON object, the same for every protocol version.
 *
 * | the agent returned | output |
 * |---|---|
 * | one data part holding an object | that object |
 * | one data part holding anything else | `{ data }` |
 * | one text part, JSON or not | `{ text }` |
 * | one file part | `{ file: { name, mediaType, url or bytes } }` |
 * | several parts | `{ artifacts: [{ id, name, description, parts }] }` |
 * | none that can be read | the same rules for the status message, else for the agent's last words in the history |
 * | nothing anywhere that can be read | its artifacts as they are, `{}` without any; {@link hasAnswer} tells |
 *
 * A part beside others that cannot be read, such as an empty last chunk, counts as one part.
 */
export function outputOf(task: Said): Readonly<Record<string, unknown>> {
  const parts = task.artifacts.flatMap((artifact) => artifact.parts);
  const readable = parts.filter(isReadable);
  if (readable.length > 0) return readable.length === 1 ? outputOfParts(readable) : { artifacts: task.artifacts };
  const words = [task.message, task.answer].find(isAnswer);
  if (words !== undefined) return outputOfParts(words);
  return parts.length === 0 ? {} : { artifacts: task.artifacts };
}

/** Where the agent may have left its answer. */
type Said = Pick<TaskSnapshot, "artifacts" | "message" | "answer">;

/** Whether parts hold anything that can be read. */
export const isAnswer = (parts: readonly Part[] | undefined): boolean => parts?.some(isReadable) === true;

/** Whether an agent left anything that can be read: in artifacts, status message or history. */
export const hasAnswer = ({ artifacts, message, answer }: Said): boolean =>
  artifacts.some(({ parts }) => isAnswer(parts)) || isAnswer(message) || isAnswer(answer);

/** What an agent gave: the result, and whether nothing of it can be read. */
export interface Answer {
  readonly output: Readonly<Record<string, unknown>>;
  readonly isEmpty?: true;
}

/** The answer that a task carries. */
export const answerOf = (task: Said): Answer => ({ output: outputOf(task), ...(hasAnswer(task) ? {} : { isEmpty: true }) });

/** The answer that a direct message carries. */
export const answerOfParts = (parts: readonly Part[]): Answer => ({
  output: outputOfParts(parts),
  ...(isAnswer(parts) ? {} : { isEmpty: true }),
});

/** The result that a direct message carries: as {@link outputOf}; several parts give `{ parts }`. */
export function outputOfParts(parts: readonly Part[]): Readonly<Record<string, unknown>> {
  const [part] = parts;
  if (part === undefined) return {};
  if (parts.length > 1) return { parts };
  switch (part.kind) {
    case "text":
      return { text: part.text };
    case "data":
      return isObject(part.data) ? part.data : { data: part.data };
    case "file": {
      const { kind: _, ...file } = part;
      return { file };
    }
    default:
      return part satisfies never;
  }
}

/** The text parts of a message, one per line: what a person should read. */
export function textOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.kind === "text" ? part.text : [])).join("\n");
}
