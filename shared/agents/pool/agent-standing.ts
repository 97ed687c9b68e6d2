import { LRUCache } from "lru-cache";
import type { AgentRef } from "../store/agent-store.ts";
import { readBreaker, type StoredBreaker, stepBreaker } from "../store/breaker-store.ts";
import { vitalKey } from "../store/keys.ts";
import { RowReader } from "../../aws/row-reader.ts";
import { type AgentStore, readVitalRow, type VitalRow } from "../store/vital-store.ts";
import {
  type BreakerPolicy,
  type CallResult,
  decide,
  onResult,
  untilProbeMs,
} from "../routing/circuit-breaker.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { reservedOf } from "./agent-search.ts";
import { atMost } from "../../core/at-most.ts";

/** Breaker and reservations of an agent, at most `AGENT_LIMITS.standingSeconds` old. */
export interface Standing {
  readonly breaker: StoredBreaker;
  readonly vitals: readonly VitalRow[];
}

/** Whether an agent may be called, and if not, when to ask again. */
export type Permission = { readonly isAllowed: true } | { readonly isAllowed: false; readonly waitMs: number };

/** Agents remembered by a warm function. */
const REMEMBERED = 20_000;

/** Breakers and reservations as all functions share them, with a memory that is a second long. */
export class Standings {
  readonly #store: AgentStore;
  readonly #rows: RowReader;
  readonly #known = new LRUCache<string, { readonly standing: Standing; readonly until: number }>(atMost(REMEMBERED));

  constructor(store: AgentStore) {
    this.#store = store;
    this.#rows = new RowReader(store.db, store.table);
  }

  /** What is remembered, when it is recent enough: a decision without a call. */
  peek(ref: AgentRef, now: number): Standing | undefined {
    const known = this.#known.get(idOf(ref));
    return known !== undefined && now < known.until ? known.standing : undefined;
  }

  /** Reads asked for in the same turn of the event loop go in one call. */
  async of(ref: AgentRef, now: number): Promise<Standing> {
    return this.peek(ref, now) ?? this.#read(ref, now);
  }

  /** Asks the breaker, and claims the probe when it lets one through. */
  async admit(ref: AgentRef, now: number): Promise<Permission> {
    for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
      const { breaker, vitals } = attempt === 0 ? await this.of(ref, now) : await this.#read(ref, now);
      const { isAllowed, isProbe, state } = decide(breaker.state, breaker.policy, now);
      if (!isAllowed) return { isAllowed, waitMs: untilProbeMs(breaker.state, breaker.policy, now) };
      if (!isProbe) return { isAllowed };
      const step = { from: breaker, state, policy: breaker.policy, by: "recovery timeout", now };
      const next = await stepBreaker(this.#store, ref, step);
      if (next === undefined) continue;
      this.#remember(ref, { breaker: next, vitals }, now);
      return { isAllowed };
    }
    return { isAllowed: false, waitMs: 1000 };
  }

  /** Tells the breaker how a call ended. A success at an agent without failures changes nothing and costs nothing. */
  async note(ref: AgentRef, result: CallResult, policy: BreakerPolicy): Promise<void> {
    const now = result.endedAt;
    for (let attempt = 0; attempt < AGENT_LIMITS.optimisticAttempts; attempt += 1) {
      const { breaker, vitals } = attempt === 0 ? await this.of(ref, now) : await this.#read(ref, now);
      const state = onResult(breaker.state, result, policy);
      if (state === breaker.state) return;
      const next = await stepBreaker(this.#store, ref, { from: breaker, state, policy, by: "successful probes", now });
      if (next !== undefined) return this.#remember(ref, { breaker: next, vitals }, now);
    }
  }

  /** Slots of the agent that are promised to others than `execution`. */
  async reserved(ref: AgentRef, execution: string, now: number): Promise<number> {
    return reservedOf((await this.of(ref, now)).vitals, now, execution);
  }

  async #read({ tenant, agentId }: AgentRef, now: number): Promise<Standing> {
    const [circuit, reservations] = await Promise.all([
      this.#rows.read(vitalKey(tenant, "C", agentId)),
      this.#rows.read(vitalKey(tenant, "R", agentId)),
    ]);
    const vitals = reservations === undefined ? [] : [readVitalRow(reservations)].filter((row) => row !== undefined);
    const standing = { breaker: readBreaker(circuit), vitals };
    this.#remember({ tenant, agentId }, standing, now);
    return standing;
  }

  #remember(ref: AgentRef, standing: Standing, now: number): void {
    this.#known.set(idOf(ref), { standing, until: now + AGENT_LIMITS.standingSeconds * 1000 });
  }
}

const idOf = ({ tenant, agentId }: AgentRef): string => `${tenant} ${agentId}`;
