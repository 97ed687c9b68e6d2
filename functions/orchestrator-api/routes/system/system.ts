import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { listAgents } from "../../../../shared/agents/store/agent-store.ts";
import { listExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { problem, reply } from "../../../../shared/http/problem.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { workflowCapacity } from "../execution/queue-view.ts";
import { agentGauges } from "../agents/agent-views.ts";
import { type ApiDeps, route } from "../../route.ts";

const health = route({
  method: "GET",
  path: "/health",
  operationId: "health",
  summary: "The function runs",
  permission: "public",
  status: 200,
  run: async ({ deps }) => reply(200, { status: "healthy", timestamp: deps.now().toISOString() }),
});

async function readiness(deps: ApiDeps) {
  const tables = [deps.executions.table, deps.definitions.table, deps.agents.table];
  const states = await Promise.all(
    tables.map(async (TableName) => {
      const { Table } = await deps.executions.db.send(new DescribeTableCommand({ TableName }));
      return Table?.TableStatus === "ACTIVE" || Table?.TableStatus === "UPDATING";
    }),
  );
  const detail = "a table is not active yet; try again in a few seconds";
  return states.every(Boolean)
    ? reply(200, { status: "ready" })
    : problem(503, { code: "NotReady", title: "the service is not ready", detail });
}

const ready = route({
  method: "GET",
  path: "/ready",
  operationId: "ready",
  summary: "The stores answer",
  permission: "public",
  status: 200,
  run: ({ deps }) => readiness(deps),
});

const startup = route({
  method: "GET",
  path: "/startup",
  operationId: "startup",
  summary: "The deployment is complete",
  permission: "public",
  status: 200,
  run: ({ deps }) => readiness(deps),
});

const OPEN = ["submitted", "queued", "running", "paused"] as const;

/** Executions counted per open status; a status with more counts as this many. */
const COUNTED = 1000;

async function countByStatus(deps: ApiDeps, tenant: string, statuses: readonly ExecutionStatus[]) {
  const counts = await Promise.all(
    statuses.map(async (status) => {
      const { rows } = await listExecutions(deps.executions, { tenant, status }, { limit: COUNTED });
      return [status, rows.length] as const;
    }),
  );
  return Object.fromEntries(counts);
}

const capacity = route({
  method: "GET",
  path: "/api/v1/capacity",
  operationId: "getCapacity",
  summary: "Agents able to work, executions under way, and how many more may start",
  permission: "workflow:read",
  status: 200,
  run: async ({ deps, caller }) => {
    const agents = await listAgents(deps.agents, caller.tenant);
    const able = agents.filter(({ status }) => status === "ACTIVE");
    return reply(200, {
      agents: { registered: agents.length, active: able.length },
      concurrent_tasks: able.reduce((sum, { max_concurrent_tasks: slots }) => sum + slots, 0),
      executions: await countByStatus(deps, caller.tenant, OPEN),
      workflows: await workflowCapacity(deps, caller.tenant),
    });
  },
});

const metrics = route({
  method: "GET",
  path: "/metrics",
  operationId: "getMetrics",
  summary: "The tenant's gauges in the Prometheus text format",
  permission: "workflow:read",
  status: 200,
  run: async ({ deps, caller }) => {
    const { tenant } = caller;
    const [executions, registry] = await Promise.all([
      countByStatus(deps, tenant, ExecutionStatus.options),
      deps.directory.of(tenant),
    ]);
    const lines = [
      "# HELP workflow_executions_recent Executions by status, at most 1000 counted each.",
      "# TYPE workflow_executions_recent gauge",
      ...Object.entries(executions).map(([status, count]) => `workflow_executions_recent{status="${status}"} ${count}`),
      ...agentGauges(registry, deps.now().getTime()),
    ];
    const text = reply(200, null, { "content-type": "text/plain; version=0.0.4" });
    return { ...text, body: `${lines.join("\n")}\n` };
  },
});

/** Probes and gauges. */
export const SYSTEM_ROUTES = [health, ready, startup, capacity, metrics];
