import { describe, expect, it } from "vitest";
import { learnFromEnds } from "../../../../functions/learn-durations/learn-durations.ts";
import { namedSeries } from "../../../../shared/analytics/store/aggregate-store.ts";
import { RealtimeDashboard } from "../../../../shared/analytics/views/realtime.ts";
import { Trends } from "../../../../shared/analytics/views/trends.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** An API at ten minutes past, after three executions have ended. */
async function afterThree(): Promise<MemoryApi> {
  const api = new MemoryApi();
  const { runtime } = api;
  for (const [index, status] of (["completed", "completed", "failed"] as const).entries()) {
    const executionId = `exec_000000000${index}`;
    const execution = await runtime.submit({ executionId, status, startedAt: at(0), completedAt: at(20 + index * 60) });
    await saveRow(runtime.executions, execution, {
      row: taskRow({ task: "a", state: status, attempt: 2, agentId: "agent-x", dispatchedAt: at(0), settledAt: at(10) }),
    });
    const { db, table } = api.deps.definitions;
    const deps = { executions: runtime.executions, aggregates: { db, table }, known: namedSeries() };
    await learnFromEnds(deps, [{ tenant: TENANT, execution_id: executionId }]);
  }
  runtime.time = START + 600_000;
  return api;
}

const queryOf = (query: string): Record<string, string> => Object.fromEntries(new URLSearchParams(query));

const trendsOf = async (api: MemoryApi, query: string): Promise<Trends> =>
  Trends.parse((await api.call("GET", "/api/v1/analytics/trends", { query: queryOf(query) })).json);

describe("trends", () => {
  it("have every window of the period, with zeros and nulls where nothing ended", async () => {
    const { metrics, level } = await trendsOf(await afterThree(), "period=last_1_hour");
    expect(level).toBe("1m");
    expect(metrics.workflow_volume).toHaveLength(61);
    expect(metrics.workflow_volume?.filter(({ total_workflows: count }) => count > 0).map(({ timestamp, failed_workflows: failed }) => [timestamp, failed])).toEqual([
      [at(0), 0],
      [at(60), 0],
      [at(120), 1],
    ]);
    expect(metrics.performance_trends?.[0]).toEqual({ timestamp: at(-3000), avg_execution_time: null, p95_execution_time: null, throughput: 0 });
  });

  it.each([
    { query: "workflow_id=drawn", total: 3 },
    { query: "workflow_id=drawn&version=1.0", total: 3 },
    { query: "workflow_id=other", total: 0 },
    { query: "level=1h", total: 3 },
    { query: "period=last_7_days", total: 3 },
    { query: "period=last_90_days", total: 3 },
  ])("are those of $query", async ({ query, total }) => {
    const { metrics } = await trendsOf(await afterThree(), query);
    expect(metrics.workflow_volume?.reduce((sum, { total_workflows: count }) => sum + count, 0)).toBe(total);
  });

  it("of an agent tell its attempts, and hold what was asked for only", async () => {
    const { metrics } = await trendsOf(await afterThree(), "agent_id=agent-x&metrics=attempt_trends");
    expect(Object.keys(metrics)).toEqual(["attempt_trends"]);
    expect(metrics.attempt_trends?.find(({ tasks }) => tasks > 0)).toMatchObject({ tasks: 3, attempts: 6, avg_response_time_ms: 10_000, success_rate: 2 / 6 });
  });

  it.each([
    { query: "period=yesterday", field: "query.period" },
    { query: "metrics=volume", field: "query.metrics" },
    { query: "version=1.0", field: "query.version" },
    { query: "workflow_id=w&agent_id=a", field: "query.workflow_id" },
    { query: "workflow_id=w&level=1m", field: "query.level" },
    { query: "period=last_90_days&level=5m", field: "query.level" },
    { query: "perod=last_1_hour", field: "query" },
  ])("refuse $query and name what is wrong", async ({ query, field }) => {
    const { statusCode, json } = await new MemoryApi().call("GET", "/api/v1/analytics/trends", { query: queryOf(query) });
    expect(statusCode).toBe(400);
    expect(JSON.stringify(json["errors"])).toContain(field);
  });

  it("are no other tenant's", async () => {
    const api = await afterThree();
    const { json } = await api.call("GET", "/api/v1/analytics/trends", { tenant: "other" });
    expect(Trends.parse(json).metrics.workflow_volume?.every(({ total_workflows: count }) => count === 0)).toBe(true);
  });
});

describe("the dashboard of this moment", () => {
  it("shows what is known and nothing more", async () => {
    const api = await afterThree();
    expect(RealtimeDashboard.parse((await api.call("GET", "/api/v1/dashboard/realtime")).json)).toMatchObject({
      system_health: { overall_status: "degraded", component_status: { orchestrator: "degraded", scheduler: "healthy", message_broker: "unknown" } },
      active_workflows: { total_running: 0, success_rate_last_hour: 2 / 3, sla_violations_today: 0 },
      agent_ecosystem: { total_registered_agents: 0, average_response_time_ms: 10_000, top_performing_agents: [] },
      resource_metrics: { cpu_utilization: null, queue_depth: 0, throughput_workflows_per_minute: 0 },
    });
  });

  it("is calm when nothing has happened", async () => {
    expect(RealtimeDashboard.parse((await new MemoryApi().call("GET", "/api/v1/dashboard/realtime")).json)).toMatchObject({
      system_health: { overall_status: "healthy" },
      active_workflows: { success_rate_last_hour: null, average_execution_time_minutes: null },
    });
  });
});

describe("/metrics", () => {
  it("counts what ended by pattern and status", async () => {
    const { body } = await (await afterThree()).call("GET", "/metrics");
    expect(body).toContain('workflow_executions_total{pattern="supervisor",status="completed"} 2');
    expect(body).toContain('workflow_execution_duration_seconds_count{pattern="supervisor"} 3');
    expect(body).toContain("workflow_queue_depth 0");
  });
});
