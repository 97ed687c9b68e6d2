import * as z from "zod";
import type { Page, PageRequest } from "../../aws/page.ts";
import { query, queryPage } from "../../aws/query.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
import type { ParkedReason, ParkedTaskView } from "../views/parked.ts";
import { executionPartition, PARKED_PREFIX, parkedPartition, TASK_PREFIX } from "./keys.ts";

/** A task that may wait for a person, and since when. Its row says whether it still does. */
export interface Waiting extends TaskRef {
  readonly since: string;
}

const InboxRow = z.object({ pk: z.string(), sk: z.string(), parkedAt: z.string() });

/** What waits for somebody of a tenant, oldest first; a moment behind. */
export async function listWaiting(store: ExecutionStore, tenant: string, page: PageRequest): Promise<Page<Waiting>> {
  const request = {
    IndexName: "byParked",
    KeyConditionExpression: "byParked = :partition",
    ExpressionAttributeValues: { ":partition": parkedPartition(tenant, "approval") },
    Limit: page.limit,
  };
  const found = await queryPage(store, request, page.after);
  const beginning = executionPartition(tenant, "");
  const rows = found.rows.map((item) => {
    const { pk, sk, parkedAt } = InboxRow.parse(item);
    const task = sk.slice((sk.startsWith(TASK_PREFIX) ? TASK_PREFIX : PARKED_PREFIX).length);
    return { tenant, execution: pk.slice(beginning.length), task, since: parkedAt };
  });
  return { rows, next: found.next };
}

const ParkedRow = z.object({
  pk: z.string(),
  sk: z.string(),
  byParked: z.string(),
  parkedAt: z.string(),
  workflowId: z.string().optional(),
});

/** What of a tenant is parked for a reason, oldest first; a moment behind. */
export async function listParked(
  store: ExecutionStore,
  { tenant, reason }: { readonly tenant: string; readonly reason: ParkedReason },
  { limit, after }: PageRequest,
): Promise<Page<ParkedTaskView>> {
  const beginning = executionPartition(tenant, "");
  const rows: ParkedTaskView[] = [];
  const found = query(store, {
    IndexName: "byParked",
    KeyConditionExpression: "byParked = :partition",
    // Holds may span tenants, so what they hold back lies together.
    FilterExpression: "begins_with(pk, :tenant)",
    ExpressionAttributeValues: { ":partition": parkedPartition(tenant, reason), ":tenant": beginning },
    ...(after === undefined ? {} : { ExclusiveStartKey: after }),
  });
  for await (const item of found) {
    const { pk, sk, byParked, parkedAt, workflowId } = ParkedRow.parse(item);
    rows.push({
      execution_id: pk.slice(beginning.length),
      task_id: sk.slice((sk.startsWith(TASK_PREFIX) ? TASK_PREFIX : PARKED_PREFIX).length),
      ...(workflowId === undefined ? {} : { workflow_id: workflowId }),
      reason,
      parked_since: parkedAt,
    });
    // Made of our own row: where DynamoDB stopped may be another tenant's.
    if (rows.length === limit) return { rows, next: { pk, sk, byParked, parkedAt } };
  }
  return { rows, next: undefined };
}
