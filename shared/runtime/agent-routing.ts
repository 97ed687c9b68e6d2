import { LRUCache } from "lru-cache";
import { canServe, demandName } from "../domain/agent-demand.ts";
import { healthOf } from "../domain/agent-health.ts";
import { conditionOf } from "../domain/routing/condition.ts";
import { RouteTable, type RouteRule } from "../domain/routing/route-table.ts";
import { createRouter } from "../domain/routing/router.ts";
import type { Router, RouteRequest, Target } from "../domain/routing/target.ts";
import { ExpressionError } from "../errors.ts";
import type { Agent } from "../schemas/agent.ts";
import type { RoutingRule } from "../schemas/routing.ts";
import type { TenantAgents } from "./agent-directory.ts";
import type { AgentRequest } from "./agent-pool.ts";
import { loadOf, reservedOf } from "./agent-search.ts";

/** An agent picked for a task, and by what. */
export interface Picked {
  readonly agent: Agent;
  /** The rule that decided; absent: the strategy of task or role. */
  readonly rule: string | undefined;
  readonly strategy: string;
}

const DEFAULT_STRATEGY = "resource_aware_round_robin";

/** Demands that a warm function keeps routers for. */
const REMEMBERED_DEMANDS = 500;

/**
 * Picks agents for the tasks of one tenant. Agents are grouped into tiers, best first: untried before tried, near
 * before far, active before degraded; rules and strategy choose inside the first tier that has somebody left.
 *
 * Routers are kept per demand, so that turns, stickiness and rings outlive a decision, and told of new figures when
 * the view of the registry has changed.
 */
export class TenantRouting {
  readonly #demands = new LRUCache<string, DemandRouting>({ max: REMEMBERED_DEMANDS });
  #rules: readonly RoutingRule[] = [];
  #compiled: readonly RouteRule[] = [];

