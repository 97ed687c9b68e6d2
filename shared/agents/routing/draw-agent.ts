import { LEARNING } from "../learning-limits.ts";
import { addEvidence, type Evidence, NO_EVIDENCE, type Posteriors } from "../registry/posterior.ts";

/** An agent that may get the task, and what is known of it. */
export interface Contender {
  readonly agentId: string;
  readonly posteriors: Posteriors;
}

/** What is asked. */
export interface DrawRequest {
  readonly skill: string;
  /** What success, time and cost count. */
  readonly weights: { readonly success: number; readonly latency: number; readonly cost: number };
  /** Of [0, 1). */
  readonly random: () => number;
}

/** What was drawn for an agent: how well it might do. */
export interface Draw {
  readonly agentId: string;
  readonly success: number;
  /** Absent: nobody knows how long such a task takes. */
  readonly seconds?: number | undefined;
  readonly utility: number;
}

/**
 * Draws for each agent how well it might do, from what is known of it, and puts the best first (Thompson 1933). Who is
 * little known is drawn far apart and so gets its chance, and an agent that has become worse loses its tasks as its old
 * ones fade.
 *
 * Of an agent whose tasks of the skill are few its others count, and behind these the skill at other agents.
 */
export function drawAgent(contenders: readonly Contender[], request: DrawRequest): readonly Draw[] {
  const { skill, random } = request;
  const own = contenders.map(({ agentId, posteriors: { skills } }) => ({
    agentId,
    here: skills[skill] ?? NO_EVIDENCE,
    anywhere: sumOf(Object.values(skills)),
  }));
  const here = sumOf(own.map((each) => each.here));
  const anywhere = sumOf(own.map((each) => each.anywhere));
  const usual = shrunk(here, shrunk(anywhere, LEARNING.usualSuccess));
  const draws = own.map((each): Draw => {
    const success = drawSuccess(each.here, shrunk(each.anywhere, usual), random);
    const seconds = here.timed === 0 ? undefined : drawSeconds(each.here, here, random);
    return { agentId: each.agentId, success, seconds, utility: utilityOf({ success, seconds, cost: costOf(each.here) }, { here, request }) };
  });
  return draws.sort((a, b) => b.utility - a.utility);
}

const sumOf = (all: readonly Evidence[]): Evidence => all.reduce(addEvidence, NO_EVIDENCE);

/** The success rate of evidence to which so many tasks are added as the prior is worth. */
const shrunk = ({ completed, failed }: Evidence, prior: number): number =>
  (completed + LEARNING.priorTasks * prior) / (completed + failed + LEARNING.priorTasks);

const costOf = ({ priced, cost }: Evidence): number | undefined => (priced === 0 ? undefined : cost / priced);

function utilityOf(
  { success, seconds, cost }: { success: number; seconds: number | undefined; cost: number | undefined },
  { here, request: { weights } }: { here: Evidence; request: DrawRequest },
): number {
  const usualCost = costOf(here);
  const time = seconds === undefined ? 0 : Math.min(LEARNING.longestShare, seconds / meanSeconds(here.mean, varianceOf(here)));
  const price = usualCost === undefined || usualCost === 0 ? 0 : Math.min(LEARNING.longestShare, (cost ?? usualCost) / usualCost);
  return weights.success * success - weights.latency * time - weights.cost * price;
}

const varianceOf = ({ timed, squares }: Evidence): number => (timed === 0 ? 0 : squares / timed);

/** The mean of a log-normal distribution. */
const meanSeconds = (mean: number, variance: number): number => Math.exp(mean + variance / 2);

function drawSuccess({ completed, failed }: Evidence, prior: number, random: () => number): number {
  const good = drawGamma(completed + LEARNING.priorTasks * prior, random);
  const bad = drawGamma(failed + LEARNING.priorTasks * (1 - prior), random);
  return good / (good + bad);
}

/** What its tasks take in the mean, as it might be by what is known. */
function drawSeconds(own: Evidence, all: Evidence, random: () => number): number {
  const worth = own.timed + LEARNING.priorTasks;
  const mean = (own.timed * own.mean + LEARNING.priorTasks * all.mean) / worth;
  const variance = (own.squares + LEARNING.priorTasks * varianceOf(all)) / worth;
  return meanSeconds(mean + drawNormal(random) * Math.sqrt(variance / worth), variance);
}

/** Box and Muller. */
const drawNormal = (random: () => number): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Marsaglia and Tsang (2000). */
function drawGamma(shape: number, random: () => number): number {
  if (shape < 1) return drawGamma(shape + 1, random) * (1 - random()) ** (1 / shape);
  const depth = shape - 1 / 3;
  for (;;) {
    const normal = drawNormal(random);
    const cube = (1 + normal / Math.sqrt(9 * depth)) ** 3;
    if (cube > 0 && Math.log(1 - random()) < normal ** 2 / 2 + depth - depth * cube + depth * Math.log(cube)) return depth * cube;
  }
}
