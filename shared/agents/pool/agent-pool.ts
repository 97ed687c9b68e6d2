import type { Logger } from "@aws-lambda-powertools/logger";
import { LRUCache } from "lru-cache";
import { AGENT_LIMITS, BREAKER } from "../limits.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Agent, AgentAnswering } from "../agent.ts";
import type { AgentTask } from "../../workflow/plan/plan.ts";
import type { RoutingRule } from "../routing/routing.ts";
import { type AgentStore, saveAnswering } from "../store/vital-store.ts";
import type { AgentDirectory } from "./agent-directory.ts";
import { type AgentDemand, canServe } from "../agent-obstacles.ts";
import type { AgentRequest } from "./agent-request.ts";
import { type Candidates, TenantRouting } from "./agent-routing.ts";
import { Standings } from "./agent-standing.ts";
import { InFlight } from "./in-flight.ts";
import { LimitGroups } from "./limit-groups.ts";
import type { LimitRef } from "../store/limit-store.ts";

/** The agent, or why there is none now and when to ask again. */
export type Assigned =
  | { readonly agent: Agent }
  | { readonly reason: "no_capable_agent" | "breaker_open" | "no_capacity" | "limit"; readonly retrySeconds: number };

/** What came of one attempt at an agent. */
export interface AttemptReport {
  readonly tenant: string;
  readonly agentId: string;
  /** The capability it was asked for. */
  readonly skill: string | undefined;
  readonly ok: boolean;
  /** Whether the failure speaks of the agent (silence, refusal, time-out) and not of the task's own content. */
  readonly isAgentFault: boolean;
  /** False when a fault of ours kept the call from being made: the breaker learns nothing. */
  readonly wasCalled: boolean;
  /** The task's policy keeps the breaker out of it when false. */
  readonly circuitBreaker: boolean;
  readonly breaker: { readonly failureThreshold: number; readonly timeoutSeconds: number };
  readonly messageId?: string | undefined;
  /** What the agent says it used. */
  readonly tokens?: number | undefined;
  /** When the attempt began, ISO 8601: a breaker that changed since does not count it. @default - just now */
  readonly startedAt?: string | undefined;
}

/** Where tasks get their agents: registry, health, routing, capacity and circuit breakers behind one door. */
export interface AgentPool {
  assign(request: AgentRequest): Promise<Assigned>;
  /** Whether an agent in service could do a task, beside those named. */
  hasOther(tenant: string, demand: AgentDemand, but: readonly string[]): Promise<boolean>;
  /** Tells the breakers. Never throws: a lost report costs a probe, not a task. */
  report(report: AttemptReport): Promise<void>;
  /**
   * An agent turned a message away and asked us to slow down: the group of its agents is left alone for so long.
   *
   * @returns until when, ISO 8601; nothing for an agent without a group, or when that cannot be noted.
   */
  holdGroup(agent: Agent, asked: { readonly messageId: string; readonly seconds?: number | undefined }): Promise<string | undefined>;
  /** Remembers how an agent answers. Never throws: what is forgotten shows again. */
  noteAnswering(agent: Pick<Agent, "tenant" | "agent_id">, answers: AgentAnswering["answers"]): Promise<void>;
}

/** What the pool stands on. */
export interface AgentPoolDeps {
  readonly store: AgentStore;
  readonly directory: AgentDirectory;
  /** A tenant's routing rules, a few seconds old at most. */
  readonly rules: (tenant: string) => Promise<readonly RoutingRule[]>;
  readonly logger: Pick<Logger, "warn">;
  readonly now: () => Date;
  readonly random: () => number;
}

/** Agents that are asked about in one call when the first choice is not free. */
const LOOKED_AHEAD = 50;

/**
 * Assigns agents: routing picks, then the picked one's breaker and capacity are asked; whoever is not free is left out
 * and routing picks again.
 *
 * Capacity is counted as well as it can be without a counter that every task would write: the larger of the tasks that
 * this function handed out and has not seen end, and the queue that the agent reports, plus what is reserved for
 * others. With n functions at work an agent may get up to n times its limit; agents refuse what is too much, and a
 * refusal goes to another agent.
 */