  /** Who may get the task, in tiers. `exclude`: agents that turned out not to be free. */
  candidates(registry: TenantAgents, request: AgentRequest, now: number): Candidates {
    const name = demandName(request.role, request.task);
    const demand = this.#demands.get(name) ?? new DemandRouting(request);
    this.#demands.set(name, demand);
    demand.refresh(registry, this.#compiled, now);
    return demand;
  }

  /** Takes the tenant's rules over; the same array means that nothing changed. */
  setRules(rules: readonly RoutingRule[]): void {
    if (rules === this.#rules) return;
    this.#rules = rules;
    this.#compiled = rules.flatMap(compileRule);
  }
}

/** Agents that may get one kind of task. */
export interface Candidates {
  readonly size: number;
  /** Picks one that is not excluded; nothing when none is left. */
  pick(request: AgentRequest, excluded: ReadonlySet<string>, chance: number): Picked | undefined;
  /** Everybody, whether excluded or not. */
  readonly agents: readonly Agent[];
}

/** Rules are checked when they are written; one that this release cannot read is left out. */
function compileRule(rule: RoutingRule): RouteRule[] {
  const { name, priority, targets, strategy, condition } = rule;
  try {
    return [
      { name, priority, targets, strategy, ...(condition === undefined ? {} : { condition: conditionOf(condition) }) },
    ];
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

class DemandRouting implements Candidates {
  readonly #strategy: NonNullable<AgentRequest["task"]["strategy"]>;
  readonly #router: Router;
  #table: RouteTable | undefined;
  #rules: readonly RouteRule[] | undefined;
  #tier = "";
  #revision = -1;
  #checkedAt = 0;
  #agents: readonly Agent[] = [];
  #targets = new Map<string, Target>();
  #turn: number | undefined;

  constructor({ role, task }: AgentRequest) {
    this.#strategy = task.strategy ?? role.strategy ?? DEFAULT_STRATEGY;
    this.#router = createRouter(this.#strategy);
    this.#demand = { role, skill: task.skill };
  }

  readonly #demand: { readonly role: AgentRequest["role"]; readonly skill: string | undefined };

  get size(): number {
    return this.#agents.length;
  }

  get agents(): readonly Agent[] {
    return this.#agents;
  }

  /** Health and trust fade between refreshes; a second is soon enough. */
  refresh(registry: TenantAgents, rules: readonly RouteRule[], now: number): void {
    if (rules !== this.#rules) {
      this.#rules = rules;
      this.#table = rules.length === 0 ? undefined : new RouteTable(rules);
      this.#tier = "";
    }
    if (registry.revision === this.#revision && now - this.#checkedAt < 1000) return;
    this.#revision = registry.revision;
    this.#checkedAt = now;
    this.#tier = "";
    this.#agents = [...registry.agents.values()].filter((agent) => canServe(agent, this.#demand, now));
    this.#targets = new Map(this.#agents.map((agent) => [agent.agent_id, targetOf(agent, registry, now)]));
  }

  pick(request: AgentRequest, excluded: ReadonlySet<string>, chance: number): Picked | undefined {
    const tier = this.#firstTier(request, excluded);
    if (tier.length === 0) return undefined;
    this.#tell(tier);
    this.#turn = (this.#turn ?? Math.floor(chance * 1_000_000)) + 1;
    const question = questionOf(request, this.#turn, chance);
    const route = this.#table?.route(question).route;
    const routed = route === undefined ? undefined : tier.find(({ agent_id: id }) => id === route.targets[0]);
    if (routed !== undefined) return { agent: routed, rule: route?.rule, strategy: this.#strategyOf(route?.rule) };
    const agent = tier[this.#router.pick(question) ?? 0];
    return agent === undefined ? undefined : { agent, rule: undefined, strategy: this.#strategy };
  }

  #strategyOf(rule: string | undefined): string {
    return this.#rules?.find(({ name }) => name === rule)?.strategy ?? this.#strategy;
  }

  #firstTier({ tried }: AgentRequest, excluded: ReadonlySet<string>): readonly Agent[] {
    const { location } = this.#demand.role;
    const rank = (agent: Agent): number =>
      (tried.includes(agent.agent_id) ? 4 : 0) +
      (location !== undefined && agent.location !== location ? 2 : 0) +
      (agent.status === "ACTIVE" ? 0 : 1);
    let best = Number.POSITIVE_INFINITY;
    let tier: Agent[] = [];
    for (const agent of this.#agents) {
      if (excluded.has(agent.agent_id)) continue;
      const own = rank(agent);
      if (own < best) [best, tier] = [own, []];
      if (own === best) tier.push(agent);
    }
    return tier;
  }

  /** Routers are told only when the tier is another one than before. */
  #tell(tier: readonly Agent[]): void {
    const name = tier.map(({ agent_id: id }) => id).join(" ");
    if (name === this.#tier) return;
    this.#tier = name;
    const targets = tier.map(({ agent_id: id }) => this.#targets.get(id)).filter((target) => target !== undefined);
    this.#router.update(targets);
    this.#table?.update(targets);
  }
}

function targetOf(agent: Agent, registry: TenantAgents, now: number): Target {
  return {
    id: agent.agent_id,
    load: loadOf(agent, { reserved: reservedOf(registry.vitalsOf(agent.agent_id), now), inFlight: 0 }),
    health: healthOf(agent, now),
    capacity: agent.max_concurrent_tasks,
    labels: [...agent.capabilities, ...agent.tags, ...agent.service_types],
  };
}

/** What conditions of rules may speak of. */
function questionOf(
  { task, priority, routingKey: key, workflow }: AgentRequest,
  turn: number,
  random: number,
): RouteRequest {
  const payload = { ...task.input, ...(task.skill === undefined ? {} : { skill: task.skill }) };
  const scope = { payload, priority, skill: task.skill ?? "", task: task.id, workflow: workflow ?? "" };
  return { turn, random, key, priority, scope };
}
