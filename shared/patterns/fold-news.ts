import type { Effect, Heard, LoggedStep } from "./heard.ts";
import { hear } from "./host.ts";
import type { PreparedPattern } from "./pattern.ts";
import type { PatternRun } from "./pattern-run.ts";

/** What one turn heard and made of it. */
export interface Folded {
  readonly run: PatternRun;
  readonly heard: readonly Heard[];
  readonly effects: readonly Effect[];
  /** The effects that make a row of an instance. */
  readonly questions: readonly QuestionEffect[];
  readonly steps: readonly LoggedStep[];
}

/**
 * New rows after which a turn hears no more: with the 64 of the last step they are 74, of 50 KB at most (their message may
 * lie beside them up to `LIMITS.inlinePayloadBytes`), and a transaction takes 100 rows and 4 MB.
 */
const MOST_ROWS = 10;

/** Has a pattern hear what is new, as far as one transaction takes what comes of it. */
export function fold(prepared: PreparedPattern, before: PatternRun, news: readonly Heard[]): Folded {
  let run = before;
  const heard: Heard[] = [];
  const effects: Effect[] = [];
  const steps: LoggedStep[] = [];
  for (const one of news) {
    if (effects.filter(isQuestion).length > MOST_ROWS || run.end !== undefined) break;
    const turned = hear(prepared, run, one);
    run = turned.run;
    heard.push(one);
    effects.push(...turned.effects);
    steps.push(...turned.steps);
  }
  return { run, heard, effects, questions: effects.filter(isQuestion), steps };
}

/** An effect that makes a row of an instance. */
export type QuestionEffect = Extract<Effect, { do: "ask" | "repeat" }>;

const isQuestion = (effect: Effect): effect is QuestionEffect => effect.do === "ask" || effect.do === "repeat";
