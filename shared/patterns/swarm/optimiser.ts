import { linkHash } from "../../core/canonical-json.ts";
import { present } from "../../core/present.ts";

/** A box in which a swarm looks for the lowest value. */
export interface Space {
  readonly least: readonly number[];
  readonly most: readonly number[];
}

/** A swarm on the move: particles by rows in flat arrays, `size` × `dimensions` numbers each. */
export interface Swarm {
  readonly space: Space;
  readonly size: number;
  readonly at: Float64Array;
  readonly velocity: Float64Array;
  /** The best place that each particle knows, and its value there; `Infinity` before it is known. */
  readonly best: Float64Array;
  readonly bestValue: Float64Array;
  /** Room for the move of one particle. */
  readonly centre: Float64Array;
  readonly direction: Float64Array;
  /** Whom each particle tells of its best, `INFORMED` to a particle. */
  readonly informed: Int32Array;
  /** Values that were told. */
  evaluations: number;
  /** Particle with the lowest value. */
  leader: number;
}

/** Others that a particle tells of its best. */
const INFORMED = 3;
/** Inertia and pull of the standard of 2011 (Clerc, SPSO 2011). */
const INERTIA = 1 / (2 * Math.log(2));
const PULL = 0.5 + Math.log(2);
/** What is left of the speed, backwards, at a wall. */
const REBOUND = -0.5;

const dimensionsOf = ({ least }: Space): number => least.length;

/** Scatters a swarm over its space. */
export function scatterSwarm(space: Space, size: number, random: () => number): Swarm {
  const count = size * dimensionsOf(space);
  const swarm: Swarm = {
    space,
    size,
    at: new Float64Array(count),
    velocity: new Float64Array(count),
    best: new Float64Array(count),
    bestValue: new Float64Array(size).fill(Infinity),
    centre: new Float64Array(dimensionsOf(space)),
    direction: new Float64Array(dimensionsOf(space)),
    informed: new Int32Array(size * INFORMED),
    evaluations: 0,
    leader: 0,
  };
  scatterAgain(swarm, random);
  return swarm;
}

/** Scatters it anew: nothing is left of what it knew but the count of its evaluations. */
export function scatterAgain(swarm: Swarm, random: () => number): void {
  const { space, size, at, velocity, best, bestValue } = swarm;
  const dimensions = dimensionsOf(space);
  for (let place = 0; place < size * dimensions; place += 1) {
    const least = present(space.least[place % dimensions]);
    const width = present(space.most[place % dimensions]) - least;
    const start = least + random() * width;
    at[place] = start;
    best[place] = start;
    velocity[place] = least - start + random() * width;
  }
  bestValue.fill(Infinity);
  swarm.leader = 0;
  shuffleInformed(swarm, random);
}

/** Draws anew whom each particle informs: done whenever the swarm has not got better. */
export function shuffleInformed({ size, informed }: Swarm, random: () => number): void {
  for (let link = 0; link < informed.length; link += 1) informed[link] = Math.floor(random() * size);
}

/** The particle with the best place of those that inform this one, itself among them. */
function bestInformant({ size, informed, bestValue }: Swarm, particle: number): number {
  let found = particle;
  let lowest = present(bestValue[particle]);
  for (let other = 0; other < size; other += 1) {
    const value = bestValue[other] ?? Infinity;
    if (value >= lowest) continue;
    const first = other * INFORMED;
    for (let link = first; link < first + INFORMED; link += 1) {
      if (informed[link] !== particle) continue;
      found = other;
      lowest = value;
      break;
    }
  }
  return found;
}