export function createAgentPool(deps: AgentPoolDeps): AgentPool {
  const tenants = new LRUCache<string, TenantRouting>({ max: LIMITS.cachedTenants });
  const pool: PoolState = { deps, standings: new Standings(deps.store), inFlight: new InFlight(), limits: new LimitGroups(deps.store) };
  return {
    assign: async (request) => {
      const { tenant } = request;
      const [registry, rules] = await Promise.all([deps.directory.of(tenant), deps.rules(tenant)]);
      const routing = tenants.get(tenant) ?? new TenantRouting();
      tenants.set(tenant, routing);
      routing.setRules(rules);
      return assignAmong(pool, request, routing.candidates(registry, request, deps.now().getTime()));
    },
    hasOther: async (tenant, demand, but) => {
      const { agents } = await deps.directory.of(tenant);
      const now = deps.now().getTime();
      return [...agents.values()].some((agent) => !but.includes(agent.agent_id) && canServe(agent, demand, now));
    },
    report: async (report) => {
      try {
        await noteAttempt(pool, report);
      } catch (error) {
        deps.logger.warn("an attempt was not reported to its agent's breaker", {
          tenant: report.tenant,
          agent: report.agentId,
          error,
        });
      }
    },
    holdGroup: (agent, asked) => holdGroup(pool, agent, asked),
    noteAnswering: async ({ tenant, agent_id: agentId }, answers) => {
      try {
        await saveAnswering(deps.store, { tenant, agentId }, { at: deps.now().toISOString(), answers });
        deps.directory.refreshSoon(tenant);
      } catch (error) {
        deps.logger.warn("how an agent answers was not remembered", { tenant, agent: agentId, error });
      }
    },
  };
}

interface PoolState {
  readonly deps: AgentPoolDeps;
  readonly standings: Standings;
  readonly inFlight: InFlight;
  readonly limits: LimitGroups;
}

async function assignAmong(pool: PoolState, request: AgentRequest, candidates: Candidates): Promise<Assigned> {
  const { random, now } = pool.deps;
  const excluded = new Set(request.exclude);
  const asked = excluded.size;
  let soonestMs = Number.POSITIVE_INFINITY;
  let turnMs = Number.POSITIVE_INFINITY;
  let isFull = false;
  for (;;) {
    const picked = candidates.pick(request, excluded, random());
    if (picked === undefined) break;
    const refusal = await admit(pool, request, picked.agent);
    if (refusal === undefined) return { agent: picked.agent };
    excluded.add(picked.agent.agent_id);
    if (refusal === "full") isFull = true;
    else if (refusal.isLimit) {
      turnMs = Math.min(turnMs, refusal.waitMs);
      for (const { agent_id: id, limit_group: group } of candidates.agents) if (group === picked.agent.limit_group) excluded.add(id);
    } else soonestMs = Math.min(soonestMs, refusal.waitMs);
    if (excluded.size === asked + 1) await lookAhead(pool, request, candidates.agents, now().getTime());
  }
  // A group's turn is worth waiting for before another agent is looked for: none was free either.
  if (turnMs < Number.POSITIVE_INFINITY) return { reason: "limit", retrySeconds: Math.max(1, Math.ceil(turnMs / 1000)) };
  if (excluded.size === asked) return { reason: "no_capable_agent", retrySeconds: AGENT_LIMITS.noAgentRetrySeconds };
  // A full agent may be free any moment; an open breaker says when to ask.
  if (isFull) return { reason: "no_capacity", retrySeconds: AGENT_LIMITS.noCapacityRetrySeconds };
  return { reason: "breaker_open", retrySeconds: Math.max(1, Math.ceil(soonestMs / 1000)) };
}

