import { lowerBound } from "../../../../shared/analytics/confidence.ts";
import { type Figures, figuresIn } from "../../../../shared/analytics/figures.ts";
import { WHOLE } from "../../../../shared/analytics/series.ts";
import { readSeries } from "../../../../shared/analytics/store/read-series.ts";
import { addTallies, type Tally } from "../../../../shared/analytics/tally.ts";
import { type ComponentStatus, RealtimeDashboard } from "../../../../shared/analytics/views/realtime.ts";
import { windowOf } from "../../../../shared/analytics/windows.ts";
import { isInService, standingOf } from "../../../../shared/agents/agent-health.ts";
import type { Agent } from "../../../../shared/agents/agent.ts";
import { workflowCapacity } from "../execution/queue-view.ts";
import { type ApiDeps, route } from "../../route.ts";
import { aggregatesOf } from "./analytics.ts";

/** From here on something is wrong with a component (the alert rules of the same names). */
const DEGRADED = { failureShare: 0.05, queued: 500, readMs: 100 } as const;
const TOP_AGENTS = 5;
const MINUTE = 60_000;

const realtime = route({
  method: "GET",
  path: "/api/v1/dashboard/realtime",
  operationId: "getRealtimeDashboard",
  summary: "Health, executions, agents and resources at this moment (spec 000); what nothing measures is null or 'unknown'",
  permission: "analytics:read",
  reply: RealtimeDashboard,
  status: 200,
  run: async ({ deps, caller }) => ({ body: await lookNow(deps, caller.tenant) }),
});

async function lookNow(deps: ApiDeps, tenant: string): Promise<RealtimeDashboard> {
  const began = deps.now().getTime();
  const [capacity, day] = await Promise.all([workflowCapacity(deps, tenant), today(deps, tenant, began)]);
  const readMs = deps.now().getTime() - began;
  const now = deps.now();
  const { agents } = await deps.directory.of(tenant);
  const present = [...agents.values()].filter(({ status }) => status !== "DECOMMISSIONED");
  const healthy = present.filter((agent) => isInService({ ...agent, ...standingOf(agent, now.getTime()) })).length;
  const hour = figuresSince(day, began - 60 * MINUTE);
  const components = {
    orchestrator: judge(lowerBound(hour.failed, hour.completed + hour.failed) > DEGRADED.failureShare),
    scheduler: judge(capacity.waiting > DEGRADED.queued),
    state_store: judge(readMs > DEGRADED.readMs),
    message_broker: "unknown" as const,
  };
  return {
    system_health: { overall_status: judge(Object.values(components).includes("degraded")), component_status: components },
    active_workflows: {
      total_running: capacity.running,
      success_rate_last_hour: hour.successRate ?? null,
      average_execution_time_minutes: hour.meanSeconds === undefined ? null : hour.meanSeconds / 60,
      sla_violations_today: figuresSince(day, 0).violations,
    },
    agent_ecosystem: {
      total_registered_agents: present.length,
      healthy_agents: healthy,
      average_response_time_ms: hour.attemptMeanMs ?? null,
      top_performing_agents: bestOf(present),
    },
    resource_metrics: {
      cpu_utilization: meanOf(present.map(({ metrics }) => metrics?.cpu_usage)),
      memory_utilization: meanOf(present.map(({ metrics }) => metrics?.memory_usage)),
      queue_depth: capacity.waiting,
      throughput_workflows_per_minute: figuresSince(day, began - 5 * MINUTE).ended / 5,
    },
    timestamp: now.toISOString(),
  };
}

const judge = (isBad: boolean): ComponentStatus => (isBad ? "degraded" : "healthy");

/** Windows of five minutes, from midnight (UTC) or an hour ago, whichever is longer ago. */
function today(deps: ApiDeps, tenant: string, now: number): Promise<Map<string, Tally>> {
  const from = windowOf("5m", Math.min(Date.parse(windowOf("1d", now)), now - 60 * MINUTE));
  return readSeries(aggregatesOf(deps), { tenant, series: WHOLE, level: "5m", from, to: windowOf("5m", now) }, now);
}

function figuresSince(windows: ReadonlyMap<string, Tally>, since: number): Figures {
  return figuresIn(addTallies([...windows].flatMap(([window, tally]) => (Date.parse(window) >= since ? [tally] : []))));
}

/** Those that were judged, by success and then by their median latency. */
function bestOf(agents: readonly Agent[]): RealtimeDashboard["agent_ecosystem"]["top_performing_agents"] {
  const judged = agents.flatMap(({ agent_id, learned: { success_rate, latency_ms: avg_response_time } = {} }) =>
    success_rate === undefined || avg_response_time === undefined ? [] : [{ agent_id, success_rate, avg_response_time }],
  );
  return judged.toSorted((a, b) => b.success_rate - a.success_rate || a.avg_response_time - b.avg_response_time).slice(0, TOP_AGENTS);
}

/** Of shares, in percent; nothing reported is null. */
function meanOf(shares: readonly (number | undefined)[]): number | null {
  const known = shares.filter((share) => share !== undefined);
  return known.length === 0 ? null : Math.round((known.reduce((sum, share) => sum + share, 0) / known.length) * 100);
}

/** What dashboards show. */
export const DASHBOARD_ROUTES = [realtime];
