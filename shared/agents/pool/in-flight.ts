import { LRUCache } from "lru-cache";
import type { AgentRef } from "../store/agent-store.ts";
import { atMost } from "../../core/at-most.ts";

/** Agents that a warm function counts for. */
const COUNTED = 20_000;

/**
 * Tasks that this function handed to agents and that are likely still there. Ends are mostly seen by other functions,
 * so each task is counted for as long as it is expected to take, at most.
 */
export class InFlight {
  readonly #ends = new LRUCache<string, number[]>(atMost(COUNTED));

  /** Counts one more until the time `until`, milliseconds since 1970. */
  add(ref: AgentRef, until: number): void {
    const key = keyOf(ref);
    const ends = this.#ends.get(key);
    if (ends === undefined) this.#ends.set(key, [until]);
    else ends.push(until);
  }

  count(ref: AgentRef, now: number): number {
    const key = keyOf(ref);
    const ends = this.#ends.get(key);
    if (ends === undefined) return 0;
    const left = ends.filter((end) => end > now);
    if (left.length < ends.length) this.#ends.set(key, left);
    return left.length;
  }

  /** One of them ended here. */
  end(ref: AgentRef): void {
    this.#ends.get(keyOf(ref))?.shift();
  }
}

const keyOf = ({ tenant, agentId }: AgentRef): string => `${tenant} ${agentId}`;
