import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { listAgents } from "../../../../shared/agents/store/agent-store.ts";
import { countExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { CallerView } from "../../../../shared/core/caller-view.ts";
import { OrchestratorError } from "../../../../shared/core/errors.ts";
import { ServiceHealth, ServiceReadiness } from "../../../../shared/core/service-health.ts";
import { ANY_CALLER, permissionsOf } from "../../../../shared/http/caller.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { CapacityView } from "../../../../shared/execution/views/capacity.ts";
import { workflowCapacity } from "../execution/queue-view.ts";
import { executionMetrics } from "../../../../shared/analytics/exposition.ts";
import { metricsSource } from "./analytics.ts";
import { agentGauges } from "../agents/agent-views.ts";
import { type ApiDeps, route } from "../../route.ts";

const health = route({
  method: "GET",
  path: "/health",
  operationId: "health",
  summary: "The function runs",
  permission: "public",
  reply: ServiceHealth,
  status: 200,
  run: async ({ deps }) => ({ body: { status: "healthy" as const, timestamp: deps.now().toISOString() } }),
});

/** A table is being made, or restored. */
class NotReadyError extends OrchestratorError {
  static override readonly code = "NotReady";
  override readonly recovery = "retry";

  constructor(options?: ErrorOptions) {
    super("a table is not active yet; try again in a few seconds", options);
  }
}

async function readiness(deps: ApiDeps) {
  const tables = [deps.executions.table, deps.definitions.table, deps.agents.table];
  const states = await Promise.all(
    tables.map(async (TableName) => {
      const { Table } = await deps.executions.db.send(new DescribeTableCommand({ TableName }));
      return Table?.TableStatus === "ACTIVE" || Table?.TableStatus === "UPDATING";
    }),
  );
  if (!states.every(Boolean)) throw new NotReadyError();
  return { body: { status: "ready" as const } };
}

const ready = route({
  method: "GET",
  path: "/ready",
  operationId: "ready",
  summary: "The stores answer",
  permission: "public",
  reply: ServiceReadiness,
  status: 200,
  run: ({ deps }) => readiness(deps),
});

const startup = route({
  method: "GET",
  path: "/startup",
  operationId: "startup",
  summary: "The deployment is complete",
  permission: "public",
  reply: ServiceReadiness,
  status: 200,
  run: ({ deps }) => readiness(deps),
});

const OPEN = ["submitted", "queued", "running", "paused"] as const;

/** Executions counted per open status; a status with more counts as this many. */
const COUNTED = 1000;

async function countByStatus(
  deps: ApiDeps,
  tenant: string,
  statuses: readonly ExecutionStatus[],
): Promise<Partial<Record<ExecutionStatus, number>>> {
  const counts = await Promise.all(
    statuses.map(async (status) => {
      return [status, await countExecutions(deps.executions, { tenant, status }, COUNTED)] as const;
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
  reply: CapacityView,
  status: 200,
  run: async ({ deps, caller }) => {
    const agents = await listAgents(deps.agents, caller.tenant);
    const able = agents.filter(({ status }) => status === "ACTIVE");
    return {
      body: {
        agents: { registered: agents.length, active: able.length },
        concurrent_tasks: able.reduce((sum, { max_concurrent_tasks: slots }) => sum + slots, 0),
        executions: await countByStatus(deps, caller.tenant, OPEN),
        workflows: await workflowCapacity(deps, caller.tenant),
      },
    };
  },
});

const metrics = route({
  method: "GET",
  path: "/metrics",
  operationId: "getMetrics",
  summary: "The tenant's metrics in the Prometheus text format, by the names of spec 004 §8.2",
  permission: "workflow:read",
  reply: { mediaType: "text/plain; version=0.0.4" },
  status: 200,
  run: async ({ deps, caller }) => {
    const { tenant } = caller;
    const [executions, registry, source] = await Promise.all([
      countByStatus(deps, tenant, ExecutionStatus.options),
      deps.directory.of(tenant),
      metricsSource(deps, tenant),
    ]);
    const lines = [
      "# HELP workflow_executions_recent Executions by status, at most 1000 counted each.",
      "# TYPE workflow_executions_recent gauge",
      ...Object.entries(executions).map(([status, count]) => `workflow_executions_recent{status="${status}"} ${count}`),
      ...executionMetrics(source),
      ...agentGauges(registry, deps.now().getTime()),
    ];
    return { body: `${lines.join("\n")}\n` };
  },
});

const me = route({
  method: "GET",
  path: "/api/v1/me",
  operationId: "getCaller",
  summary: "Who the token speaks for, and what it may do",
  permission: ANY_CALLER,
  reply: CallerView,
  status: 200,
  run: async ({ deps, caller }) => ({
    body: {
      tenant: caller.tenant,
      subject: caller.subject,
      roles: [...caller.roles],
      permissions: [...permissionsOf(caller)],
      is_deployment_admin: caller.tenant === deps.ownerTenant && caller.roles.includes("admin"),
    },
  }),
});

/** Probes, gauges, and who asks. */
export const SYSTEM_ROUTES = [health, ready, startup, capacity, metrics, me];
