import * as z from "zod";
import { loadExecution, loadTasks, taskId } from "../../../../shared/execution/store/execution-store.ts";
import { listWaiting, type Waiting } from "../../../../shared/execution/store/inbox-store.ts";
import { executionPartition, parkedPartition } from "../../../../shared/execution/store/keys.ts";
import { loadPayload } from "../../../../shared/execution/store/payload-store.ts";
import { findTask } from "../../../../shared/execution/task/for-each.ts";
import { reply } from "../../../../shared/http/problem.ts";
import { decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { planOf } from "../../../../shared/execution/runtime/attempt.ts";
import { type Execution, isFinished } from "../../../../shared/execution/execution.ts";
import { type TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import type { PlanTask } from "../../../../shared/workflow/plan/plan.ts";
import { type ApiDeps, route } from "../../route.ts";

const Kind = z.enum(["approval", "input", "operator", "budget"]);
type Kind = z.infer<typeof Kind>;

/** What a person can do about it, as paths below the task. */
const ACTIONS: Readonly<Record<Kind, readonly string[]>> = {
  approval: ["approve", "reject", "skip"],
  input: ["input", "skip"],
  operator: ["retry", "skip"],
  budget: ["raise_budget", "skip"],
};

/** What a task waits for a person for; nothing when it does not, or no longer. */
function kindOf({ state, reason }: TaskRecord): Kind | undefined {
  if (state === "input_required") return "input";
  return state === "parked" ? Kind.safeParse(reason).data : undefined;
}

interface Entry {
  readonly waiting: Waiting;
  readonly kind: Kind;
  readonly record: TaskRecord;
  readonly execution: Execution;
  readonly task: PlanTask | undefined;
}

/** The entries of a page that still wait: rows of executions that ended meanwhile are left out. */
async function findEntries(deps: ApiDeps, rows: readonly Waiting[]): Promise<readonly Entry[]> {
  const [records, executions] = await Promise.all([loadTasks(deps.executions, rows), loadHeads(deps, rows)]);
  const entries = rows.map(async (waiting): Promise<Entry[]> => {
    const record = records.get(taskId(waiting));
    const execution = executions.get(waiting.execution);
    const kind = record === undefined ? undefined : kindOf(record);
    if (record === undefined || kind === undefined || execution === undefined || isFinished(execution.status))
      return [];
    const { tasks } = await deps.plan(execution.tenant, planOf(execution));
    return [{ waiting, kind, record, execution, task: findTask(tasks, record.task) }];
  });
  return (await Promise.all(entries)).flat();
}

async function loadHeads(deps: ApiDeps, rows: readonly Waiting[]): Promise<ReadonlyMap<string, Execution>> {
  const tenants = new Map(rows.map(({ execution, tenant }) => [execution, tenant]));
  const heads = await Promise.all([...tenants].map(([id, tenant]) => loadExecution(deps.executions, tenant, id)));
  return new Map(heads.map((head) => [head.executionId, head]));
}

async function entryView(deps: ApiDeps, { waiting, kind, record, execution, task }: Entry) {
  const asks = record.question === undefined ? {} : { question: await loadPayload(deps.payloads, record.question) };
  return {
    kind,
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    task_id: record.task,
    description: task?.description ?? null,
    waiting_since: waiting.since,
    ...(record.waitUntil === undefined ? {} : { wait_until: record.waitUntil }),
    ...(kind === "approval" ? { prompt: task?.approval?.prompt ?? null, roles: task?.approval?.roles ?? [] } : {}),
    ...(kind === "input" ? { agent_id: record.agentId ?? null, ...asks } : {}),
    ...(record.failure === undefined ? {} : { error: record.failure }),
    is_compensation: execution.compensation?.status === "running",
    actions: ACTIONS[kind],
  };
}

const list = route({
  method: "GET",
  path: "/api/v1/inbox",
  operationId: "getInbox",
  summary:
    "What waits for a person, oldest first: approvals, questions, failed tasks, budgets. Pages may hold fewer entries",
  permission: "execution:read",
  query: z.strictObject({ ...PageQuery, kind: Kind.optional() }),
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
    const entries = await findEntries(deps, rows);
    const shown = entries.filter(({ kind }) => query.kind === undefined || kind === query.kind);
    return reply(200, {
      items: await Promise.all(shown.map((entry) => entryView(deps, entry))),
      next_cursor: encodeCursor(next),
    });
  },
});

/** What waits for people. */
export const INBOX_ROUTES = [list];
