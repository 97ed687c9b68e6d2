/**
 * Discovery in memory, for the agents of one tenant.
 *
 * 1. Each agent has a slot, a small number that is used again after the agent has gone.
 * 2. Each capability, service type and tag has the set of slots of the agents that carry it.
 * 3. A label without agents has no set, so labels that strangers make up do not pile up.
 */
import { DISCOVERY, TRUST } from "../limits.ts";
import type { Agent, AgentStatus } from "../agent.ts";
import { AgentColumns, statusMask, type AgentStanding } from "./agent-columns.ts";
import { BestSlots } from "./best-slots.ts";
import { forEachCommon, SlotSet } from "./slot-set.ts";
import { satisfies, type VersionConstraint } from "../../core/versions.ts";
import { present } from "../../core/present.ts";

/** The part of an agent that discovery looks at. */
export type IndexedAgent = Pick<Agent, "agent_id" | "version" | "capabilities" | "service_types" | "tags" | "location">;

/** What is looked for. Everything stated must hold, except `location`, which only ranks. */
export interface DiscoveryQuery {
  readonly capabilities?: readonly string[] | undefined;
  readonly serviceTypes?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly version?: VersionConstraint | undefined;
  /** 0 to 1, as of the moment of the query. */
  readonly minHealthScore?: number | undefined;
  /** 0 to 5. */
  readonly minTrustScore?: number | undefined;
  readonly location?: string | undefined;
  /** @default - active and degraded agents, which may get work */
  readonly statuses?: readonly AgentStatus[] | undefined;
  /** @default 10 */
  readonly maxResults?: number | undefined;
}

/** An agent found, and why it stands where it stands. */
export interface DiscoveredAgent {
  readonly agentId: string;
  /** 0 to 1; ranks. */
  readonly score: number;
  readonly health: number;
  readonly trust: number;
  readonly load: number;
  readonly reasons: readonly string[];
}

/** The best agents, best first, and how many there were to choose from. */
export interface Discovery {
  readonly agents: readonly DiscoveredAgent[];
  readonly total: number;
}

/** Finds agents by what they offer. Pure memory: nothing is read or written but by its methods. */
export class AgentIndex {
  readonly #slots = new Map<string, number>();
  readonly #ids: (string | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #labels = new Map<string, Label>();
  readonly #labelsOf: (readonly Label[])[] = [];
  readonly #columns = new AgentColumns();

  /** Agents in the index. */
  get size(): number {
    return this.#slots.size;
  }

  /** Capabilities, service types and tags that some agent carries. */
  get labelCount(): number {
    return this.#labels.size;
  }

  has(agentId: string): boolean {
    return this.#slots.has(agentId);
  }

  /** Adds the agent, or replaces everything known of it. */
  upsert(agent: IndexedAgent, standing: AgentStanding): void {
    const slot = this.#slots.get(agent.agent_id) ?? this.#occupy(agent.agent_id);
    this.#relabel(slot, labelsOf(agent));
    this.#columns.put(slot, agent, standing);
  }

  /** Takes over a heartbeat: much cheaper than `upsert`. @returns false for an agent that is not in the index. */
  updateStanding(agentId: string, standing: AgentStanding): boolean {
    const slot = this.#slots.get(agentId);
    if (slot === undefined) return false;
    this.#columns.putStanding(slot, standing);
    return true;
  }

  /** Takes the agent out. @returns false when it was not in the index. */
  remove(agentId: string): boolean {
    const slot = this.#slots.get(agentId);
    if (slot === undefined) return false;
    this.#relabel(slot, []);
    this.#columns.clear(slot);
    this.#slots.delete(agentId);
    this.#ids[slot] = undefined;
    this.#free.push(slot);
    return true;
  }

