/**
 * The registry as callers meet it: discovery through the API's handler over 10 000 agents on the embedded DynamoDB, a decision of the
 * pool with everything cached, and the memory that one agent takes in a warm function.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { ROUTES } from "../../functions/orchestrator-api/route-table.ts";
import { createRouter } from "../../functions/orchestrator-api/router.ts";
import { agentKey, agentsOfTenant } from "../../shared/agents/store/keys.ts";
import { batchWrite } from "../../shared/aws/batch-write.ts";
import { createAgentDirectory } from "../../shared/agents/pool/agent-directory.ts";
import { createAgentPool } from "../../shared/agents/pool/agent-pool.ts";
import type { AgentRequest } from "../../shared/agents/pool/agent-request.ts";
import { Standings } from "../../shared/agents/pool/agent-standing.ts";
import { AgentRow } from "../../shared/agents/agent.ts";
import { openTestDynamo } from "../fixtures/runtime/dynamo-tables.ts";
import { MemoryApi, proxyEvent } from "../fixtures/runtime/memory-api.ts";
import { agentOf, planOf, task, TENANT } from "../fixtures/runtime/memory-runtime.ts";

const AGENTS = 10_000;
const QUERIES = 2000;
const DECISIONS = 100_000;

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.floor(q * (sorted.length - 1))] ?? Number.NaN;

const dynamo = await openTestDynamo();
const agents = { db: dynamo.db, table: "agents" };
const now = (): Date => new Date();
const rows = Array.from({ length: AGENTS }, (_, index) =>
  AgentRow.parse(
    agentOf(`agent-${index}`, {
      capabilities: ["work", `skill-${index % 10}`, `skill-${10 + (index % 7)}`, `skill-${20 + (index % 3)}`],
      tags: [`tag-${index % 5}`],
      location: index % 2 === 0 ? "eu" : "us",
    }),
  ),
);
const puts = rows.map((row) => ({
  PutRequest: { Item: { ...agentKey(TENANT, row.agent_id), byTenant: agentsOfTenant(TENANT), ...row } },
}));
for (let start = 0; start < puts.length; start += 500)
  await batchWrite(dynamo.db, "agents", puts.slice(start, start + 500));

globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
const directory = createAgentDirectory(agents, now);
const started = performance.now();
await directory.of(TENANT);
const loadMs = performance.now() - started;

const handle = createRouter({ ...new MemoryApi().deps, agents, directory, now }, ROUTES);
const body = { capabilities: ["skill-3", "skill-12", "skill-21"], min_health_score: 0.8, location_preference: "eu" };
const discover = async (): Promise<void> => {
  const { statusCode } = await handle(proxyEvent("POST", "/api/v1/agents/discover", { body }));
  if (statusCode !== 200) throw new Error(String(statusCode));
};
await discover();
globalThis.gc?.();
const bytesPerAgent = (process.memoryUsage().heapUsed - before) / AGENTS;
const times: number[] = [];
for (let query = 0; query < QUERIES; query += 1) {
  const begun = performance.now();
  await discover();
  times.push(performance.now() - begun);
}
times.sort((a, b) => a - b);

const [drawn] = planOf([task("a")]).tasks;
if (drawn?.kind !== "agent") throw new Error("no task");
const pool = createAgentPool({
  store: agents,
  directory: createAgentDirectory(agents, () => new Date(0)),
  rules: async () => [],
  logger: new Logger({ logLevel: "SILENT" }),
  now: () => new Date(0),
  random: Math.random,
});
const role = { type: "worker", count: 1, capabilities: ["skill-3", "skill-12", "skill-21"], resources: {} };
const request: AgentRequest = {
  tenant: TENANT,
  execution: "exec_0123456789",
  role,
  task: { ...drawn, timeoutSeconds: 0 },
  tried: [],
  priority: "medium",
  routingKey: "k",
  messageId: "m",
};
for (let warm = 0; warm < 2000; warm += 1) await pool.assign(request);
const began = performance.now();
for (let decision = 0; decision < DECISIONS; decision += 1) await pool.assign(request);
const perDecision = ((performance.now() - began) * 1000) / DECISIONS;
const standings = new Standings(agents);
const ref = { tenant: TENANT, agentId: "agent-1" };
await standings.admit(ref, 0);
const admitted = performance.now();
for (let decision = 0; decision < DECISIONS; decision += 1) await standings.admit(ref, 0);
const perAdmission = ((performance.now() - admitted) * 1000) / DECISIONS;
await dynamo.stop();

console.table([
  {
    what: `discovery through the handler, ${AGENTS} agents`,
    measured: `p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms`,
    target: "p99 < 20 ms",
  },
  {
    what: "breaker decision, cached",
    measured: `${perAdmission.toFixed(2)} µs`,
    target: "< 10 µs",
  },
  {
    what: "whole assignment, breaker and reservations cached",
    measured: `${perDecision.toFixed(2)} µs`,
    target: "",
  },
  {
    what: "warm registry: heap per agent, whole agent and index",
    measured: `${Math.round(bytesPerAgent)} bytes${globalThis.gc === undefined ? " (run with --expose-gc)" : ""}`,
    target: "",
  },
  { what: `first load of ${AGENTS} agents`, measured: `${Math.round(loadMs)} ms`, target: "" },
]);
