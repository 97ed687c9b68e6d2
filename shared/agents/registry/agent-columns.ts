import { present } from "../../core/present.ts";
import { DISCOVERY, HEALTH, TRUST } from "../limits.ts";
import type { Agent, AgentStatus } from "../agent.ts";

/** What discovery knows of an agent that changes often. */
export interface AgentStanding {
  readonly status: AgentStatus;
  /** `conditionScore` of metrics and probes, 0 to 1. A late heartbeat lowers it when a query comes. */
  readonly condition: number;
  /** Until when the heartbeat is in time (`heartbeatDueAt`), in milliseconds since 1970; `Infinity`: it owes none. */
  readonly heartbeatDueAt: number;
  /** 0 to 5. */
  readonly trust: number;
  /** 0 (idle) to 1 (full). */
  readonly load: number;
}

/** Standings of all agents by slot, as typed arrays: a query reads thousands of them. */
export class AgentColumns {
  #status = new Uint8Array(START);
  #condition = new Float64Array(START);
  #heartbeatDueAt = new Float64Array(START);
  #trust = new Float64Array(START);
  #load = new Float64Array(START);
  #location = new Uint32Array(START);
  #version = new Uint32Array(START);
  readonly #locations = new Names();
  readonly #versions = new Names();

  put(slot: number, agent: Pick<Agent, "location" | "version">, standing: AgentStanding): void {
    if (slot >= this.#status.length) this.#grow();
    this.#location[slot] = this.#locations.numberOf(agent.location ?? "");
    this.#version[slot] = this.#versions.numberOf(agent.version);
    this.putStanding(slot, standing);
  }

  putStanding(slot: number, standing: AgentStanding): void {
    this.#status[slot] = STATUS_BIT[standing.status];
    this.#condition[slot] = standing.condition;
    this.#heartbeatDueAt[slot] = standing.heartbeatDueAt;
    this.#trust[slot] = standing.trust;
    this.#load[slot] = standing.load;
  }

  /** No query finds the slot any more. */
  clear(slot: number): void {
    this.#status[slot] = 0;
  }

  /** Whether the slot's status is one of the mask's, see `statusMask`. */
  hasStatus(slot: number, mask: number): boolean {
    return (present(this.#status[slot]) & mask) !== 0;
  }

  healthOf(slot: number, now: number): number {
    return present(this.#condition[slot]) * (now > present(this.#heartbeatDueAt[slot]) ? HEALTH.lateFactor : 1);
  }

  trustOf(slot: number): number {
    return present(this.#trust[slot]);
  }

  loadOf(slot: number): number {
    return present(this.#load[slot]);
  }

  isAt(slot: number, location: number): boolean {
    return this.#location[slot] === location;
  }

  /** The number that stands for a location. @returns nothing for one where no agent ever was. */
  locationNumber(location: string): number | undefined {
    return this.#locations.find(location);
  }

  versionNumber(slot: number): number {
    return present(this.#version[slot]);
  }

  /** Which version numbers a test accepts: 1 by number where it does. Runs once per version, not per agent. */
  versionsWhere(accepts: (version: string) => boolean): Uint8Array {
    return Uint8Array.from(this.#versions.all, (version) => (accepts(version) ? 1 : 0));
  }

  /** Rank from 0 to 1. */
  scoreOf(slot: number, health: number, isNear: boolean): number {
    const { weights } = DISCOVERY;
    const standing = weights.health * health + (weights.trust * this.trustOf(slot)) / TRUST.best;
    return standing + weights.spare * (1 - this.loadOf(slot)) + (isNear ? weights.location : 0);
  }

  #grow(): void {
    const length = this.#status.length * 2;
    this.#status = copied(new Uint8Array(length), this.#status);
    this.#condition = copied(new Float64Array(length), this.#condition);
    this.#heartbeatDueAt = copied(new Float64Array(length), this.#heartbeatDueAt);
    this.#trust = copied(new Float64Array(length), this.#trust);
    this.#load = copied(new Float64Array(length), this.#load);
    this.#location = copied(new Uint32Array(length), this.#location);
    this.#version = copied(new Uint32Array(length), this.#version);
  }
}

/** The statuses as the bits that `AgentColumns.hasStatus` compares. */
export const statusMask = (statuses: readonly AgentStatus[]): number =>
  statuses.reduce((mask, status) => mask | STATUS_BIT[status], 0);

const STATUS_BIT: Readonly<Record<AgentStatus, number>> = { ACTIVE: 1, DEGRADED: 2, INACTIVE: 4, DECOMMISSIONED: 8 };

const START = 64;

/** Numbers that stand for texts. They are never given back: locations and versions are few. */
class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.all.length);
    this.all.push(name);
    return this.all.length - 1;
  }
}

function copied<Column extends { set(values: Column): void }>(column: Column, values: Column): Column {
  column.set(values);
  return column;
}
