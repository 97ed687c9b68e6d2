/** Strategies that go by load. */
import { ROUTING } from "../limits.ts";
import { AliasTable } from "./alias-table.ts";
import { IndexHeap } from "./index-heap.ts";
import { onlyPicked, type Router, type RouteRequest, type Target } from "./target.ts";
import { present } from "../../core/present.ts";

/**
 * The target with the least load. Picks count as load until the next update, each for its part of the capacity, so
 * that a burst spreads instead of hitting the one that was idle when it began.
 */
export class LeastLoaded implements Router {
  #heap = new IndexHeap(0);
  #steps = new Float64Array(0);

  update(targets: readonly Target[]): void {
    this.#heap = new IndexHeap(targets.length);
    this.#steps = Float64Array.from(targets, ({ capacity }) => 1 / Math.max(1, capacity));
    for (const [index, { load }] of targets.entries()) this.#heap.push(index, load);
  }

  pick(): number | undefined {
    const top = this.#heap.top;
    if (top !== undefined) this.#heap.raiseTop(present(this.#steps[top]));
    return top;
  }

  pickAll(): readonly number[] {
    return onlyPicked(this.pick());
  }
}

/** By chance, inversely to load: an agent with half the load gets about twice the requests. */
export class WeightedRandom implements Router {
  #table = new AliasTable([]);

  update(targets: readonly Target[]): void {
    this.#table = new AliasTable(targets.map(inverseLoad));
  }

  pick({ random }: RouteRequest): number | undefined {
    return this.#table.draw(random);
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }
}

/**
 * Critical and high priority go to the best targets (health × free capacity within a tenth of the best) in turn, low
 * priority by chance to wherever there are free slots, in proportion to them; medium as `weighted_random`.
 */
export class PriorityBased implements Router {
  #best: readonly number[] = [];
  #any = new AliasTable([]);
  #spare = new AliasTable([]);

  update(targets: readonly Target[]): void {
    const quality = targets.map(({ health, load }) => health * (1 - load));
    const least = ROUTING.bestTier * Math.max(...quality);
    this.#best = [...quality.entries()].filter(([, value]) => value >= least).map(([index]) => index);
    this.#any = new AliasTable(targets.map(inverseLoad));
    this.#spare = new AliasTable(targets.map(({ capacity, load }) => Math.max(0, capacity * (1 - load))));
  }

  pick({ priority = "medium", turn, random }: RouteRequest): number | undefined {
    switch (priority) {
      case "critical":
      case "high":
        return this.#best[turn % this.#best.length];
      case "medium":
        return this.#any.draw(random);
      case "low":
        return this.#spare.draw(random);
      default:
        return priority satisfies never;
    }
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }
}

const inverseLoad = ({ load }: Target): number => 1 / (Math.max(0, load) + ROUTING.idleFloor);