/** @returns nothing when the agent may have the task. */
async function admit(
  pool: PoolState,
  request: AgentRequest,
  agent: Agent,
): Promise<"full" | { readonly waitMs: number; readonly isLimit: boolean } | undefined> {
  const now = pool.deps.now().getTime();
  const ref = { tenant: request.tenant, agentId: agent.agent_id };
  const reserved = await pool.standings.reserved(ref, request.execution, now);
  const working = Math.max(pool.inFlight.count(ref, now), agent.metrics?.queue_size ?? 0);
  if (working + reserved >= agent.max_concurrent_tasks) return "full";
  const group = groupOf(agent);
  const sender = { id: request.messageId, until: now + (request.task.timeoutSeconds + AGENT_LIMITS.groupGraceSeconds) * 1000 };
  const permit = group === undefined ? undefined : await pool.limits.take(group, sender, now);
  if (permit?.isAllowed === false) return { waitMs: permit.waitMs, isLimit: true };
  const permission = await pool.standings.admit(ref, now);
  if (!permission.isAllowed) {
    if (group !== undefined) await pool.limits.giveBack(group, sender, now);
    return { waitMs: permission.waitMs, isLimit: false };
  }
  pool.inFlight.add(ref, now + expectedMs(agent, request.task));
  return undefined;
}

const groupOf = ({ tenant, limit_group: group }: Agent): LimitRef | undefined => (group === undefined ? undefined : { tenant, group });

async function holdGroup(
  { deps, limits, inFlight }: PoolState,
  agent: Agent,
  { messageId, seconds = AGENT_LIMITS.groupHoldSeconds }: { messageId: string; seconds?: number | undefined },
): Promise<string | undefined> {
  const group = groupOf(agent);
  if (group === undefined) return undefined;
  const now = deps.now().getTime();
  const until = now + Math.max(1, Math.min(seconds, AGENT_LIMITS.groupWaitMs / 1000)) * 1000;
  inFlight.end({ tenant: agent.tenant, agentId: agent.agent_id });
  try {
    await limits.hold(group, until, now);
    await limits.end(group, { id: messageId }, now);
  } catch (error) {
    deps.logger.warn("a limit group was not held", { ...group, error });
    return undefined;
  }
  return new Date(until).toISOString();
}

/** How long a task is counted that nobody here will see end: what such tasks took before, or what its author says. */
const expectedMs = ({ learned }: Agent, task: AgentTask): number =>
  Math.min(learned?.latency_ms ?? task.estimateSeconds * 1000, task.timeoutSeconds * 1000);

/** When the first choice is not free, the others are asked about together instead of one after another. */
async function lookAhead(
  { standings }: PoolState,
  { tenant }: AgentRequest,
  agents: readonly Agent[],
  now: number,
): Promise<void> {
  await Promise.all(
    agents.slice(0, LOOKED_AHEAD).map(({ agent_id: agentId }) => standings.of({ tenant, agentId }, now)),
  );
}

async function noteAttempt({ standings, inFlight, limits, deps }: PoolState, report: AttemptReport): Promise<void> {
  const ref = { tenant: report.tenant, agentId: report.agentId };
  const endedAt = deps.now().getTime();
  inFlight.end(ref);
  const agent = (await deps.directory.of(report.tenant)).agents.get(report.agentId);
  const group = agent && groupOf(agent);
  if (group !== undefined) await limits.end(group, { id: report.messageId, tokens: report.tokens }, endedAt);
  if (!report.circuitBreaker || !report.wasCalled) return;
  const startedAt = report.startedAt === undefined ? endedAt : Date.parse(report.startedAt);
  // An agent that fails a task for the task's own sake has answered, which is what breakers are about.
  const isSuccess = report.ok || !report.isAgentFault;
  await standings.note(
    ref,
    { isSuccess, startedAt, endedAt },
    {
      failureThreshold: report.breaker.failureThreshold,
      recoveryTimeoutMs: report.breaker.timeoutSeconds * 1000,
      halfOpenMaxCalls: BREAKER.halfOpenMaxCalls,
      successThreshold: BREAKER.successThreshold,
    },
  );
}
