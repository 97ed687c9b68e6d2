import type { DispatchRef } from "../schemas/messages.ts";

/** Primary key of a row. */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Every row of one execution. */
export const executionPartition = (tenant: string, execution: string): string => `T#${tenant}#X#${execution}`;

export const TASK_PREFIX = "TASK#";
export const EVENT_PREFIX = "EVT#";

/** Head of an execution. */
export const metaKey = (tenant: string, execution: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: "META",
});

/** Counters of an execution. */
export const progressKey = (tenant: string, execution: string): Key => ({
  pk: executionPartition(tenant, execution),
  sk: "PROGRESS",
});

/** One task of an execution. */
export const taskKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${TASK_PREFIX}${task}`,
});

/** One event of an execution; rows sort by time. */
export const eventKey = (tenant: string, execution: string, event: { at: string; id: string }): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `${EVENT_PREFIX}${event.at}#${event.id}`,
});

/** A task that waits. */
export const parkedKey = ({ tenant, execution, task }: Pick<DispatchRef, "tenant" | "execution" | "task">): Key => ({
  pk: executionPartition(tenant, execution),
  sk: `PARK#${task}`,
});

/** Indexes over execution heads. */
export const executionIndexKeys = (tenant: string, status: string, workflowId: string) => ({
  byTenant: `T#${tenant}#X`,
  byStatus: `T#${tenant}#S#${status}`,
  byWorkflow: `T#${tenant}#W#${workflowId}`,
});

/** Partitions of the index over unfinished executions of all tenants: more than one, so that none runs hot. */
const OPEN_SHARDS = 8;

/** All partitions of `byOpen`. */
export const openPartitions: readonly string[] = Array.from({ length: OPEN_SHARDS }, (_, shard) => `OPEN#${shard}`);

/** Partition of `byOpen` that an unfinished execution belongs to. */
export const openPartition = (execution: string): string => `OPEN#${(execution.codePointAt(execution.length - 1) ?? 0) % OPEN_SHARDS}`;

/** A registered agent. */
export const agentKey = (tenant: string, agentId: string): Key => ({ pk: `T#${tenant}#A#${agentId}`, sk: "AGENT" });

/** All agents of a tenant, as partition of the agents index. */
export const agentsOfTenant = (tenant: string): string => `T#${tenant}#AGENTS`;

/** A workflow's newest definition. */
export const latestDefinitionKey = (tenant: string, name: string): Key => ({ pk: `T#${tenant}#W#${name}`, sk: "LATEST" });

/** One version of a workflow. */
export const definitionKey = (tenant: string, name: string, version: string): Key => ({
  pk: `T#${tenant}#W#${name}`,
  sk: `V#${version}`,
});

/** All workflows of a tenant, as partition of the control index. */
export const workflowsOfTenant = (tenant: string): string => `T#${tenant}#WORKFLOWS`;
