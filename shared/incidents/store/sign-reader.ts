import { backLooker } from "../../analytics/store/look-back.ts";
import type { AgentDirectory } from "../../agents/pool/agent-directory.ts";
import { type AgentInView, agentsInView } from "../../agents/pool/agents-in-view.ts";
import type { Table } from "../../aws/query.ts";
import { mapConcurrent } from "../../core/map-concurrent.ts";
import type { QueueDepth } from "../../execution/store/queue-depth.ts";
import type { AgentSigns, QueueSigns, SystemSigns, TenantSigns } from "../rules/signs.ts";

/** Reads the signs of a tenant, of which so many executions wait. */
export type SignReader = (tenant: string, known: { readonly waiting: number; readonly now: number }) => Promise<TenantSigns>;

function signsOf({ agent, breaker, onlyOneFor }: AgentInView): AgentSigns {
  const { agent_id: agentId, endpoint, status, quarantine, probe, learned } = agent;
  return {
    agentId,
    origin: new URL(endpoint).origin,
    status,
    isQuarantined: quarantine !== undefined,
    failedProbes: probe?.failures ?? 0,
    breaker,
    errorRate: learned?.error_rate ?? 0,
    learntAt: learned === undefined ? 0 : Date.parse(learned.at),
    onlyOneFor,
  };
}

/** Reads tenants' signs. */
export function signReader(control: Table, directory: AgentDirectory): SignReader {
  const lookBack = backLooker(control);
  return async (tenant, { waiting, now }) => {
    const [view, { minutes, hourCost, usual }] = await Promise.all([directory.of(tenant), lookBack(tenant, now)]);
    const agents = agentsInView(view).map(signsOf);
    return { now, minutes, usualP95Ms: usual.p95Ms, hourCost, usualHourCost: usual.hourCost, waiting, agents };
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
