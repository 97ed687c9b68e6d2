import { LRUCache } from "lru-cache";
import { figuresIn } from "../../analytics/figures.ts";
import { WHOLE } from "../../analytics/series.ts";
import { loadWindows } from "../../analytics/store/aggregate-store.ts";
import { readSeries } from "../../analytics/store/read-series.ts";
import { addTallies } from "../../analytics/tally.ts";
import { WINDOW_MS, windowOf } from "../../analytics/windows.ts";
import type { Agent } from "../../agents/agent.ts";
import { isInService } from "../../agents/agent-health.ts";
import type { AgentDirectory, TenantAgents } from "../../agents/pool/agent-directory.ts";
import { readBreaker } from "../../agents/store/breaker-store.ts";
import type { Table } from "../../aws/query.ts";
import { atMost } from "../../core/at-most.ts";
import { LIMITS } from "../../core/limits.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import type { QueueDepth } from "../../execution/store/queue-depth.ts";
import type { AgentSigns, QueueSigns, SystemSigns, TenantSigns } from "../rules/signs.ts";

/** Reads the signs of a tenant, of which so many executions wait. */
export type SignReader = (tenant: string, known: { readonly waiting: number; readonly now: number }) => Promise<TenantSigns>;

/** Minutes that rules look back on. */
const MINUTES = 15;
/** How old what was usual may be. */
const USUAL_MS = WINDOW_MS["1h"];
const WEEK_MS = 7 * WINDOW_MS["1d"];

function signsOf(agent: Agent, { view, abilities }: { view: TenantAgents; abilities: ReadonlyMap<string, number> }): AgentSigns {
  const { agent_id: agentId, endpoint, status, quarantine, probe, learned, capabilities } = agent;
  const own = isInService(agent) ? 1 : 0;
  return {
    agentId,
    origin: new URL(endpoint).origin,
    status,
    isQuarantined: quarantine !== undefined,
    failedProbes: probe?.failures ?? 0,
    breaker: readBreaker(view.vitalsOf(agentId).find(({ kind }) => kind === "C")?.item).state.state,
    errorRate: learned?.error_rate ?? 0,
    learntAt: learned === undefined ? 0 : Date.parse(learned.at),
    onlyOneFor: capabilities.filter((capability) => (abilities.get(capability) ?? 0) - own <= 0),
  };
}

/** How many agents in service have each capability. */
function countAbilities(agents: Iterable<Agent>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const agent of agents) {
    if (!isInService(agent)) continue;
    for (const capability of agent.capabilities) counts.set(capability, (counts.get(capability) ?? 0) + 1);
  }
  return counts;
}

/** Reads tenants' signs; what was usual last week is remembered for an hour. */
export function signReader(control: Table, directory: AgentDirectory): SignReader {
  const usual = new LRUCache<string, { p95: number | undefined }>({ ...atMost(LIMITS.cachedTenants), ttl: USUAL_MS });
  const usualOf = async (tenant: string, now: number): Promise<number | undefined> => {
    const known = usual.get(tenant);
    if (known !== undefined) return known.p95;
    const hours = await readSeries(control, { tenant, series: WHOLE, level: "1h", from: windowOf("1h", now - WEEK_MS), to: windowOf("1h", now - WINDOW_MS["1h"]) }, now);
    const p95 = figuresIn(addTallies([...hours.values()])).attemptP95Ms;
    usual.set(tenant, { p95 });
    return p95;
  };
  return async (tenant, { waiting, now }) => {
    const [view, minutes, usualP95Ms] = await Promise.all([
      directory.of(tenant),
      loadWindows(control, { tenant, series: WHOLE, level: "1m", from: windowOf("1m", now - MINUTES * WINDOW_MS["1m"]), to: windowOf("1m", now) }),
      usualOf(tenant, now),
    ]);
    const abilities = countAbilities(view.agents.values());
    return { now, minutes, usualP95Ms, waiting, agents: [...view.agents.values()].map((agent) => signsOf(agent, { view, abilities })) };
  };
}

const QUEUES_AT_ONCE = 8;

/** A queue by the name that rules know it by. */
export interface NamedQueue {
  readonly name: string;
  readonly url: string;
}

/** Asks how many messages wait in each queue. */
export async function readQueues(depth: QueueDepth, { work, dead }: { work: readonly NamedQueue[]; dead: readonly NamedQueue[] }): Promise<SystemSigns> {
  const look = (queues: readonly NamedQueue[]): Promise<QueueSigns[]> =>
    mapConcurrent(queues, QUEUES_AT_ONCE, async ({ name, url }) => ({ name, waiting: await depth(url) }));
  return { work: await look(work), dead: await look(dead) };
}
