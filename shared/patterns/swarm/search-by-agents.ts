import * as z from "zod";
import { present } from "../../core/present.ts";
import { randomStream } from "../../core/random-stream.ts";
import type { Ask, PatternAction, PatternEvent } from "../pattern.ts";
import { chainState, leaderOf, moveParticle, scatterSwarm, shuffleInformed, type Space, spreadOf, type Swarm, tellValue } from "./optimiser.ts";

/** A search whose values agents find: particles as numbers, in the order of the optimiser's arrays. */
export const Searching = z.object({
  mode: z.literal("optimise"),
  seed: z.int(),
  at: z.array(z.number()),
  velocity: z.array(z.number()),
  best: z.array(z.number()),
  /** Absent values are `null`: JSON has no infinity. */
  values: z.array(z.number().nullable()),
  informed: z.array(z.int()),
  leader: z.int(),
  /** Values that were told, and since when the swarm got no better. */
  evaluations: z.int(),
  quiet: z.int(),
  asked: z.int(),
  failures: z.int(),
  chain: z.string(),
});
export type Searching = z.infer<typeof Searching>;

/** What of a configuration such a search goes by. */
export interface AgentSearch {
  readonly space: Space;
  readonly size: number;
  /** 1: the lowest value is looked for; -1: the highest. */
  readonly sign: 1 | -1;
  readonly names: readonly string[] | undefined;
  readonly target: number | undefined;
  readonly evaluations: number;
  readonly evaluator: string;
}

/** Scatters a swarm and asks for the value of every particle. */
export function beginSearch(search: AgentSearch, seed: number): readonly [Searching, readonly PatternAction[]] {
  const swarm = scatterSwarm(search.space, search.size, randomStream(seed));
  const state = { ...written(swarm), mode: "optimise" as const, seed, quiet: 0, asked: 0, failures: 0, chain: chainState("", swarm) };
  return [state, particlesOf(swarm).flatMap((particle) => askFor(state, search, particle))];
}

const particlesOf = ({ size }: Swarm): number[] => Array.from({ length: size }, (_, particle) => particle);

function written({ at, velocity, best, bestValue, informed, leader, evaluations }: Swarm) {
  return {
    at: [...at],
    velocity: [...velocity],
    best: [...best],
    values: Array.from(bestValue, (value) => (Number.isFinite(value) ? value : null)),
    informed: [...informed],
    leader,
    evaluations,
  };
}

function readSwarm({ space, size }: AgentSearch, state: Searching): Swarm {
  return {
    space,
    size,
    at: Float64Array.from(state.at),
    velocity: Float64Array.from(state.velocity),
    best: Float64Array.from(state.best),
    bestValue: Float64Array.from(state.values, (value) => value ?? Infinity),
    centre: new Float64Array(space.least.length),
    direction: new Float64Array(space.least.length),
    informed: Int32Array.from(state.informed),
    leader: state.leader,
    evaluations: state.evaluations,
  };
}

/** A question for the value of a particle's place; none when the evaluations are used up. */
function askFor(state: Searching, { space, names, evaluations, evaluator }: AgentSearch, particle: number): Ask[] {
  if (state.asked >= evaluations) return [];
  state.asked += 1;
  const count = space.least.length;
  const position = state.at.slice(particle * count, (particle + 1) * count);
  const named = names === undefined ? {} : { parameters: Object.fromEntries(names.map((name, axis) => [name, position[axis]])) };
  // Counted, because two particles may come to one place: that is no repetition.
  const message = { evaluation: state.asked, position, ...named };
  return [{ do: "ask", id: `value.${state.asked}.${particle}`, role: evaluator, kind: "evaluate", message, thread: `particle ${particle}` }];
}

const Value = z.object({ fitness: z.number() });

/**
 * Hears a value, or that there is none, and sends that particle on: nobody waits for the slowest. What failed is worth
 * nothing, so the particle goes where its informants are.
 */
export function hearValue(
  state: Searching,
  search: AgentSearch,
  event: Extract<PatternEvent, { kind: "answered" | "failed" }>,
): { readonly actions: readonly PatternAction[]; readonly isOver: boolean } {
  const swarm = readSwarm(search, state);
  const particle = Number(present(event.id.split(".")[2]));
  const random = randomStream((state.seed + Math.imul(state.evaluations + 1, 0x9e3779b1)) | 0);
  const value = event.kind === "answered" ? search.sign * Value.parse(event.output).fitness : Infinity;
  const isBetter = tellValue(swarm, particle, value);
  if (event.kind === "failed") state.failures += 1;
  state.quiet = isBetter ? 0 : state.quiet + 1;
  if (state.quiet > 0 && state.quiet % search.size === 0) shuffleInformed(swarm, random);
  const isOver = swarm.evaluations >= search.evaluations || isLowEnough(search, leaderOf(swarm).value);
  if (!isOver) moveParticle(swarm, particle, random);
  state.chain = chainState(state.chain, swarm);
  Object.assign(state, written(swarm));
  return { actions: isOver ? [] : askFor(state, search, particle), isOver };
}

const isLowEnough = ({ sign, target }: AgentSearch, value: number): boolean => target !== undefined && value <= sign * target;

/** What there is by now; nothing before any value is known. */
export function foundBy(state: Searching, search: AgentSearch) {
  const swarm = readSwarm(search, state);
  const { position, value } = leaderOf(swarm);
  if (!Number.isFinite(value)) return undefined;
  return {
    position,
    value,
    iterations: Math.floor(state.evaluations / search.size),
    evaluations: state.evaluations,
    failures: state.failures,
    stopped: isLowEnough(search, value) ? "target" : "evaluations",
    convergence: 1 - spreadOf(swarm),
    chain: state.chain,
  };
}
