import { isObject, type Part } from "./parts.ts";
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
 * | no artifacts | the same rules for the status message, else for the agent's last message in the history |
 * | nothing at all | `{}` |
 */
export function outputOf(task: Pick<TaskSnapshot, "artifacts" | "message" | "answer">): Readonly<Record<string, unknown>> {
  const parts = task.artifacts.flatMap((artifact) => artifact.parts);
  if (parts.length === 0) return outputOfParts(task.message ?? task.answer ?? []);
  return parts.length === 1 ? outputOfParts(parts) : { artifacts: task.artifacts };
}

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
