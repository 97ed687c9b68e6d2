import { LRUCache } from "lru-cache";
import { type AgentStore, assembleAgent, listAgentRows, loadAgentRows } from "../store/agent-store.ts";
import { loadVitals, type RegistryLog, type VitalRow } from "../store/vital-store.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Agent, AgentRow } from "../agent.ts";

/**
 * A tenant's registry as a warm function knows it. It changes in place: readers look things up, they do not keep them.
 */
export interface TenantAgents {
  /** Grows with every refresh that changed something. */
  readonly revision: number;
  readonly agents: ReadonlyMap<string, Agent>;
  /** Vital rows by agent, breakers and reservations included. */
  vitalsOf(agentId: string): readonly VitalRow[];
  /** Agents that changed or went since the caller's last call with the same name; all of them on its first. */
  changesFor(reader: string): ReadonlySet<string>;
}

/** Agents of all tenants, kept warm: at most `AGENT_LIMITS.agentCacheSeconds` old. */
export interface AgentDirectory {
  /** A view is loaded once however many ask at the same time; tenants never share one (invariant 6). */
  of(tenant: string): Promise<TenantAgents>;
  /** Makes the next look a fresh one: after a write of one's own. */
  refreshSoon(tenant: string): void;
}

/**
 * Keeps registries in memory. A refresh is one query over the small vital rows; descriptions, which are large and
 * change seldom, are read again only for the agents that the registry's log names.
 */
export function createAgentDirectory(store: AgentStore, now: () => Date): AgentDirectory {
  const views = new LRUCache<string, WarmRegistry>({ max: LIMITS.cachedTenants });
  const viewOf = (tenant: string): WarmRegistry => {
    const known = views.get(tenant) ?? new WarmRegistry(store, tenant);
    views.set(tenant, known);
    return known;
  };
  return {
    of: (tenant) => viewOf(tenant).fresh(now().getTime()),
    refreshSoon: (tenant) => views.get(tenant)?.expire(),
  };
}

class WarmRegistry implements TenantAgents {
  readonly #store: AgentStore;
  readonly #tenant: string;
  readonly #rows = new Map<string, AgentRow>();
  readonly #agents = new Map<string, Agent>();
  #vitals = new Map<string, Map<string, VitalRow>>();
  readonly #pending = new Map<string, Set<string>>();
  #version = -1;
  #freshUntil = 0;
  #expirations = 0;
  #loadedAfter = -1;
  #reloadAt = 0;
  #loading: Promise<void> | undefined;
  #revision = 0;

  constructor(store: AgentStore, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  get revision(): number {
    return this.#revision;
  }

  get agents(): ReadonlyMap<string, Agent> {
    return this.#agents;
  }

  vitalsOf(agentId: string): readonly VitalRow[] {
    return [...(this.#vitals.get(agentId)?.values() ?? [])];
  }

  changesFor(reader: string): ReadonlySet<string> {
    const changed = this.#pending.get(reader) ?? new Set(this.#agents.keys());
    this.#pending.set(reader, new Set());
    return changed;
  }

  expire(): void {
    this.#expirations += 1;
    this.#freshUntil = 0;
  }

  /** Everybody waits for a load that began after the last expiry that they know of. */
  async fresh(now: number): Promise<this> {
    const asked = this.#expirations;
    while (now >= this.#freshUntil) {
      this.#loading ??= this.#load(now).finally(() => (this.#loading = undefined));
      await this.#loading;
      if (this.#loadedAfter >= asked) break;
    }
    return this;
  }

  async #load(now: number): Promise<void> {
    const expirations = this.#expirations;
    const { log, rows } = await loadVitals(this.#store, this.#tenant);
    const changed = this.#takeVitals(rows);
    for (const id of await this.#takeRows(log, now)) changed.add(id);
    if (changed.size > 0) this.#revision += 1;
    for (const id of changed) this.#assemble(id);
    this.#loadedAfter = expirations;
    if (expirations === this.#expirations) this.#freshUntil = now + AGENT_LIMITS.agentCacheSeconds * 1000;
  }

  /** @returns agents whose vital rows differ from those known. */
  #takeVitals(rows: readonly VitalRow[]): Set<string> {
    const next = new Map<string, Map<string, VitalRow>>();
    const changed = new Set<string>();
    for (const row of rows) {
      const known = this.#vitals.get(row.agentId)?.get(row.kind);
      const isSame = known !== undefined && row.text !== undefined && known.text === row.text;
      if (!isSame) changed.add(row.agentId);
      const own = next.get(row.agentId) ?? new Map<string, VitalRow>();
      next.set(row.agentId, own.set(row.kind, isSame ? known : row));
    }
    for (const [id, own] of this.#vitals) if ((next.get(id)?.size ?? 0) < own.size) changed.add(id);
    this.#vitals = next;
    return changed;
  }

  /** @returns agents whose descriptions were read again, or are gone. */
  async #takeRows(log: RegistryLog, now: number): Promise<Iterable<string>> {
    if (this.#version === log.version && now < this.#reloadAt) return [];
    const ids = now < this.#reloadAt ? changedSince(log, this.#version) : undefined;
    const rows =
      ids === undefined
        ? await listAgentRows(this.#store, this.#tenant)
        : await loadAgentRows(this.#store, this.#tenant, ids);
    const gone = new Set(ids ?? this.#rows.keys());
    for (const row of rows) {
      gone.delete(row.agent_id);
      this.#rows.set(row.agent_id, row);
    }
    for (const id of gone) this.#rows.delete(id);
    if (ids === undefined) this.#reloadAt = now + AGENT_LIMITS.reloadSeconds * 1000;
    this.#version = log.version;
    return [...gone, ...rows.map(({ agent_id: id }) => id)];
  }

  #assemble(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) this.#agents.delete(id);
    else this.#agents.set(id, assembleAgent(row, this.vitalsOf(id)));
    for (const waiting of this.#pending.values()) waiting.add(id);
  }
}

/** @returns nothing when the log does not reach back that far. */
function changedSince({ version, changes }: RegistryLog, seen: number): readonly string[] | undefined {
  if (seen < 0 || version < seen) return undefined;
  const ids = new Set<string>();
  for (let number = seen + 1; number <= version; number += 1) {
    const named = changes.get(number);
    if (named === undefined) return undefined;
    for (const id of named) ids.add(id);
  }
  return [...ids];
}
