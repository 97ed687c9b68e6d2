import { ANSWER_SCHEMAS } from "./answer-schemas.ts";
import { ASK_WORDS } from "./ask-words.ts";
import type { AskKind } from "./ask-kind.ts";

/** A question in words that a model can follow: what is wanted, in which round, and the shape of the answer. */
export function wordsOf(
  kind: AskKind,
  {
    round,
    ofRounds,
    finding,
  }: { round?: number | undefined; ofRounds?: number | undefined; finding?: string | undefined },
): string {
  const schema = ANSWER_SCHEMAS[kind];
  return [
    ASK_WORDS[kind],
    ...(round === undefined
      ? []
      : [`This is round ${round}${ofRounds === undefined ? "" : ` of at most ${ofRounds}`}.`]),
    ...(Object.keys(schema).length === 0
      ? []
      : [`Answer with one JSON object that fits this schema: ${JSON.stringify(schema)}`]),
    ...(finding === undefined ? [] : [`Your last answer did not fit: ${finding}.`]),
  ].join("\n");
}
