import * as z from "zod";
import { listByStatus } from "../../../../shared/execution/store/execution-queries.ts";
import { standingOf } from "../../../../shared/agents/agent-health.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import { type ClusterStatus, type QueueSummary, ResourceStatus } from "../../../../shared/execution/views/capacity.ts";
import { type ApiDeps, route } from "../../route.ts";

/** What agents may say of their machines in `metadata`; there is no other source. */
const Machines = z.object({
  cpu_cores: z.number().nonnegative().optional().catch(undefined),
  memory_gb: z.number().nonnegative().optional().catch(undefined),
  storage_tb: z.number().nonnegative().optional().catch(undefined),
});
const machinesOf = ({ metadata }: Agent) => Machines.parse(metadata ?? {});

const percent = (fraction: number | undefined): string | null =>
  fraction === undefined ? null : `${Math.round(fraction * 100)}%`;

/** Nothing known is `null`, never 0. */
const total = (values: readonly (number | undefined)[]): number | null => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
};

const mean = (values: readonly (number | undefined)[]): number | undefined => {
  const sum = total(values);
  return sum === null ? undefined : sum / values.filter((value) => value !== undefined).length;
};

function clusterStatus(agents: readonly Agent[], now: number): ClusterStatus {
  const standings = new Map(agents.map((agent) => [agent.agent_id, standingOf(agent, now)]));
  const isActive = ({ agent_id: id, quarantine }: Agent): boolean =>
    standings.get(id)?.status === "ACTIVE" && quarantine === undefined;
  const zones = Map.groupBy(agents, ({ location }) => location ?? "unknown");
  return {
    total_capacity: {
      agents: agents.length,
      concurrent_tasks: agents.reduce((sum, { max_concurrent_tasks: slots }) => sum + slots, 0),
      cpu_cores: total(agents.map((agent) => machinesOf(agent).cpu_cores)),
      memory_gb: total(agents.map((agent) => machinesOf(agent).memory_gb)),
      storage_tb: total(agents.map((agent) => machinesOf(agent).storage_tb)),
    },
    current_utilization: {
      agents_active: agents.filter(isActive).length,
      cpu_usage: percent(mean(agents.map(({ metrics }) => metrics?.cpu_usage))),
      memory_usage: percent(mean(agents.map(({ metrics }) => metrics?.memory_usage))),
      // Agents report no disks.
      storage_usage: null,
    },
    availability_zones: [...zones]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([zone, members]) => {
        const active = members.filter(isActive).length;
        const status = active === members.length ? "healthy" : active > 0 ? "degraded" : "unhealthy";
        return { zone, agents: members.length, status };
      }),
  };
}

/** Executions looked at; a longer queue counts as this many. */
const COUNTED = 1000;

async function queueStatus(deps: ApiDeps, tenant: string): Promise<QueueSummary> {
  const [submitted = [], queued = [], running = []] = await Promise.all(
    (["submitted", "queued", "running"] as const).map((status) =>
      listByStatus(deps.executions, { tenant, status, limit: COUNTED }),
    ),
  );
  const pending = [...submitted, ...queued];
  const count = (priority: Execution["priority"]): number =>
    pending.filter((execution) => execution.priority === priority).length;
  return {
    pending_workflows: pending.length,
    estimated_wait_time_minutes: waitMinutes(pending, running),
    priority_breakdown: {
      critical: count("critical"),
      high: count("high"),
      medium: count("medium"),
      low: count("low"),
    },
  };
}

/** The work in front of a newcomer, shared by as many workflows as run side by side now. */
function waitMinutes(pending: readonly Pick<Execution, "estimatedSeconds">[], running: readonly unknown[]): number {
  const seconds = pending.reduce((sum, { estimatedSeconds }) => sum + estimatedSeconds, 0);
  return Math.ceil(seconds / Math.max(1, running.length) / 60);
}

const status = route({
  method: "GET",
  path: "/api/v1/resources/status",
  operationId: "getResourceStatus",
  summary: "Capacity, utilisation, zones and queue (spec 000); what no agent reports is null",
  permission: "resource:read",
  reply: ResourceStatus,
  status: 200,
  run: async ({ deps, caller }) => {
    const { agents } = await deps.directory.of(caller.tenant);
    const present = [...agents.values()].filter(({ status: state }) => state !== "DECOMMISSIONED");
    const cluster_status = clusterStatus(present, deps.now().getTime());
    return { body: { cluster_status, queue_status: await queueStatus(deps, caller.tenant) } };
  },
});

/** Resources. */
export const RESOURCE_ROUTES = [status];
