import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { LRUCache } from "lru-cache";
import * as z from "zod";
import type { AdmissionLimits, Occupancy, AdmissionSnapshot } from "../admission/admission.ts";
import { readEnv } from "../../core/config.ts";
import { LIMITS } from "../../core/limits.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { DEFAULTS } from "../../workflow/limits.ts";
import { ExecutionId } from "../../core/ids.ts";
import type { Execution } from "../execution.ts";
import { type ExecutionStore, submissionWrites } from "./execution-store.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { queryAll, queryPage } from "../../aws/query.ts";
import { QUEUES_PARTITION, queuePrefix, slotPartition, waitingPartition } from "./keys.ts";
import { enqueue, takeSlot } from "./slot-writes.ts";

const Count = (fallback: number) => z.coerce.number().int().positive().default(fallback);

/** The limits of this deployment, from its environment (spec 000). */
export function readAdmissionLimits(): AdmissionLimits {
  const env = readEnv({
    MAX_CONCURRENT_WORKFLOWS: Count(DEFAULTS.maxConcurrentWorkflows),
    MAX_CONCURRENT_WORKFLOWS_PER_TENANT: Count(DEFAULTS.maxConcurrentWorkflowsPerTenant),
    MAX_QUEUE_SIZE: Count(DEFAULTS.maxQueueSize),
  });
  return { total: env.MAX_CONCURRENT_WORKFLOWS, perTenant: env.MAX_CONCURRENT_WORKFLOWS_PER_TENANT, queue: env.MAX_QUEUE_SIZE };
}

/** Records a submission together with its slot, or its place in the queue. `stale`: it is on record, or the slot is gone. */
export function saveAdmitted(
  store: ExecutionStore,
  execution: Execution,
  limits: AdmissionLimits,
): Promise<CommitOutcome> {
  const { tenant, slot, queued } = execution;
  return store.committer.commit([
    ...submissionWrites(store, execution),
    ...(slot === undefined ? [] : takeSlot(store.table, { tenant, slot, limits })),
    ...(queued === undefined ? [] : enqueue(store.table, execution, queued)),
  ]);
}

/** Where a tenant stands, as it is. */
export async function loadAdmissionSnapshot(store: ExecutionStore, tenant: string): Promise<AdmissionSnapshot> {
  const [own, all, waiting] = await Promise.all([
    loadOccupancy(store, tenant),
    loadOccupancy(store),
    queryAll(store, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: { ":pk": QUEUES_PARTITION, ":prefix": queuePrefix(tenant) },
      ConsistentRead: true,
    }),
  ]);
  return { own, all, waiting: waiting.reduce((sum, row) => sum + QueueRow.parse(row).waiting, 0) };
}

/** Where a tenant stands: a second old at most, or as it is. */
export type AdmissionSnapshotReader = (tenant: string, options: { fresh: boolean }) => Promise<AdmissionSnapshot>;

/** Remembers pictures for a second, so that a burst of submissions reads them once. */
export function admissionSnapshots(store: ExecutionStore): AdmissionSnapshotReader {
  const known = new LRUCache<string, AdmissionSnapshot>({
    max: LIMITS.cachedTenants,
    ttl: EXECUTION_LIMITS.admissionCacheSeconds * 1000,
    fetchMethod: (tenant) => loadAdmissionSnapshot(store, tenant),
  });
  return async (tenant, { fresh }) => (await known.fetch(tenant, { forceRefresh: fresh })) ?? loadAdmissionSnapshot(store, tenant);
}

const SlotRow = z.object({ sk: z.string(), running: z.number() });
const QueueRow = z.object({ pk: z.string(), sk: z.string(), waiting: z.number() });

/** Executions under way of one tenant, or in all. */
export async function loadOccupancy(store: ExecutionStore, tenant?: string): Promise<Occupancy> {
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": slotPartition(tenant) },
    ConsistentRead: true,
  });
  return new Map(rows.map((row) => SlotRow.parse(row)).map(({ sk, running }) => [Number(sk), running]));
}

/** Tenants that have executions waiting. Counters at 0 are dropped when `prune` says so. */
export async function waitingTenants(store: ExecutionStore, { prune = false } = {}): Promise<readonly string[]> {
  const found = await queryAll(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": QUEUES_PARTITION },
    ConsistentRead: true,
  });
  const rows = found.map((row) => QueueRow.parse(row));
  if (prune) for (const { pk, sk, waiting } of rows) if (waiting === 0) await dropCounter(store, { pk, sk });
  return [...new Set(rows.flatMap(({ sk, waiting }) => (waiting > 0 ? [sk.slice(0, sk.indexOf("#"))] : [])))];
}

async function dropCounter({ db, table }: ExecutionStore, Key: { pk: string; sk: string }): Promise<void> {
  const isEmpty = { ConditionExpression: "waiting = :none", ExpressionAttributeValues: { ":none": 0 } };
  try {
    await db.send(new DeleteCommand({ TableName: table, Key, ...isEmpty }));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

const WaitingRow = z.object({ sk: z.string(), executionId: ExecutionId });

/** An execution that waits, and its place. */
export interface Waiting {
  readonly place: string;
  readonly execution: string;
}

/** The head of a tenant's queue, in the order in which they start. */
export async function listWaiting(store: ExecutionStore, tenant: string): Promise<readonly Waiting[]> {
  const { rows } = await queryPage(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": waitingPartition(tenant) },
    ConsistentRead: true,
    Limit: EXECUTION_LIMITS.queueHeads,
  });
  return rows.map((row) => WaitingRow.parse(row)).map(({ sk, executionId }) => ({ place: sk, execution: executionId }));
}

/** How many of its tenant start before an execution that waits. */
export async function countAhead(store: ExecutionStore, execution: Pick<Execution, "tenant" | "queued">): Promise<number> {
  const { tenant, queued } = execution;
  if (queued === undefined) return 0;
  const rows = await queryAll(store, {
    KeyConditionExpression: "pk = :pk AND sk < :place",
    ExpressionAttributeValues: { ":pk": waitingPartition(tenant), ":place": queued.key },
    ProjectionExpression: "sk",
    ConsistentRead: true,
  });
  return rows.length;
}
