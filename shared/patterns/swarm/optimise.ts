import { chainState, leaderOf, moveParticle, scatterAgain, scatterSwarm, shuffleInformed, type Space, spreadOf, type Swarm, tellValue } from "./optimiser.ts";
import { randomStream } from "../../core/random-stream.ts";

/** What a swarm looks for, and for how long. */
export interface Search {
  readonly space: Space;
  readonly size: number;
  readonly seed: number;
  /** Values it may ask for. */
  readonly evaluations: number;
  /** A value that is low enough. Absent: it goes on until it gets no lower. */
  readonly target: number | undefined;
  /** Whether a swarm that gets no lower, above the target, is scattered anew. */
  readonly restarts: boolean;
}

/** How a search went. */
export interface Found {
  readonly position: readonly number[];
  readonly value: number;
  readonly iterations: number;
  readonly evaluations: number;
  readonly restarts: number;
  readonly stopped: "target" | "converged" | "evaluations";
  /** 1: all particles know the same place; 0: they are as far apart as the space is wide. */
  readonly convergence: number;
  /** The last link of the chain over the swarm's states. */
  readonly chain: string;
}

/** A swarm that gains less than this share of its value over so many iterations has converged. */
const LEAST_GAIN = 1e-6;
const GAIN_ITERATIONS = 100;

/** Looks for the lowest value of a function. Equal searches give equal bytes on one engine. */
export function optimise(search: Search, valueOf: (point: Readonly<Float64Array>) => number): Found {
  const { space, size, seed, target = -Infinity, evaluations: most } = search;
  const random = randomStream(seed);
  const swarm = scatterSwarm(space, size, random);
  const dimensions = space.least.length;
  const told = (particle: number): boolean =>
    tellValue(swarm, particle, valueOf(swarm.at.subarray(particle * dimensions, (particle + 1) * dimensions)));
  const course = { position: new Array<number>(), value: Infinity, iterations: 0, restarts: 0, chain: "" };
  let [isFresh, before] = [true, Infinity];
  for (let stopped: Found["stopped"] | undefined; ; course.iterations += 1) {
    const isBetter = iterate(swarm, { isFresh, told, random, most });
    isFresh = false;
    course.chain = chainState(course.chain, swarm);
    const leader = leaderOf(swarm);
    if (leader.value < course.value) Object.assign(course, leader);
    if (swarm.evaluations >= most) stopped = "evaluations";
    if (course.value <= target) stopped = "target";
    if (course.iterations % GAIN_ITERATIONS === GAIN_ITERATIONS - 1) {
      const isStuck = before - leader.value <= LEAST_GAIN * Math.abs(leader.value);
      before = leader.value;
      if (isStuck && search.target === undefined) stopped ??= "converged";
      else if (isStuck && search.restarts) isFresh = true;
    }
    if (stopped !== undefined) return { ...course, stopped, evaluations: swarm.evaluations, convergence: 1 - spreadOf(swarm) };
    if (isFresh) {
      scatterAgain(swarm, random);
      course.restarts += 1;
      before = Infinity;
    } else if (!isBetter) shuffleInformed(swarm, random);
  }
}

interface Iteration {
  /** Whether the particles have not been valued where they are. */
  readonly isFresh: boolean;
  readonly told: (particle: number) => boolean;
  readonly random: () => number;
  readonly most: number;
}

/** Every particle once, as far as the evaluations reach. @returns whether the swarm got better. */
function iterate(swarm: Swarm, { isFresh, told, random, most }: Iteration): boolean {
  let isBetter = false;
  for (let particle = 0; particle < swarm.size && swarm.evaluations < most; particle += 1) {
    if (!isFresh) moveParticle(swarm, particle, random);
    if (told(particle)) isBetter = true;
  }
  return isBetter;
}
