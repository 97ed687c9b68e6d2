import * as z from "zod";
import { loadExecution, loadTasks, taskId } from "../../../../shared/execution/store/execution-store.ts";
import { listParked, listWaiting, type Waiting } from "../../../../shared/execution/store/inbox-store.ts";
import { executionPartition, parkedPartition } from "../../../../shared/execution/store/keys.ts";
import { loadPayload } from "../../../../shared/execution/store/payload-store.ts";
import { findTask } from "../../../../shared/execution/task/for-each.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { planOf } from "../../../../shared/execution/runtime/attempt.ts";
import { type Execution, isFinished } from "../../../../shared/execution/execution.ts";
import { type TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import {
  type InboxItem,
  InboxKind,
  InboxPage,
  viewInboxItem,
  type WaitingTask,
} from "../../../../shared/execution/views/inbox.ts";
import { ParkedPage, ParkedReason } from "../../../../shared/execution/views/parked.ts";
import { type ApiDeps, route } from "../../route.ts";

/** What a task waits for a person for; nothing when it does not, or no longer. */
function kindOf({ state, reason, asksFor }: TaskRecord): InboxKind | undefined {
  if (state === "input_required") return asksFor === undefined ? "input" : asksFor === "auth" ? "auth" : "unknown_state";
  return state === "parked" ? InboxKind.safeParse(reason).data : undefined;
}

/** The entries of a page that still wait: rows of executions that ended meanwhile are left out. */
async function findWaiting(deps: ApiDeps, rows: readonly Waiting[]): Promise<readonly WaitingTask[]> {
  const [records, executions] = await Promise.all([loadTasks(deps.executions, rows), loadHeads(deps, rows)]);
  const entries = rows.map(async (waiting): Promise<WaitingTask[]> => {
    const record = records.get(taskId(waiting));
    const execution = executions.get(waiting.execution);
    const kind = record === undefined ? undefined : kindOf(record);
    if (record === undefined || kind === undefined || execution === undefined || isFinished(execution.status))
      return [];
    const { tasks } = await deps.plan(execution.tenant, planOf(execution));
    return [{ kind, since: waiting.since, record, execution, task: findTask(tasks, record.task) }];
  });
  return (await Promise.all(entries)).flat();
}

async function loadHeads(deps: ApiDeps, rows: readonly Waiting[]): Promise<ReadonlyMap<string, Execution>> {
  const tenants = new Map(rows.map(({ execution, tenant }) => [execution, tenant]));
  const heads = await Promise.all([...tenants].map(([id, tenant]) => loadExecution(deps.executions, tenant, id)));
  return new Map(heads.map((head) => [head.executionId, head]));
}

async function showItem(deps: ApiDeps, waiting: WaitingTask): Promise<InboxItem> {
  const { record } = waiting;
  if (record.question === undefined) return viewInboxItem(waiting);
  return viewInboxItem({ ...waiting, question: await loadPayload(deps.payloads, record.question) });
}

const list = route({
  method: "GET",
  path: "/api/v1/inbox",
  operationId: "getInbox",
  summary:
    "What waits for a person, oldest first: approvals, questions, failed tasks, budgets. Pages may hold fewer entries",
  permission: "execution:read",
  query: z.strictObject({ ...PageQuery, kind: InboxKind.optional() }),
  reply: InboxPage,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const { tenant } = caller;
    const shape = {
      pk: executionPartition(tenant, ""),
      sk: "",
      byParked: `=${parkedPartition(tenant, "approval")}`,
      parkedAt: "",
    };
    const { rows, next } = await listWaiting(deps.executions, tenant, {
      limit: query.limit,
      after: decodeCursor(query.cursor, shape),
    });
    const waiting = await findWaiting(deps, rows);
    const shown = waiting.filter(({ kind }) => query.kind === undefined || kind === query.kind);
    const items = await Promise.all(shown.map((one) => showItem(deps, one)));
    return { body: { items, next_cursor: encodeCursor(next) } };
  },
});

const parked = route({
  method: "GET",
  path: "/api/v1/parked",
  operationId: "listParkedTasks",
  summary: "Tasks that wait because of a pause, a hold or an event, oldest first",
  permission: "execution:read",
  query: z.strictObject({ ...PageQuery, reason: ParkedReason.default("event") }),
  reply: ParkedPage,
  status: 200,
  run: async ({ deps, caller: { tenant }, query: { reason, limit, cursor } }) => {
    const shape = { pk: executionPartition(tenant, ""), sk: "", byParked: `=${parkedPartition(tenant, reason)}`, parkedAt: "" };
    const { rows, next } = await listParked(deps.executions, { tenant, reason }, { limit, after: decodeCursor(cursor, shape) });
    return { body: { tasks: [...rows], next_cursor: encodeCursor(next) } };
  },
});

/** What waits for people, and for other things than tasks. */
export const INBOX_ROUTES = [list, parked];