/** Moves a particle: to a point of the ball around the centre of where it is, its own best, and its informants' best. */
export function moveParticle(swarm: Swarm, particle: number, random: () => number): void {
  const { space, at, velocity, best } = swarm;
  const { least, most } = space;
  const dimensions = dimensionsOf(space);
  const informant = bestInformant(swarm, particle);
  const own = particle * dimensions;
  const theirs = informant * dimensions;
  const { centre, direction } = swarm;
  let squares = 0;
  for (let axis = 0; axis < dimensions; axis += 1) {
    const here = at[own + axis] ?? 0;
    const toOwn = (best[own + axis] ?? 0) - here;
    const toTheirs = (best[theirs + axis] ?? 0) - here;
    const pull = informant === particle ? (PULL * toOwn) / 2 : (PULL * (toOwn + toTheirs)) / 3;
    centre[axis] = pull;
    squares += pull * pull;
  }
  const reach = (Math.sqrt(squares) * random()) / (drawNormals(direction, random) || 1);
  for (let axis = 0; axis < dimensions; axis += 1) {
    const speed = INERTIA * (velocity[own + axis] ?? 0) + (centre[axis] ?? 0) + (direction[axis] ?? 0) * reach;
    const next = (at[own + axis] ?? 0) + speed;
    const held = Math.min(Math.max(next, least[axis] ?? next), most[axis] ?? next);
    at[own + axis] = held;
    velocity[own + axis] = held === next ? speed : REBOUND * speed;
  }
}

/** Draws of the standard normal distribution, by pairs (Box and Muller). @returns their length as a vector. */
function drawNormals(into: Float64Array, random: () => number): number {
  let squares = 0;
  for (let place = 0; place < into.length; place += 2) {
    const square = -2 * Math.log(1 - random());
    const angle = 2 * Math.PI * random();
    const radius = Math.sqrt(square);
    into[place] = radius * Math.cos(angle);
    squares += (into[place] ?? 0) ** 2;
    if (place + 1 === into.length) break;
    into[place + 1] = radius * Math.sin(angle);
    squares += (into[place + 1] ?? 0) ** 2;
  }
  return Math.sqrt(squares);
}

/** Notes what a particle's place is worth. @returns whether the whole swarm knows no lower value. */
export function tellValue(swarm: Swarm, particle: number, value: number): boolean {
  const { space, at, best, bestValue } = swarm;
  swarm.evaluations += 1;
  if (!(value < (bestValue[particle] ?? Infinity))) return false;
  const dimensions = dimensionsOf(space);
  const own = particle * dimensions;
  bestValue[particle] = value;
  best.set(at.subarray(own, own + dimensions), own);
  if (!(value < present(bestValue[swarm.leader])) && particle !== swarm.leader) return false;
  swarm.leader = particle;
  return true;
}

/** The lowest value that the swarm knows, and where it is; `Infinity` before any is known. */
export function leaderOf({ space, best, bestValue, leader }: Swarm): { readonly position: number[]; readonly value: number } {
  const dimensions = dimensionsOf(space);
  const position = Array.from(best.subarray(leader * dimensions, (leader + 1) * dimensions));
  return { position, value: present(bestValue[leader]) };
}

/** How near the particles' best places are to the leader's: mean distance as a share of the space's diagonal, 0 to 1. */
export function spreadOf({ space, size, best, leader }: Swarm): number {
  const dimensions = dimensionsOf(space);
  let diagonal = 0;
  for (const [axis, least] of space.least.entries()) diagonal += (present(space.most[axis]) - least) ** 2;
  let sum = 0;
  for (let particle = 0; particle < size; particle += 1) {
    let squares = 0;
    for (let axis = 0; axis < dimensions; axis += 1) {
      squares += ((best[particle * dimensions + axis] ?? 0) - (best[leader * dimensions + axis] ?? 0)) ** 2;
    }
    sum += Math.sqrt(squares / diagonal);
  }
  return Math.min(1, sum / size);
}

/**
 * The next link of a chain over a swarm's states: SHA-256 of the link before and of where all particles are and what they
 * know. Whoever has the seed can make it again, on the same engine: sines differ by a last bit elsewhere.
 */
export function chainState(before: string, { at, bestValue }: Swarm): string {
  const bytes = (array: Float64Array): Uint8Array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  return linkHash(before, [bytes(at), bytes(bestValue)]);
}
