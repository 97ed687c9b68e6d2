import { LRUCache } from "lru-cache";
import { demandName } from "../agent-demand.ts";
import { canServe } from "../agent-obstacles.ts";
import { healthOf } from "../agent-health.ts";
import { conditionOf } from "../routing/condition.ts";
import { RouteTable, type RouteRule } from "../routing/route-table.ts";
import { createRouter } from "../routing/router.ts";
import type { Router, RouteRequest, Target } from "../routing/target.ts";
import { ExpressionError } from "../../expression/expression-error.ts";
import type { Agent } from "../agent.ts";
import type { RoutingRule } from "../routing/routing.ts";
import type { RoutingStrategy } from "../../workflow/definition/task-definition.ts";
import type { TenantAgents } from "./agent-directory.ts";
import type { AgentRequest } from "./agent-request.ts";
import { loadOf, reservedOf } from "./agent-search.ts";
import { present } from "../../core/present.ts";

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
 * Picks agents for the tasks of a tenant: by the first rule that applies, else by the strategy of task or role.
 *
 * Agents that failed the task come last. A strategy chooses among the best of the others: near before far, active
 * before degraded. Routers are kept per demand, so that turns, stickiness and rings outlive a decision, and told of new
 * figures when the view of the registry has changed.
 */
export class TenantRouting {
  readonly #demands = new LRUCache<string, DemandRouting>({ max: REMEMBERED_DEMANDS });
  #rules: readonly RoutingRule[] = [];
  #compiled: readonly RouteRule[] = [];

  /** Who may get the task. */
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
  readonly #demand: { readonly role: AgentRequest["role"]; readonly skill: string | undefined };
  readonly #strategy: RoutingStrategy;
  readonly #router: Router;
  #table: RouteTable | undefined;
  #rules: readonly RouteRule[] = [];
  #revision = -1;
  #checkedAt = 0;
  #agents: readonly Agent[] = [];
  #targets = new Map<string, Target>();
  /** The choice for tasks that nobody failed yet, when everybody is free: nearly all of them. */
  #plain: Choice | undefined;
  #told: Choice | undefined;
  #toldIds = "";
  #turn: number | undefined;

  constructor({ role, task }: AgentRequest) {
    this.#strategy = task.strategy ?? role.strategy ?? DEFAULT_STRATEGY;
    this.#router = createRouter(this.#strategy);
    this.#demand = { role, skill: task.skill };
  }

  get agents(): readonly Agent[] {
    return this.#agents;
  }

  /** Health and trust fade between refreshes; a second is soon enough. */
  refresh(registry: TenantAgents, rules: readonly RouteRule[], now: number): void {
    if (rules !== this.#rules) {
      this.#rules = rules;
      this.#table = rules.length === 0 ? undefined : new RouteTable(rules);
      this.#told = undefined;
    }
    if (registry.revision === this.#revision && now - this.#checkedAt < 1000) return;
    this.#revision = registry.revision;
    this.#checkedAt = now;
    this.#plain = undefined;
    this.#agents = [...registry.agents.values()].filter((agent) => canServe(agent, this.#demand, now));
    this.#targets = new Map(this.#agents.map((agent) => [agent.agent_id, targetOf(agent, registry, now)]));
  }

  pick(request: AgentRequest, excluded: ReadonlySet<string>, chance: number): Picked | undefined {
    const isPlain = excluded.size === 0 && request.tried.length === 0;
    const choice = isPlain ? (this.#plain ??= this.#choose(request, excluded)) : this.#choose(request, excluded);
    if (choice.tier.length === 0) return undefined;
    this.#tell(choice);
    this.#turn = (this.#turn ?? Math.floor(chance * 1_000_000)) + 1;
    const question = questionOf(request, this.#turn, chance);
    const ruled = this.#ruled(question, choice);
    if (ruled !== undefined) return ruled;
    const agent = present(choice.tier[present(this.#router.pick(question))]);
    return { agent, rule: undefined, strategy: this.#strategy };
  }

  /** What the first rule that applies picks. */
  #ruled(question: RouteRequest, { eligible }: Choice): Picked | undefined {
    const route = this.#table?.route(question).route;
    if (route === undefined) return undefined;
    const [agentId] = route.targets;
    const agent = present(eligible.find(({ agent_id: id }) => id === agentId));
    const { strategy } = present(this.#rules.find(({ name }) => name === route.rule));
    return { agent, rule: route.rule, strategy };
  }

  #choose({ tried }: AgentRequest, excluded: ReadonlySet<string>): Choice {
    const { location } = this.#demand.role;
    const free = this.#agents.filter(({ agent_id: id }) => !excluded.has(id));
    const eligible = leastOf(free, ({ agent_id: id }) => (tried.includes(id) ? 1 : 0));
    const tier = leastOf(
      eligible,
      (agent) => (location !== undefined && agent.location !== location ? 2 : 0) + (agent.status === "ACTIVE" ? 0 : 1),
    );
    return { eligible, tier };
  }

  /** Routers are told when the choice or its figures are others than before. */
  #tell(choice: Choice): void {
    if (choice === this.#told) return;
    this.#told = choice;
    this.#table?.update(this.#targetsOf(choice.eligible));
    const ids = choice.tier.map(({ agent_id: id }) => id).join(" ");
    // These go by who is there and not by figures; a ring of a thousand agents takes a while to build.
    if (ids === this.#toldIds && BY_IDS.has(this.#strategy)) return;
    this.#toldIds = ids;
    this.#router.update(this.#targetsOf(choice.tier));
  }

  #targetsOf(agents: readonly Agent[]): Target[] {
    return agents.map(({ agent_id: id }) => present(this.#targets.get(id)));
  }
}

/** Who may get a task. */
interface Choice {
  /** Rules choose among all of them: who writes a rule means it, near or far, degraded or not. */
  readonly eligible: readonly Agent[];
  /** The strategy chooses among the best of them. */
  readonly tier: readonly Agent[];
}

/** Strategies that do not look at load or health. */
const BY_IDS: ReadonlySet<RoutingStrategy> = new Set(["round_robin", "broadcast", "affinity", "consistent_hashing"]);

/** The agents of the lowest rank, in their order. */
function leastOf(agents: readonly Agent[], rankOf: (agent: Agent) => number): readonly Agent[] {
  const ranks = agents.map(rankOf);
  const least = Math.min(...ranks);
  return agents.filter((_, index) => ranks[index] === least);
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
