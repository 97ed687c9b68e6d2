import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { Priority } from "../../workflow/definition/task-definition.ts";
import { Execution, type ExecutionStatus, Progress } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { TaskRecord, TaskState } from "../task/task-record.ts";
import { type ExecutionStore, loadTasks } from "./execution-store.ts";
import { executionPartition, hasOwnEntries, progressKey, statusPartition, TASK_PREFIX, tenantPartition, workflowPartition } from "./keys.ts";
import { keyName } from "../../aws/key.ts";
import type { Page, PageRequest } from "../../aws/page.ts";
import { query, queryPage, type Row } from "../../aws/query.ts";
import type { CursorShape } from "../../http/request.ts";
import { readAll } from "../../aws/read-all.ts";

/** Tasks of an execution, by id. */
export async function listTasks(
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  page: PageRequest,
): Promise<Page<TaskRecord>> {
  const { rows, next } = await queryRows(store, at, { prefix: TASK_PREFIX, ...page });
  return { rows: rows.map((row) => TaskRecord.parse(row)), next };
}

/** Every task of an execution whose name begins so, page by page. */
export async function* allTasks(store: ExecutionStore, at: { tenant: string; execution: string }, beginning = "") {
  for await (const row of allTaskRows(store, at, beginning)) yield TaskRecord.parse(row);
}

/** The same rows as they lie in the table, whether or not they still are rows of tasks. */
export async function* allTaskRows(store: ExecutionStore, at: { tenant: string; execution: string }, beginning = "") {
  yield* everyRow(store, at, { prefix: `${TASK_PREFIX}${beginning}` });
}

/** Rows of an execution's tasks, by task: of those that are named, else of all. */
export async function taskRows(
  store: ExecutionStore,
  { tenant, execution }: { tenant: string; execution: string },
  named?: readonly string[],
): Promise<ReadonlyMap<string, TaskRecord>> {
  const rows = new Map<string, TaskRecord>();
  if (named === undefined) for await (const record of allTasks(store, { tenant, execution })) rows.set(record.task, record);
  else {
    const found = await loadTasks(store, named.map((task) => ({ tenant, execution, task })));
    for (const record of found.values()) rows.set(record.task, record);
  }
  return rows;
}

/** Counters of an execution, a moment behind; empty before the first event was projected. */
export async function loadProgress(store: ExecutionStore, tenant: string, execution: string): Promise<Progress> {
  const key = progressKey(tenant, execution);
  const { Item = {} } = await store.db.send(new GetCommand({ TableName: store.table, Key: key, ConsistentRead: true }));
  const counts = TaskState.options.flatMap((state) => {
    const count: unknown = Item[`count_${state}`];
    return typeof count === "number" && count !== 0 ? [[state, count] as const] : [];
  });
  return Progress.parse({ byState: Object.fromEntries(counts), lastEventAt: Item["lastEventAt"] });
}

/** Which executions of a tenant: all, those of a workflow, or those in a status. */
export interface ExecutionFilter {
  readonly tenant: string;
  readonly workflowId?: string | undefined;
  readonly status?: ExecutionStatus | undefined;
}

/** The index that answers a filter, and the partition of it. */
export function indexOf({ tenant, workflowId, status }: ExecutionFilter): ChosenIndex {
  if (workflowId !== undefined) return { index: "byWorkflow", partition: workflowPartition(tenant, workflowId) };
  const partition = status === undefined ? undefined : statusPartition(tenant, status);
  return partition === undefined ? { index: "byTenant", partition: tenantPartition(tenant) } : { index: "byStatus", partition };
}

interface ChosenIndex {
  readonly index: "byTenant" | "byStatus" | "byWorkflow";
  readonly partition: string;
}

/** Cursors of a listing of executions. */
export function executionCursor(filter: ExecutionFilter): CursorShape {
  const { index, partition } = indexOf(filter);
  return { pk: executionPartition(filter.tenant, ""), sk: "=META", [index]: `=${partition}`, submittedAt: "" };
}

/** How many executions fit a filter, counted up to `most`; completed ones among as many as a search looks at. */
export async function countExecutions(store: ExecutionStore, filter: Omit<ExecutionFilter, "workflowId">, most: number): Promise<number> {
  if (filter.status !== undefined && !hasOwnEntries(filter.status)) return countHeads(store, filter, most);
  const { index, partition } = indexOf(filter);
  const { Count = 0 } = await store.db.send(
    new QueryCommand({
      TableName: store.table,
      IndexName: index,
      KeyConditionExpression: "#partition = :partition",
      ExpressionAttributeNames: { "#partition": index },
      ExpressionAttributeValues: { ":partition": partition },
      ScanIndexForward: false,
      Select: "COUNT",
      Limit: most,
    }),
  );
  return Count;
}

