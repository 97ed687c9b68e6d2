import * as z from "zod";

/** What a message of a pattern asks for. */
export const AskKind = z.enum([
  "decompose",
  "delegate",
  "assess",
  "synthesize",
  "handoff",
  "produce",
  "improve",
  "exchange",
  "propose",
  "revise",
  "judge",
  "vote",
  "call_for_proposals",
  "accept_proposal",
  "contribute",
  "speak",
  "next_speaker",
  "task",
  "decide",
  "evaluate",
  "partition",
]);
export type AskKind = z.infer<typeof AskKind>;
