import { afterAll, describe, expect, it } from "vitest";
import type { RealtimeDashboard } from "../../../shared/analytics/views/realtime.ts";
import { type Trends, viewTrends } from "../../../shared/analytics/views/trends.ts";
import { json, startFakeApi } from "./fake-api.ts";
import { openShell } from "./shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const envOf = ({ connection: { url, token } }: { connection: { url: string; token: string } }) => ({ A2A_URL: url, A2A_TOKEN: token });

const windows = ["2026-11-29T10:00:00.000Z", "2026-11-29T11:00:00.000Z"];
const trendsOf = (tally: Record<string, number>): Trends =>
  viewTrends(
    { period: "last_7_days", level: "1h", minutes: 60, windows, metrics: ["workflow_volume", "performance_trends", "cost_analysis", "attempt_trends"] },
    new Map([["2026-11-29T11:00:00.000Z", tally]]),
  );

const overview: RealtimeDashboard = {
  system_health: {
    overall_status: "degraded",
    component_status: { orchestrator: "degraded", scheduler: "healthy", state_store: "healthy", message_broker: "unknown" },
  },
  active_workflows: { total_running: 3, success_rate_last_hour: 0.5, average_execution_time_minutes: 1, sla_violations_today: 2 },
  agent_ecosystem: { total_registered_agents: 4, healthy_agents: 3, average_response_time_ms: 120.4, top_performing_agents: [] },
  resource_metrics: { cpu_utilization: null, memory_utilization: null, queue_depth: 7, throughput_workflows_per_minute: 1.25 },
  timestamp: "2026-11-29T11:00:00.000Z",
};

describe("a2a trends", () => {
  it("shows the windows in which something ended", async () => {
    await using api = await startFakeApi({ "GET /dev/api/v1/analytics/trends": json(200, trendsOf({ n: 2, f: 1, s: 9000, e20: 3, k: 4, t: 5, u: 1, x: 500_000, m: 1, o: 900 })) });
    const { code, out } = await shell.run(["trends", "--period", "last_7_days", "--workflow", "w", "--version", "1.0"], { env: envOf(api) });
    expect(code).toBe(0);
    const [title, row, ...rest] = out.trimEnd().split("\n");
    expect(title).toMatch(/^FROM +ENDED +FAILED +MEAN s +P95 s +TASKS +ATTEMPTS +COST +TOKENS$/);
    expect(row).toMatch(/^2026-11-29T11:00:00\.000Z +3 +1 +3\.0 +\S+ +4 +5 +\$0\.50 +900$/);
    expect(rest).toEqual([]);
    expect(api.seen[0]?.line).toBe("GET /dev/api/v1/analytics/trends?period=last_7_days&workflow_id=w&version=1.0");
  });

  it("says so when nothing ended, and shows all windows when asked to", async () => {
    await using api = await startFakeApi({ "GET /dev/api/v1/analytics/trends": json(200, trendsOf({})) });
    expect((await shell.run(["trends"], { env: envOf(api) })).err).toBe("nothing ended within last_24_hours\n");
    expect((await shell.run(["trends", "--all"], { env: envOf(api) })).out.trimEnd().split("\n")).toHaveLength(3);
  });
});

describe("a2a overview", () => {
  it("shows health, executions and agents at a glance", async () => {
    await using api = await startFakeApi({ "GET /dev/api/v1/dashboard/realtime": json(200, overview) });
    expect((await shell.run(["overview"], { env: envOf(api) })).out).toBe(
      [
        "degraded: orchestrator degraded, scheduler healthy, state_store healthy, message_broker unknown",
        "executions: 3 running, 7 waiting, 1.3 ended a minute",
        "last hour: 50.0 % completed; service levels violated today: 2",
        "agents: 3 of 4 healthy, 120 ms an attempt",
        "",
      ].join("\n"),
    );
  });
});