/** Counts by reading: at most as many as a search looks at. */
async function countHeads(store: ExecutionStore, filter: ExecutionFilter, most: number): Promise<number> {
  let [counted, looked] = [0, 0];
  let after: Page<Row>["next"];
  do {
    const limit = Math.min(most, EXECUTION_LIMITS.searchedAtOnce);
    const page = await listExecutions(store, filter, { limit, after });
    counted += page.rows.length;
    looked += limit;
    after = page.next;
  } while (after !== undefined && counted < most && looked < EXECUTION_LIMITS.searchedPerPage);
  return Math.min(counted, most);
}

/** Executions, newest first. Where they are asked for by status, pages may hold fewer rows than asked for. */
export async function listExecutions(
  store: ExecutionStore,
  filter: ExecutionFilter,
  page: PageRequest,
): Promise<Page<Execution>> {
  const { rows, next } = await indexPage(store, filter, page);
  const executions = await loadHeads(store, rows);
  return { rows: executions.filter(({ status }) => filter.status === undefined || status === filter.status), next };
}

/** Executions as they are now, in the order of the rows that an index gave; those that are gone are missing. */
export async function loadHeads(store: ExecutionStore, entries: readonly Row[]): Promise<Execution[]> {
  const keys = entries.map((row) => Key.parse(row));
  const heads = await readAll(store, keys);
  return keys.flatMap((key) => {
    const head = heads.get(keyName(key));
    return head === undefined ? [] : [Execution.parse(head)];
  });
}

/** What can be told of executions in a status without reading them. */
const Queued = z.object({ priority: Priority, estimatedSeconds: z.number() });

/** The newest executions of a tenant in a status, among the newest `limit` entries of their index. */
export async function listByStatus(
  store: ExecutionStore,
  { tenant, status, limit }: { readonly tenant: string; readonly status: ExecutionStatus; readonly limit: number },
): Promise<readonly z.infer<typeof Queued>[]> {
  if (!hasOwnEntries(status)) return (await listExecutions(store, { tenant, status }, { limit })).rows;
  const { rows } = await indexPage(store, { tenant, status }, { limit });
  return rows.map((row) => Queued.parse(row));
}

/** When executions were submitted; ISO 8601, both ends included. */
export interface Submitted {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** One page of the keys that a filter finds, newest first. */
export function indexPage(
  store: ExecutionStore,
  filter: ExecutionFilter,
  { limit, after, from = "", to = "\uffff" }: PageRequest & Submitted,
): Promise<Page<Row>> {
  const { index, partition } = indexOf(filter);
  const request = {
    IndexName: index,
    KeyConditionExpression: "#partition = :partition AND submittedAt BETWEEN :from AND :to",
    ExpressionAttributeNames: { "#partition": index },
    ExpressionAttributeValues: { ":partition": partition, ":from": from === "" ? "0" : from, ":to": to },
    ScanIndexForward: false,
    Limit: limit,
  };
  return queryPage(store, request, after);
}

/** What every row has. */
export const Key = z.object({ pk: z.string(), sk: z.string() });

/** Rows of an execution as they are stored, by the beginning of their sort keys. */
export const queryRows = (
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  { prefix, limit, after, descending }: PageRequest & { prefix: string },
): Promise<Page<Row>> =>
  queryPage(store, { ...rowsOf(at, prefix), ScanIndexForward: descending !== true, Limit: limit }, after);

/** Every such row, read as they are asked for, `perPage` at a time. @default - a megabyte at a time, from the beginning */
export const everyRow = (
  store: ExecutionStore,
  at: { tenant: string; execution: string },
  { prefix, perPage, descending }: { prefix: string; perPage?: number; descending?: boolean },
): AsyncGenerator<Row> =>
  query(store, {
    ...rowsOf(at, prefix),
    ScanIndexForward: descending !== true,
    ...(perPage === undefined ? {} : { Limit: perPage }),
  });

const rowsOf = (at: { tenant: string; execution: string }, prefix: string) => ({
  KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
  ExpressionAttributeValues: { ":pk": executionPartition(at.tenant, at.execution), ":prefix": prefix },
  ConsistentRead: true,
});
