import type { Command } from "commander";
import { RealtimeDashboard } from "../../../shared/analytics/views/realtime.ts";
import { Trends } from "../../../shared/analytics/views/trends.ts";
import { callApi } from "../client/api-client.ts";
import type { Session } from "../session.ts";
import { tableLines } from "../view/table.ts";

interface TrendOptions {
  readonly period: string;
  readonly workflow?: string;
  readonly version?: string;
  readonly agent?: string;
  readonly pattern?: string;
  readonly level?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `trends` and `overview`. */
export function addAnalyticsCommands(program: Command, session: Session): void {
  program
    .command("trends")
    .description("how executions went over a period: volume, durations, attempts, cost")
    .option("--period <period>", "last_1_hour, last_24_hours, last_7_days, last_30_days, last_90_days or <from>/<to>", "last_24_hours")
    .option("--workflow <name>", "of one workflow")
    .option("--version <version>", "of one version of that workflow")
    .option("--agent <id>", "of one agent")
    .option("--pattern <name>", "of one orchestration pattern")
    .option("--level <length>", "windows of 1m, 5m, 1h or 1d; by default what suits the period")
    .option("--all", "also the windows in which nothing ended")
    .option("--json", "as JSON")
    .action((options: TrendOptions) => showTrends(session, options));
  program
    .command("overview")
    .description("health, executions, agents and resources at this moment")
    .option("--json", "as JSON")
    .action(({ json }: { json?: true }) => showOverview(session, json === true));
}

async function showTrends(session: Session, options: TrendOptions): Promise<void> {
  const { period, workflow: workflow_id, version, agent: agent_id, pattern, level, all, json } = options;
  const query = { period, workflow_id, version, agent_id, pattern, level };
  const trends = await callApi(session.connection(), { path: "/api/v1/analytics/trends", query }, Trends);
  if (json === true) return session.print(JSON.stringify(trends, null, 2));
  const { workflow_volume: volumes = [], performance_trends: times = [], attempt_trends: attempts = [], cost_analysis: costs = [] } = trends.metrics;
  const columns = [
    { title: "FROM" },
    { title: "ENDED", align: "right" },
    { title: "FAILED", align: "right" },
    { title: "MEAN s", align: "right" },
    { title: "P95 s", align: "right" },
    { title: "TASKS", align: "right" },
    { title: "ATTEMPTS", align: "right" },
    { title: "COST", align: "right" },
    { title: "TOKENS", align: "right" },
  ] as const;
  const rows = volumes.flatMap((volume, index) => {
    const [time, attempt, cost] = [times[index], attempts[index], costs[index]];
    if (all !== true && volume.total_workflows === 0 && attempt?.tasks === 0) return [];
    return [
      [
        volume.timestamp,
        String(volume.total_workflows),
        String(volume.failed_workflows),
        figure(time?.avg_execution_time),
        figure(time?.p95_execution_time),
        String(attempt?.tasks ?? 0),
        String(attempt?.attempts ?? 0),
        cost?.total_cost ?? "-",
        String(cost?.tokens ?? 0),
      ],
    ];
  });
  if (rows.length === 0) return session.remark(`nothing ended within ${period}`);
  session.print(...tableLines(columns, rows, session.paint));
}

async function showOverview(session: Session, asJson: boolean): Promise<void> {
  const found = await callApi(session.connection(), { path: "/api/v1/dashboard/realtime" }, RealtimeDashboard);
  if (asJson) return session.print(JSON.stringify(found, null, 2));
  const { system_health: health, active_workflows: workflows, agent_ecosystem: agents, resource_metrics: resources } = found;
  const components = Object.entries(health.component_status).map(([name, status]) => `${name} ${status}`);
  const rate = workflows.success_rate_last_hour;
  session.print(
    `${health.overall_status}: ${components.join(", ")}`,
    `executions: ${workflows.total_running} running, ${resources.queue_depth} waiting, ${resources.throughput_workflows_per_minute.toFixed(1)} ended a minute`,
    `last hour: ${rate === null ? "nothing ended" : `${(rate * 100).toFixed(1)} % completed`}; service levels violated today: ${workflows.sla_violations_today}`,
    `agents: ${agents.healthy_agents} of ${agents.total_registered_agents} healthy${responseOf(agents.average_response_time_ms)}`,
  );
}

const responseOf = (milliseconds: number | null): string => (milliseconds === null ? "" : `, ${Math.round(milliseconds)} ms an attempt`);

const figure = (value: number | null | undefined): string => (value === null || value === undefined ? "-" : value.toFixed(1));