  /**
   * The agents that meet the query at the time `now`, best first: by health, trust, free capacity and nearness,
   * weighted as `DISCOVERY.weights` says; of equals the smaller id first.
   */
  discover(query: DiscoveryQuery, now: number): Discovery {
    const limit = Math.min(query.maxResults ?? DISCOVERY.results, DISCOVERY.mostResults);
    const best = new BestSlots(limit, (slot, other) => this.#idOf(slot) < this.#idOf(other));
    const near = query.location === undefined ? undefined : this.#columns.locationNumber(query.location);
    const isMet = this.#filterOf(query);
    const columns = this.#columns;
    const { minHealthScore = 0 } = query;
    let total = 0;
    this.#forEachLabelled(query, (slot) => {
      if (!isMet(slot)) return;
      const health = columns.healthOf(slot, now);
      if (health < minHealthScore) return;
      total += 1;
      best.offer(slot, columns.scoreOf(slot, health, near !== undefined && columns.isAt(slot, near)));
    });
    const agents = best.ranked().map(({ slot, score }) => this.#present(slot, score, { query, now, near }));
    return { agents, total };
  }

  #forEachLabelled(query: DiscoveryQuery, visit: (slot: number) => void): void {
    const labels = labelsOf({
      capabilities: query.capabilities ?? [],
      service_types: query.serviceTypes ?? [],
      tags: query.tags ?? [],
    });
    if (labels.length === 0) {
      for (let slot = 0; slot < this.#ids.length; slot += 1) visit(slot);
      return;
    }
    const sets = labels.map((label) => this.#labels.get(label)?.slots).filter((slots) => slots !== undefined);
    if (sets.length === labels.length) forEachCommon(sets, visit);
  }

  /** The part of a query that neither labels nor health answer, cheapest test first. */
  #filterOf({ statuses, version, minTrustScore = 0 }: DiscoveryQuery): (slot: number) => boolean {
    const mask = statusMask(statuses ?? ["ACTIVE", "DEGRADED"]);
    const columns = this.#columns;
    const versions = version && columns.versionsWhere((text) => satisfies(text, version));
    return (slot) =>
      columns.hasStatus(slot, mask) &&
      columns.trustOf(slot) >= minTrustScore &&
      (versions === undefined || versions[columns.versionNumber(slot)] === 1);
  }

  #present(
    slot: number,
    score: number,
    asked: { query: DiscoveryQuery; now: number; near: number | undefined },
  ): DiscoveredAgent {
    const columns = this.#columns;
    const { query, now, near } = asked;
    const [health, trust, load] = [columns.healthOf(slot, now), columns.trustOf(slot), columns.loadOf(slot)];
    const reasons = [
      `health ${health.toFixed(2)} of 1`,
      `trust ${trust.toFixed(1)} of ${TRUST.best}`,
      `${Math.round((1 - load) * 100)} % of its capacity free`,
    ];
    if (query.location !== undefined) {
      reasons.push(
        near !== undefined && columns.isAt(slot, near) ? `in ${query.location}` : `not in ${query.location}`,
      );
    }
    return { agentId: this.#idOf(slot), score, health, trust, load, reasons };
  }

  #occupy(agentId: string): number {
    const slot = this.#free.pop() ?? this.#ids.length;
    this.#ids[slot] = agentId;
    this.#slots.set(agentId, slot);
    return slot;
  }

  #relabel(slot: number, names: readonly string[]): void {
    for (const label of this.#labelsOf[slot] ?? []) if (!names.includes(label.name)) this.#dropLabel(slot, label);
    const labels = names.map((name) => this.#labelNamed(name));
    for (const { slots } of labels) slots.add(slot, this.#ids.length);
    this.#labelsOf[slot] = labels;
  }

  #labelNamed(name: string): Label {
    const known = this.#labels.get(name);
    if (known !== undefined) return known;
    const label = { name, slots: new SlotSet() };
    this.#labels.set(name, label);
    return label;
  }

  #dropLabel(slot: number, { name, slots }: Label): void {
    slots.delete(slot);
    if (slots.size === 0) this.#labels.delete(name);
  }

  #idOf(slot: number): string {
    return present(this.#ids[slot]);
  }
}

/** A capability, service type or tag, and who carries it. */
interface Label {
  readonly name: string;
  readonly slots: SlotSet;
}

/** One name space for three kinds of label. */
const labelsOf = (lists: Readonly<Record<"capabilities" | "service_types" | "tags", readonly string[]>>): string[] => [
  ...lists.capabilities.map((name) => `c:${name}`),
  ...lists.service_types.map((name) => `s:${name}`),
  ...lists.tags.map((name) => `t:${name}`),
];
