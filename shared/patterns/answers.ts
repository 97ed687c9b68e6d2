import * as z from "zod";
import { PATTERN_LIMITS } from "./limits.ts";

const Name = z.string().min(1).max(PATTERN_LIMITS.nameCharacters);
const Remark = z.string().max(PATTERN_LIMITS.remarkCharacters);
/** Anything but nothing. */
const Result = z.unknown().refine((value) => value !== null && value !== undefined, { error: "expected a result, got nothing" });

const Subtask = z.object({
  id: Name,
  role: Name,
  goal: Remark.min(1),
  /** Ids of subtasks before it whose results it needs. */
  after: z.array(Name).max(50).optional(),
  acceptance: Remark.optional(),
});

const Assessment = z.object({ score: z.number().min(0).max(1), feedback: Remark.optional() });
const Proposal = z.object({ answer: Result, confidence: z.number().min(0).max(1).optional(), rationale: Remark.optional() });

/**
 * The kinds of message that patterns send: what is wanted, as a model reads it, and the shape of the answer.
 *
 * @example
 * ```ts
 * const { wants, answer } = ANSWERS.assess;
 * answer.safeParse({ score: 0.8 }).success; // true
 * ```
 */
export const ANSWERS = {
  decompose: {
    wants: "Split the goal into subtasks for the workers that are named, each with what it needs to be accepted.",
    answer: z.object({ subtasks: z.array(Subtask).min(1).max(100) }),
  },
  delegate: { wants: "Do this subtask and answer with its result.", answer: Result },
  assess: { wants: "Judge the result against the goal: a score from 0 to 1, and what is missing.", answer: Assessment },
  synthesize: { wants: "Make one answer to the goal out of the results.", answer: Result },
  handoff: {
    wants: "Work on the goal. Hand over only if another role has to go on, to one of those that are named.",
    answer: z.object({ result: Result, summary: Remark.optional(), hand_to: Name.nullish(), reason: Remark.optional() }),
  },
  produce: { wants: "Make a first draft for the goal.", answer: Result },
  improve: { wants: "Improve the draft by the feedback.", answer: Result },
  exchange: { wants: "Say where you stand on the goal now that you know what your neighbours said.", answer: Proposal },
  propose: { wants: "Answer the goal, and say why.", answer: Proposal },
  revise: { wants: "Answer the goal again, having read what others answered.", answer: Proposal },
  judge: { wants: "Decide between the answers.", answer: Proposal },
  vote: { wants: "Choose one of the options, or answer the goal where there are none.", answer: z.object({ choice: Result }) },
  call_for_proposals: {
    wants: "Say at what price and in how many seconds you would do the work, or refuse.",
    answer: z.object({ price: z.number().min(0).optional(), seconds: z.number().min(0).optional(), refuse: z.boolean().optional() }),
  },
  accept_proposal: { wants: "Your proposal was accepted: do the work and answer with its result.", answer: Result },
} as const;

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
]);
export type AskKind = z.infer<typeof AskKind>;

/** Kinds whose answers make progress: an agent that says the same again and again makes none. */
const PROGRESS: ReadonlySet<AskKind> = new Set(["handoff", "produce", "improve"]);

/** Whether equal answers to a kind of message are a repetition. Votes and scores may well be equal. */
export const isProgress = (kind: AskKind): boolean => PROGRESS.has(kind);

/** An answer as its kind wants it, or what is wrong with it. */
export type ReadAnswer = { readonly output: unknown } | { readonly finding: string };

/** Reads an answer: the value itself, or the JSON in a text where the kind wants an object. */
export function readAnswer(kind: AskKind, output: unknown): ReadAnswer {
  const { answer } = ANSWERS[kind];
  const direct = answer.safeParse(output);
  if (direct.success) return { output: direct.data };
  const inside = typeof output === "string" ? jsonIn(output) : undefined;
  const found = inside === undefined ? direct : answer.safeParse(inside);
  return found.success ? { output: found.data } : { finding: findingOf(found.error) };
}

/** Names places and what was expected there; never what was said. */
function findingOf({ issues }: z.ZodError): string {
  const [first] = issues;
  const more = issues.length > 1 ? `, and ${issues.length - 1} more flaws` : "";
  return `${first?.path.join(".") || "the answer"}: ${first?.message ?? "does not fit"}${more}`.slice(0, 500);
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
