import * as z from "zod";
import { executionCursor, listTasks, loadProgress } from "../../../../shared/execution/store/execution-queries.ts";
import { indexedPart, searchExecutions } from "../../../../shared/execution/store/execution-search.ts";
import { loadExecution, loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { executionPartition, LOG_PREFIX, TASK_PREFIX } from "../../../../shared/execution/store/keys.ts";
import { listEvents } from "../../../../shared/execution/store/log-queries.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { type CursorShape, decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { outlookOf, stageStatus, workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { executionMetrics } from "../../../../shared/execution/run/execution-metrics.ts";
import { takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { countTasks } from "../../../../shared/execution/run/task-counts.ts";
import { ExecutionStatus, isFinished } from "../../../../shared/execution/execution.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import type { PayloadRef } from "../../../../shared/execution/payload.ts";
import { ExecutionEventPage, LogPage, viewEvent, viewLogLine } from "../../../../shared/execution/views/events.ts";
import {
  ExecutionDetails,
  ExecutionPage,
  viewExecution,
  viewExecutionDetails,
} from "../../../../shared/execution/views/executions.ts";
import { ExecutionMetrics, OutlookView, StageStatus, WorkflowStatus } from "../../../../shared/execution/views/status.ts";
import { TaskDetails, TaskPage, viewTask, viewTaskDetails } from "../../../../shared/execution/views/tasks.ts";
import { Priority } from "../../../../shared/workflow/definition/task-definition.ts";
import { queuePosition } from "./queue-view.ts";
import { showPayload } from "./outputs.ts";
import { param, route, type RouteRequest } from "../../route.ts";
import { whyTaskWaits, whyWaiting } from "../../why-waiting.ts";

const at = (request: Pick<RouteRequest, "caller" | "params">) => ({
  tenant: request.caller.tenant,
  execution: param(request, "execution_id"),
});

const rowCursor = ({ tenant, execution }: { tenant: string; execution: string }, prefix: string): CursorShape => ({
  pk: `=${executionPartition(tenant, execution)}`,
  sk: prefix,
});

const When = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());

const isStatus = (text: string): text is ExecutionStatus => ExecutionStatus.safeParse(text).success;

/** Several in one parameter, separated by commas. */
const Statuses = z
  .string()
  .max(100)
  .refine((text) => text.split(",").every(isStatus), `must be one or more of ${ExecutionStatus.options.join(", ")}, separated by commas`)
  .transform((text) => text.split(",").filter(isStatus));

const list = route({
  method: "GET",
  path: "/api/v1/executions",
  operationId: "listExecutions",
  summary:
    "Executions, newest first. 'status' takes several, separated by commas; 'q' looks into ids, workflow, submitter, trace and error",
  permission: "execution:read",
  query: z.strictObject({
    ...PageQuery,
    workflow_id: z.string().max(64).optional(),
    status: Statuses.optional(),
    priority: Priority.optional(),
    submitted_by: z.string().max(256).optional(),
    error_code: z.string().max(128).optional(),
    submitted_after: When.optional(),
    submitted_before: When.optional(),
    q: z.string().min(1).max(256).optional(),
  }),
  reply: ExecutionPage,
  status: 200,
  run: async ({ deps, caller, query }) => {
    const filter = {
      tenant: caller.tenant,
      workflowId: query.workflow_id,
      statuses: query.status ?? [],
      priority: query.priority,
      submittedBy: query.submitted_by,
      errorCode: query.error_code,
      submittedAfter: query.submitted_after,
      submittedBefore: query.submitted_before,
      text: query.q,
    };
    const after = decodeCursor(query.cursor, executionCursor(indexedPart(filter)));
    const { rows, searched, next } = await searchExecutions(deps.executions, filter, { limit: query.limit, after });
    return { body: { executions: rows.map(viewExecution), searched, next_cursor: encodeCursor(next) } };
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}",
  operationId: "getExecution",
  summary: "An execution with its task counters",
  permission: "execution:read",
  reply: ExecutionDetails,
  status: 200,
  run: async (request) => {
    const { deps } = request;
    const { tenant, execution: id } = at(request);
    const execution = await loadExecution(deps.executions, tenant, id);
    // The counters are a moment behind. A finished execution moves no more, so its rows are exact.
    const byState = isFinished(execution.status)
      ? await countTasks(deps.executions, { tenant, execution: id })
      : (await loadProgress(deps.executions, tenant, id)).byState;
    return { body: viewExecutionDetails(execution, { byState, queue: await queuePosition(deps, execution) }) };
  },
});

const status = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/status",
  operationId: "getExecutionStatus",
  summary: "Status with stages, progress and SLA outlook (spec 000); ?view=workflow for the shape of spec 004. Accept: text/event-stream leads to the live stream",
  permission: "execution:read",
  query: z.strictObject({ view: z.enum(["stages", "workflow"]).default("stages") }),
  reply: z.union([StageStatus, WorkflowStatus]),
  redirect: "a caller that accepts text/event-stream is sent to the live stream",
  status: 200,
  run: async (request) => {
    const { tenant, execution } = at(request);
    if (request.accept.includes("text/event-stream")) {
      return { redirectTo: `${request.basePath}/api/v1/executions/${execution}/stream` };
    }
    const snapshot = await takeSnapshot(request.deps, tenant, execution);
    if (request.query.view !== "stages") return { body: workflowStatus(snapshot) };
    return { body: stageStatus(snapshot, await whyWaiting(request.deps, tenant, { ...snapshot, rows: snapshot.tasks.values() })) };
  },
});

