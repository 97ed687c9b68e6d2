/** The rules of the desk: pure functions of what a pattern asks (`shared/patterns/answers.ts` says what it expects). */
import * as z from "zod";

import type { Json } from "./agent-kit.ts";

const Goal = z.object({
  text: z.string().default(""),
  question: z.string().default(""),
  max_words: z.number().default(20),
  value: z.number().default(0),
});
const Question = z.object({
  you_are: z.string().default(""),
  from: z.string().nullish(),
  may_hand_to: z.array(z.string()).default([]),
});

const Draft = z.object({ text: z.string() });

const goalOf = ({ goal, whole_goal: whole }: Json): z.infer<typeof Goal> =>
  Goal.parse([whole, goal].find((one) => Goal.safeParse(one).success) ?? {});

const sentencesOf = (text: string): string[] =>
  text.split(/(?<=[.!?])\s+/).filter((sentence) => sentence.trim() !== "");
const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");
/** The number behind a participant's name, from 1. */
const placeOf = (input: Json): number => Number(/(\d+)$/.exec(Question.parse(input).you_are)?.[1] ?? 1);

/** Two subtasks for two roles, the second after the first. */
export const decompose = (): Json => ({
  subtasks: [
    { id: "length", role: "counter", goal: "Count the words of the text." },
    { id: "points", role: "picker", goal: "Pick the sentences that say most.", after: ["length"] },
  ],
});

/** A text within the limit of words is perfect; a longer one is as good as the share of it that fits. */
export function appraise(input: Json): Json {
  const draft = Draft.safeParse(input["result"]);
  const { max_words: most } = goalOf(input);
  if (!draft.success) return { score: input["result"] === undefined || input["result"] === null ? 0 : 1 };
  const words = wordsOf(draft.data.text).length;
  return words <= most ? { score: 1 } : { score: most / words, feedback: `${words} words, at most ${most} are wanted` };
}

export const wordCount = (input: Json): Json => ({ words: wordsOf(goalOf(input).text).length });

const Share = z.object({ objective: z.unknown(), partition: z.int().nonnegative(), of: z.int().positive() });

/** Counts every so-manieth word, beginning with its own: the parts together count each word once. */
export function partition(input: Json): Json {
  const { objective, partition: own, of } = Share.parse(input);
  const words = wordsOf(Goal.parse(objective).text);
  return { words: words.filter((_, place) => place % of === own).length };
}

export function keySentences(input: Json): Json {
  const sentences = sentencesOf(goalOf(input).text);
  return { sentences: sentences.toSorted((a, b) => b.length - a.length).slice(0, 2) };
}

/** The first draft is the text itself; each further one is a sentence shorter. */
export function shorten(input: Json): Json {
  const draft = Draft.safeParse(input["draft"]);
  if (!draft.success) return { text: goalOf(input).text };
  const sentences = sentencesOf(draft.data.text);
  return { text: sentences.slice(0, Math.max(1, sentences.length - 1)).join(" ") };
}

const DESKS: readonly (readonly [word: RegExp, desk: string])[] = [
  [/invoice|refund|price/i, "billing"],
  [/error|crash|slow/i, "tech"],
];

/** Whoever may hand over does so where the question names another desk; the others answer. */
export function takeCall(input: Json): Json {
  const { question } = goalOf(input);
  const { may_hand_to: others, from } = Question.parse(input);
  const desk = DESKS.find(([word]) => word.test(question))?.[1];
  if (typeof from !== "string" && desk !== undefined && others.includes(desk)) {
    return {
      result: { note: `about ${desk}` },
      summary: "passed on",
      hand_to: desk,
      reason: `the question is about ${desk}`,
    };
  }
  return { result: { reply: `We looked into "${question}".`, desk: desk ?? "front" } };
}

const Neighbour = z.object({ answer: z.number() });

/** Each begins with its own guess and moves to the mean of what it hears and says. */
export function estimate(input: Json): Json {
  const own = Neighbour.safeParse(input["you_said"]);
  if (!own.success) return { answer: goalOf(input).value + 10 * placeOf(input) };
  const heard = z.array(Neighbour).catch([]).parse(input["neighbours"]);
  const sum = heard.reduce((total, { answer }) => total + answer, own.data.answer);
  return { answer: Math.round(sum / (heard.length + 1)) };
}

/** Voters read differently: each third looks for praise first. */
export function classify(input: Json): Json {
  const { text } = goalOf(input);
  const isPraise = /good|great|thank/i.test(text);
  const isComplaint = /bad|late|broken/i.test(text);
  const label = isComplaint && (!isPraise || placeOf(input) % 3 !== 0) ? "complaint" : isPraise ? "praise" : "other";
  if (!Question.parse(input).you_are.startsWith("debater")) return { choice: label };
  return { answer: label, confidence: 0.5 + placeOf(input) / 10, rationale: `so it reads to reader ${placeOf(input)}` };
}

const Answer = z.object({ answer: z.unknown(), confidence: z.number().default(0) });

export function judge(input: Json): Json {
  const answers = z.array(Answer).catch([]).parse(input["answers"]);
  const [best] = answers.toSorted((a, b) => b.confidence - a.confidence);
  return { answer: best?.answer ?? "none", rationale: "it was said with most confidence" };
}

/** The second bidder is cheapest; whoever wins says what it does. */
export function offer(input: Json): Json {
  if (input["your_bid"] !== undefined) return { delivered: goalOf(input).question };
  const place = placeOf(input);
  return { price: Math.abs(place - 2) * 5 + 10, seconds: place * 10 };
}

const Board = z.object({ words: z.array(z.string()).default([]) });

export const survey = (input: Json): Json => ({ set: { words: wordsOf(goalOf(input).text) } });

export function outline(input: Json): Json {
  const { words } = Board.catch({ words: [] }).parse(input["board"]);
  return { set: { outline: { first: words[0] ?? null, last: words.at(-1) ?? null, words: words.length } } };
}

/** Each speaker counts on where the last one stopped. */
export function chat(input: Json): Json {
  const said = z.array(z.unknown()).catch([]).parse(input["transcript"]).length + 1;
  return { says: said, done: said >= 4 };
}
