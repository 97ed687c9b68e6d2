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
import { queryAll, queryPage, type Row } from "../../aws/query.ts";
import { QUEUE_PREFIX, slotPartition, waitingPartition } from "./keys.ts";
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

/** Where all tenants stand together. */
export interface Crowd {
  /** Executions under way by counter. */
  readonly all: Occupancy;
  /** Executions that wait, by tenant; of those that are mentioned some do. */
  readonly waiting: ReadonlyMap<string, number>;
}

const SlotRow = z.object({ sk: z.string(), running: z.number() });
const QueueRow = z.object({ pk: z.string(), sk: z.string(), waiting: z.number() });

const isQueueRow = ({ sk }: Row): boolean => String(sk).startsWith(QUEUE_PREFIX);
const tenantOf = ({ sk }: z.infer<typeof QueueRow>): string => sk.slice(QUEUE_PREFIX.length, sk.lastIndexOf("#"));

/** Where all tenants stand, as it is: one look. */
export async function loadCrowd(store: ExecutionStore): Promise<Crowd> {
  const rows = await countersOf(store);
  const waiting = new Map<string, number>();
  for (const row of rows.filter(isQueueRow).map((found) => QueueRow.parse(found))) {
    if (row.waiting > 0) waiting.set(tenantOf(row), (waiting.get(tenantOf(row)) ?? 0) + row.waiting);
  }
  return { all: occupancyIn(rows), waiting };
}

/** Where a tenant stands, as it is. */
export async function loadAdmissionSnapshot(store: ExecutionStore, tenant: string): Promise<AdmissionSnapshot> {
  const [own, crowd] = await Promise.all([loadOccupancy(store, tenant), loadCrowd(store)]);
  return snapshotOf(tenant, own, crowd);
}

const snapshotOf = (tenant: string, own: Occupancy, { all, waiting }: Crowd): AdmissionSnapshot => ({
  own,
  all,
  waiting: waiting.get(tenant) ?? 0,
});

/**
 * Where a tenant stands: as it is, or as far as was seen within the last second. What was not looked at is free then, and
 * nothing waits for it: the write that takes a slot knows better.
 */
export type AdmissionSnapshotReader = (tenant: string, options: { fresh: boolean }) => Promise<AdmissionSnapshot>;

/**
 * Remembers for a second what was seen, so that a burst of submissions that find no slot looks once, whichever tenants
 * they are of.
 */
export function admissionSnapshots(store: ExecutionStore): AdmissionSnapshotReader {
  const ttl = EXECUTION_LIMITS.admissionCacheSeconds * 1000;
  const crowds = new LRUCache<"all", Crowd>({ max: 1, ttl, fetchMethod: () => loadCrowd(store) });
  const look = async (): Promise<Crowd> => (await crowds.fetch("all", { forceRefresh: true })) ?? loadCrowd(store);
  const seen = new LRUCache<string, Occupancy>({ max: LIMITS.cachedTenants, ttl });
  return async (tenant, { fresh }) => {
    const [own, crowd] = await Promise.all([
      fresh ? loadOccupancy(store, tenant) : (seen.get(tenant) ?? UNSEEN),
      fresh ? look() : (crowds.get("all") ?? NO_CROWD),
    ]);
    if (fresh) seen.set(tenant, own);
    return snapshotOf(tenant, own, crowd);
  };
}

const UNSEEN: Occupancy = new Map();
const NO_CROWD: Crowd = { all: UNSEEN, waiting: new Map() };

/** Executions under way of one tenant, or in all. */
export const loadOccupancy = async (store: ExecutionStore, tenant?: string): Promise<Occupancy> => occupancyIn(await countersOf(store, tenant));

const countersOf = (store: ExecutionStore, tenant?: string): Promise<Row[]> =>
  queryAll(store, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": slotPartition(tenant) },
    ConsistentRead: true,
  });

function occupancyIn(rows: readonly Row[]): Occupancy {
  const slots = rows.filter((row) => !isQueueRow(row)).map((row) => SlotRow.parse(row));
  return new Map(slots.map(({ sk, running }) => [Number(sk), running]));
}

/** Drops counters of waiting executions that are at 0. */
export async function pruneQueues(store: ExecutionStore): Promise<void> {
  const rows = (await countersOf(store)).filter(isQueueRow).map((row) => QueueRow.parse(row));
  for (const { pk, sk, waiting } of rows) if (waiting === 0) await dropCounter(store, { pk, sk });
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
