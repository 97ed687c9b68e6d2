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
/** Days whose costs say what is usual, and how many of them must be known. */
const COST_DAYS = 14;
const KNOWN_DAYS = 3;

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

/** What was usual at this hour. */
interface Usual {
  readonly p95Ms: number | undefined;
  readonly hourCost: number | undefined;
}

async function readUsual(control: Table, tenant: string, now: number): Promise<Usual> {
  const stretch = { tenant, series: WHOLE, level: "1h", from: windowOf("1h", now - COST_DAYS * WINDOW_MS["1d"]), to: windowOf("1h", now - WINDOW_MS["1h"]) } as const;
  const hours = [...(await readSeries(control, stretch, now))];
  const lastWeek = hours.flatMap(([hour, tally]) => (Date.parse(hour) >= now - WEEK_MS ? [tally] : []));
  const costs = hours.flatMap(([hour, tally]) => (hour.slice(11, 13) === windowOf("1h", now).slice(11, 13) ? (figuresIn(tally).cost ?? []) : []));
  return { p95Ms: figuresIn(addTallies(lastWeek)).attemptP95Ms, hourCost: costs.length < KNOWN_DAYS ? undefined : medianOf(costs) };
}

const medianOf = (values: readonly number[]): number | undefined => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Reads tenants' signs; what was usual is remembered for an hour. */
export function signReader(control: Table, directory: AgentDirectory): SignReader {
  const usual = new LRUCache<string, Usual>({ ...atMost(LIMITS.cachedTenants), ttl: USUAL_MS });
  const usualOf = async (tenant: string, now: number): Promise<Usual> => {
    const key = `${tenant} ${windowOf("1h", now)}`;
    const known = usual.get(key) ?? (await readUsual(control, tenant, now));
    usual.set(key, known);
    return known;
  };
  return async (tenant, { waiting, now }) => {
    const [view, minutes, hour, { p95Ms: usualP95Ms, hourCost: usualHourCost }] = await Promise.all([
      directory.of(tenant),
      loadWindows(control, { tenant, series: WHOLE, level: "1m", from: windowOf("1m", now - MINUTES * WINDOW_MS["1m"]), to: windowOf("1m", now) }),
      loadWindows(control, { tenant, series: WHOLE, level: "5m", from: windowOf("5m", now - WINDOW_MS["1h"]), to: windowOf("5m", now) }),
      usualOf(tenant, now),
    ]);
    const abilities = countAbilities(view.agents.values());
    const hourCost = figuresIn(addTallies([...hour.values()])).cost;
    return { now, minutes, usualP95Ms, hourCost, usualHourCost, waiting, agents: [...view.agents.values()].map((agent) => signsOf(agent, { view, abilities })) };
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
