/**
 * What an agent's tasks of each capability came to lately: how many completed, how long they took, what they cost.
 *
 * Every observation lets the whole table count a little less, and so does time. The order of observations matters here,
 * as it does not in a profile: agents change, and the newest tasks say most.
 */
import * as z from "zod";
import { LEARNING } from "../learning-limits.ts";

const Weight = z.number().min(0);

/** Of one capability. Numbers of tasks are weights, of which each task is worth 1 at first. */
export const Evidence = z.object({
  completed: Weight,
  failed: Weight,
  /** Of those whose duration is known: how many, the mean of the natural logarithm of seconds, and squares about it. */
  timed: Weight,
  mean: z.number(),
  squares: Weight,
  /** Of those whose cost is known: how many, and what they cost together. */
  priced: Weight,
  cost: Weight,
});
export type Evidence = z.infer<typeof Evidence>;

/** Of an agent, by capability, as it stood at the time `at` (milliseconds since 1970). */
export const Posteriors = z.object({ at: z.number(), skills: z.record(z.string(), Evidence) });
export type Posteriors = z.infer<typeof Posteriors>;

/** An agent of which nothing is known. */
export const NO_POSTERIORS: Posteriors = { at: 0, skills: {} };

/** Tasks of which nothing is known. */
export const NO_EVIDENCE: Evidence = { completed: 0, failed: 0, timed: 0, mean: 0, squares: 0, priced: 0, cost: 0 };

/** How a task ended. */
export interface Ending {
  readonly capability: string;
  /** From 0, it failed, to 1. */
  readonly success: number;
  readonly seconds?: number | undefined;
  readonly cost?: number | undefined;
  readonly at: number;
}

/** The table after one more task. Of more than `LEARNING.capabilities` the one with the least evidence is forgotten. */
export function observeEnding({ at, skills }: Posteriors, ending: Ending): Posteriors {
  const worth = LEARNING.fade * 2 ** (-Math.max(0, ending.at - at) / (LEARNING.halfLifeDays * 86_400_000));
  const faded = Object.entries(skills).map(([name, evidence]) => [name, fade(evidence, worth)] as const);
  const { [ending.capability]: known = NO_EVIDENCE, ...others } = Object.fromEntries(faded);
  const kept = Object.entries(others)
    .sort(([, a], [, b]) => weightOf(b) - weightOf(a))
    .slice(0, LEARNING.capabilities - 1);
  return { at: Math.max(at, ending.at), skills: { ...Object.fromEntries(kept), [ending.capability]: addEvidence(known, evidenceOf(ending)) } };
}

const weightOf = ({ completed, failed }: Evidence): number => completed + failed;

const fade = (evidence: Evidence, worth: number): Evidence => ({
  completed: evidence.completed * worth,
  failed: evidence.failed * worth,
  timed: evidence.timed * worth,
  mean: evidence.mean,
  squares: evidence.squares * worth,
  priced: evidence.priced * worth,
  cost: evidence.cost * worth,
});

function evidenceOf({ success, seconds, cost }: Ending): Evidence {
  const timed = seconds === undefined ? {} : { timed: 1, mean: Math.log(Math.max(seconds, LEARNING.leastSeconds)) };
  const priced = cost === undefined ? {} : { priced: 1, cost };
  return { ...NO_EVIDENCE, completed: success, failed: 1 - success, ...timed, ...priced };
}

/** Both together. */
export function addEvidence(a: Evidence, b: Evidence): Evidence {
  const timed = a.timed + b.timed;
  const apart = b.mean - a.mean;
  return {
    completed: a.completed + b.completed,
    failed: a.failed + b.failed,
    timed,
    mean: timed === 0 ? 0 : a.mean + (apart * b.timed) / timed,
    squares: timed === 0 ? 0 : a.squares + b.squares + (apart * apart * a.timed * b.timed) / timed,
    priced: a.priced + b.priced,
    cost: a.cost + b.cost,
  };
}
