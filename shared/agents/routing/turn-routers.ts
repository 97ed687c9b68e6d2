/** Strategies that go by turn and order alone. */
import { ROUTING } from "../limits.ts";
import { fairSchedule } from "./fair-schedule.ts";
import { onlyPicked, type Router, type RouteRequest, type Target } from "./target.ts";

/** Every target once, then again from the first. */
export class RoundRobin implements Router {
  #count = 0;

  update(targets: readonly Target[]): void {
    this.#count = targets.length;
  }

  pick({ turn }: RouteRequest): number | undefined {
    return this.#count === 0 ? undefined : turn % this.#count;
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }
}

/** All targets. Asked for one of them, it goes round. */
export class Broadcast implements Router {
  #all: readonly number[] = [];

  update(targets: readonly Target[]): void {
    this.#all = [...targets.keys()];
  }

  pick({ turn }: RouteRequest): number | undefined {
    return this.#all[turn % this.#all.length];
  }

  pickAll(): readonly number[] {
    return this.#all;
  }
}

/** The first healthy target in the order given; when none is, the healthiest. */
export class Failover implements Router {
  readonly #floor: number;
  #chosen: number | undefined;

  constructor(floor: number = ROUTING.failoverHealth) {
    this.#floor = floor;
  }

  update(targets: readonly Target[]): void {
    const most = Math.max(...targets.map(({ health }) => health));
    const chosen = targets.findIndex(({ health }) => health >= Math.min(this.#floor, most));
    this.#chosen = chosen === -1 ? undefined : chosen;
  }

  pick(): number | undefined {
    return this.#chosen;
  }

  pickAll(): readonly number[] {
    return onlyPicked(this.#chosen);
  }
}

/**
 * In turn, but the more often the more capacity a target has free and the healthier it is: after any number of turns
 * each has had its share, give or take less than one. The strategy where none is stated (spec 000).
 */
export class ResourceAwareRoundRobin implements Router {
  #cycle = new Uint32Array(0);

  update(targets: readonly Target[]): void {
    const free = targets.map(({ capacity, load, health }) => Math.max(0, capacity * (1 - load) * health));
    const most = Math.max(...free);
    const steps = free.map((value) =>
      value === 0 ? 0 : Math.max(1, Math.round((ROUTING.weightSteps * value) / most)),
    );
    this.#cycle = fairSchedule(steps);
  }

  pick({ turn }: RouteRequest): number | undefined {
    return this.#cycle[turn % this.#cycle.length];
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }
}
