import { Logger } from "@aws-lambda-powertools/logger";
import {
  type AgentPool,
  type AgentPoolDeps,
  type AttemptReport,
  createAgentPool,
} from "../../../shared/agents/pool/agent-pool.ts";
import type { AgentRequest } from "../../../shared/agents/pool/agent-request.ts";
import type { Agent } from "../../../shared/agents/agent.ts";
import { RoutingRule } from "../../../shared/agents/routing/routing.ts";
import { directoryOf } from "../../fixtures/runtime/memory-agents.ts";
import { agentOf, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { MemoryTables } from "../../fixtures/runtime/memory-table.ts";

const [drawn] = planOf([task("a")]).tasks;
if (drawn?.kind !== "agent") throw new Error("no task");

/** A task for any worker. */
export const agentTask = drawn;

/** What the task asks for. */
export const role = { type: "worker", count: 1, capabilities: ["work"], resources: {} };

/** Three agents, and as many pools over them as a test likes: each is a warm function of its own. */
export class PoolKit {
  readonly tables = new MemoryTables();
  readonly store = { db: this.tables.client, table: "agents" };
  now = START;
  registry: Agent[] = [agentOf("agent-a"), agentOf("agent-b"), agentOf("agent-c")];
  rules: RoutingRule[] = [];

  pool(more: Partial<AgentPoolDeps> = {}): AgentPool {
    return createAgentPool({
      store: this.store,
      directory: directoryOf(() => this.registry),
      rules: async () => this.rules,
      logger: new Logger({ logLevel: "SILENT" }),
      now: () => new Date(this.now),
      random: () => 0,
      ...more,
    });
  }
}

export const request = (more: Partial<AgentRequest> = {}): AgentRequest => ({
  tenant: TENANT,
  execution: "exec_0123456789",
  role,
  task: agentTask,
  tried: [],
  priority: "medium",
  routingKey: "exec_0123456789",
  messageId: "message",
  ...more,
});

/** The agent that gets the task, or why nobody does. */
export const nameOf = async (pool: AgentPool, more: Partial<AgentRequest> = {}): Promise<string> => {
  const assigned = await pool.assign(request(more));
  return "agent" in assigned ? assigned.agent.agent_id : assigned.reason;
};

/** A failure that is the agent's own; two of them open its breaker for 30 s. */
export const report = (agentId: string, more: Partial<AttemptReport> = {}): AttemptReport => ({
  tenant: TENANT,
  agentId,
  skill: undefined,
  ok: false,
  isAgentFault: true,
  wasCalled: true,
  circuitBreaker: true,
  breaker: { failureThreshold: 2, timeoutSeconds: 30 },
  ...more,
});

export const rule = (name: string, more: object): RoutingRule =>
  RoutingRule.parse({
    name,
    updated_at: "2026-11-21T10:00:00.000Z",
    updated_by: "ann",
    targets: ["agent-a"],
    ...more,
  });