const outlook = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/outlook",
  operationId: "getExecutionOutlook",
  summary: "Progress, expected end and service level of an execution, without its tasks",
  permission: "execution:read",
  reply: OutlookView,
  status: 200,
  run: async (request) => {
    const { tenant, execution } = at(request);
    return { body: outlookOf(await takeSnapshot(request.deps, tenant, execution)) };
  },
});

const metrics = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/metrics",
  operationId: "getExecutionMetrics",
  summary: "Durations, attempts and data volume of an execution",
  permission: "execution:read",
  reply: ExecutionMetrics,
  status: 200,
  run: async (request) => {
    const { tenant, execution } = at(request);
    return { body: executionMetrics(await takeSnapshot(request.deps, tenant, execution)) };
  },
});

const EventsQuery = z.strictObject({ ...PageQuery, order: z.enum(["asc", "desc"]).default("asc") });

/** The page of events that `/events` and `/logs` show each in its own way. */
async function eventPage(request: RouteRequest<unknown, z.output<typeof EventsQuery>>) {
  const { deps, query } = request;
  const place = at(request);
  await loadExecution(deps.executions, place.tenant, place.execution);
  const after = decodeCursor(query.cursor, rowCursor(place, LOG_PREFIX));
  return listEvents(deps.executions, place, { limit: query.limit, after, descending: query.order === "desc" });
}

const events = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/events",
  operationId: "listExecutionEvents",
  summary: "Complete event history of an execution, in its sequence; a moment behind its tasks",
  permission: "execution:read",
  query: EventsQuery,
  reply: ExecutionEventPage,
  status: 200,
  run: async (request) => {
    const { rows, next } = await eventPage(request);
    return { body: { events: rows.map(viewEvent), next_cursor: encodeCursor(next) } };
  },
});

const logs = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/logs",
  operationId: "getExecutionLogs",
  summary: "The event history as log lines; a moment behind its tasks",
  permission: "execution:read",
  query: EventsQuery,
  reply: LogPage,
  status: 200,
  run: async (request) => {
    const { rows, next } = await eventPage(request);
    return { body: { logs: rows.map(viewLogLine), next_cursor: encodeCursor(next) } };
  },
});

const tasks = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks",
  operationId: "listTasks",
  summary: "Tasks that were looked at so far",
  permission: "execution:read",
  query: z.strictObject(PageQuery),
  reply: TaskPage,
  status: 200,
  run: async (request) => {
    const { deps, query } = request;
    const place = at(request);
    await loadExecution(deps.executions, place.tenant, place.execution);
    const after = decodeCursor(query.cursor, rowCursor(place, TASK_PREFIX));
    const { rows, next } = await listTasks(deps.executions, place, { limit: query.limit, after });
    return { body: { tasks: rows.map((row) => viewTask(row)), next_cursor: encodeCursor(next) } };
  },
});

const task = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks/{task_id}",
  operationId: "getTask",
  summary: "A task with its output, and its question while it waits for input",
  permission: "execution:read",
  reply: TaskDetails,
  status: 200,
  run: async (request) => {
    const record = await requireTask(request);
    const shown = async (ref: PayloadRef | undefined) =>
      ref === undefined ? undefined : showPayload(request.deps.payloads, ref);
    const [output, question, because] = await Promise.all([
      shown(record.output ?? record.partial),
      shown(record.question),
      whyTaskWaits(request.deps, at(request), record),
    ]);
    return { body: viewTaskDetails(record, { output, question, because }) };
  },
});

/** @throws {NotFoundError} no such execution, no such task in it, or the task was not looked at yet. */
export async function requireTask(request: Pick<RouteRequest, "deps" | "caller" | "params">): Promise<TaskRecord> {
  const place = at(request);
  const taskId = param(request, "task_id");
  const record = await loadTask(request.deps.executions, { ...place, task: taskId });
  if (record === undefined) throw new NotFoundError("task", taskId);
  return record;
}

/** Reading executions. */
export const EXECUTION_ROUTES = [list, get, status, outlook, metrics, events, logs, tasks, task];
