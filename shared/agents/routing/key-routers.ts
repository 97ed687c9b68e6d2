/** Strategies that keep requests with the same key together. */
import { ROUTING } from "../limits.ts";
import { hashText, mixBits } from "./hash.ts";
import { HashRing } from "./hash-ring.ts";
import { onlyPicked, type Router, type RouteRequest, type Target } from "./target.ts";
import { present } from "../../core/present.ts";

/** How `ConsistentHashing` is tuned. */
export interface RingOptions {
  /** Points on the ring for each target: more spread better and cost more memory. @default 256 */
  readonly virtualNodes?: number | undefined;
  /**
   * No target gets more than so many times the mean of tasks in flight; what would be too much goes to the next on the
   * ring (Mirrokni et al. 2018). Above 1. @default - unbounded: the same key always goes to the same target
   */
  readonly loadBound?: number | undefined;
}

/** Equal keys go to the same target in every process; when a target leaves, only its keys move. */
export class ConsistentHashing implements Router {
  readonly #ring: HashRing;
  readonly #bound: number | undefined;
  #inFlight = new Float64Array(0);
  #total = 0;

  constructor({ virtualNodes, loadBound }: RingOptions = {}) {
    this.#ring = new HashRing(virtualNodes);
    this.#bound = loadBound;
  }

  update(targets: readonly Target[]): void {
    this.#ring.update(targets.map(({ id }) => id));
    this.#inFlight = Float64Array.from(targets, ({ inFlight }) => inFlight ?? 0);
    this.#total = this.#inFlight.reduce((sum, tasks) => sum + tasks, 0);
  }

  pick(request: RouteRequest): number | undefined {
    const hash = hashOf(request);
    return this.#bound === undefined ? this.#ring.find(hash) : this.#pickBelow(hash, this.#bound);
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }

  #pickBelow(hash: number, bound: number): number | undefined {
    const most = Math.ceil((bound * (this.#total + 1)) / this.#inFlight.length);
    const picked = this.#ring.findWhere(hash, (index) => present(this.#inFlight[index]) < most);
    if (picked === undefined) return undefined;
    this.#inFlight[picked] = present(this.#inFlight[picked]) + 1;
    this.#total += 1;
    return picked;
  }
}

/** How `Affinity` is tuned. */
export interface AffinityOptions {
  /** Which target each key has, by id. Give one to keep it beyond the router's life. @default - a map of its own */
  readonly bindings?: Map<string, string> | undefined;
  /** Keys remembered; of more, the oldest are forgotten. @default 100 000 */
  readonly stickyKeys?: number | undefined;
}

/**
 * A key stays with the target that it first went to, also when targets are added. When its target is lost it moves
 * to another, once, and stays there. Keys not remembered go where consistent hashing says, in every process alike.
 */
export class Affinity implements Router {
  readonly #ring = new HashRing();
  readonly #bindings: Map<string, string>;
  readonly #most: number;
  #ids: readonly string[] = [];
  #indices = new Map<string, number>();

  constructor({ bindings, stickyKeys }: AffinityOptions = {}) {
    this.#bindings = bindings ?? new Map();
    this.#most = stickyKeys ?? ROUTING.stickyKeys;
  }

  update(targets: readonly Target[]): void {
    this.#ids = targets.map(({ id }) => id);
    this.#indices = new Map(this.#ids.map((id, index) => [id, index]));
    this.#ring.update(this.#ids);
  }

  pick(request: RouteRequest): number | undefined {
    const { key } = request;
    if (key === undefined) return this.#ring.find(hashOf(request));
    const bound = this.#bindings.get(key);
    const index = bound === undefined ? undefined : this.#indices.get(bound);
    return index ?? this.#bind(key);
  }

  pickAll(request: RouteRequest): readonly number[] {
    return onlyPicked(this.pick(request));
  }

  #bind(key: string): number | undefined {
    const index = this.#ring.find(hashText(key));
    const id = index === undefined ? undefined : this.#ids[index];
    if (id === undefined) return undefined;
    this.#bindings.delete(key);
    this.#bindings.set(key, id);
    if (this.#bindings.size > this.#most) {
      for (const oldest of this.#bindings.keys()) {
        this.#bindings.delete(oldest);
        break;
      }
    }
    return index;
  }
}

const hashOf = ({ key, turn }: RouteRequest): number => (key === undefined ? mixBits(turn) : hashText(key));
