import * as z from "zod";
import type { Page, PageRequest } from "../../aws/page.ts";
import { queryPage } from "../../aws/query.ts";
import type { ExecutionStore, TaskRef } from "./execution-store.ts";
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
