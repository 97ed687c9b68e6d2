import * as z from "zod";
import { present } from "../core/present.ts";
import type { AskKind } from "./ask-kind.ts";
import { PATTERN_LIMITS } from "./limits.ts";

const Name = z.string().min(1).max(PATTERN_LIMITS.nameCharacters);
const Remark = z.string().max(PATTERN_LIMITS.remarkCharacters);
/** Anything but nothing. */
const Result = z
  .unknown()
  .refine((value) => value !== null && value !== undefined, { error: "expected a result, got nothing" });

const Subtask = z.object({
  id: Name,
  role: Name,
  goal: Remark.min(1),
  /** Ids of subtasks before it whose results it needs. */
  after: z.array(Name).max(50).optional(),
  acceptance: Remark.optional(),
});

const Assessment = z.object({ score: z.number().min(0).max(1), feedback: Remark.optional() });
const Proposal = z.object({
  answer: Result,
  confidence: z.number().min(0).max(1).optional(),
  rationale: Remark.optional(),
});

/** What becomes of a task that was not accepted; `result`, where one is given, stands in place of the best attempt. */
const Decision = z.object({
  decision: z.enum(["redo", "accept", "fail"]),
  result: z.unknown().optional(),
  feedback: Remark.optional(),
});

/**
 * The shapes of answers, by kind of message.
 *
 * @example
 * ```ts
 * ANSWERS.assess.safeParse({ score: 0.8 }).success; // true
 * ```
 */
export const ANSWERS = {
  decompose: z.object({ subtasks: z.array(Subtask).min(1).max(100) }),
  delegate: Result,
  assess: Assessment,
  synthesize: Result,
  handoff: z.object({ result: Result, summary: Remark.optional(), hand_to: Name.nullish(), reason: Remark.optional() }),
  produce: Result,
  improve: Result,
  exchange: Proposal,
  propose: Proposal,
  revise: Proposal,
  judge: Proposal,
  vote: z.object({ choice: Result }),
  call_for_proposals: z.object({
    price: z.number().min(0).optional(),
    seconds: z.number().min(0).optional(),
    refuse: z.boolean().optional(),
  }),
  accept_proposal: Result,
  contribute: z.object({ set: z.record(z.string(), z.unknown()) }),
  speak: z.object({ says: Result, done: z.boolean().optional() }),
  next_speaker: z.object({ role: Name }),
  task: Result,
  decide: Decision,
  evaluate: z.object({ fitness: z.number() }),
  partition: Result,
} as const satisfies Readonly<Record<AskKind, z.ZodType>>;

/** An answer as its kind wants it, or what is wrong with it. */
export type ReadAnswer = { readonly output: unknown } | { readonly finding: string };

/** Reads an answer: the value itself, or the JSON in a text where the kind wants an object. */
export function readAnswer(kind: AskKind, output: unknown): ReadAnswer {
  const answer = ANSWERS[kind];
  const direct = answer.safeParse(output);
  if (direct.success) return { output: direct.data };
  const inside = typeof output === "string" ? jsonIn(output) : undefined;
  const found = inside === undefined ? direct : answer.safeParse(inside);
  return found.success ? { output: found.data } : { finding: findingOf(found.error) };
}

/** Names places and what was expected there; never what was said. */
function findingOf({ issues }: z.ZodError): string {
  const first = present(issues[0]);
  const more = issues.length > 1 ? `, and ${issues.length - 1} more flaws` : "";
  return `${first.path.join(".") || "the answer"}: ${first.message}${more}`.slice(0, 500);
}

/** The object that a text consists of, or that stands in it. */
function jsonIn(text: string): unknown {
  const from = text.indexOf("{");
  const to = text.lastIndexOf("}");
  if (from === -1 || to <= from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return undefined;
  }
}
