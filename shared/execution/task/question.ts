import { createHash } from "node:crypto";
import type { AttemptOutcome } from "../../agents/calls/agent-calls.ts";
import type { InHands } from "./attempt-transitions.ts";

/** What an agent asks for. */
export type Asked = Pick<Extract<AttemptOutcome, { kind: "input_required" }>, "asksFor" | "question">;

/**
 * Names a question by what it says: agents give their messages new ids and times at every look, so only another content
 * is another question for sure.
 */
export const questionIdOf = ({ asksFor, question }: Asked): string =>
  createHash("sha256")
    .update(JSON.stringify([asksFor ?? "input", question ?? null]))
    .digest("hex")
    .slice(0, 16);

/** Whether what an agent says of a task under way is not on record yet. An answer on its way leaves its question open. */
export function isNews(
  record: InHands,
  heard: Extract<AttemptOutcome, { kind: "working" | "input_required" }>,
): boolean {
  if (heard.kind === "working") return record.state !== "running" || record.answer !== undefined;
  const known = record.state === "running" ? record.answer?.questionId : record.questionId;
  return known === undefined || known !== questionIdOf(heard);
}
