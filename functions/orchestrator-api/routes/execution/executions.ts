import * as z from "zod";
import { type ExecutionFilter, indexOf, listExecutions, listTasks, loadProgress } from "../../../../shared/execution/store/execution-queries.ts";
import { loadExecution, loadTask } from "../../../../shared/execution/store/execution-store.ts";
import { executionPartition, LOG_PREFIX, TASK_PREFIX } from "../../../../shared/execution/store/keys.ts";
import { listEvents } from "../../../../shared/execution/store/log-queries.ts";
import { loadPayload, presignPayload } from "../../../../shared/execution/store/payload-store.ts";
import { payloadBytes } from "../../../../shared/core/payload.ts";
import { NotFoundError } from "../../../../shared/core/errors.ts";
import { LIMITS } from "../../../../shared/core/limits.ts";
import { reply } from "../../../../shared/http/problem.ts";
import { type CursorShape, decodeCursor, encodeCursor, PageQuery } from "../../../../shared/http/request.ts";
import { stageStatus, workflowStatus } from "../../../../shared/execution/run/execution-status.ts";
import { runtimeSeconds, takeSnapshot } from "../../../../shared/execution/run/snapshot.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { type TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { type PayloadRef } from "../../../../shared/core/payload.ts";
import { queueView } from "./queue-view.ts";
import { param, route, type RouteRequest } from "../../route.ts";
import { executionView } from "./views.ts";

const at = (request: Pick<RouteRequest, "caller" | "params">) => ({
  tenant: request.caller.tenant,
  execution: param(request, "execution_id"),
});

const rowCursor = ({ tenant, execution }: { tenant: string; execution: string }, prefix: string): CursorShape => ({
  pk: `=${executionPartition(tenant, execution)}`,
  sk: prefix,
});

/** Cursors of a listing of executions. */
export function executionCursor(filter: ExecutionFilter): CursorShape {
  const { index, partition } = indexOf(filter);
  return { pk: executionPartition(filter.tenant, ""), sk: "=META", [index]: `=${partition}`, submittedAt: "" };
}

const list = route({
  method: "GET",
  path: "/api/v1/executions",
  operationId: "listExecutions",
  summary: "Executions, newest first",
  permission: "execution:read",
  query: z.strictObject({ ...PageQuery, workflow_id: z.string().max(64).optional(), status: ExecutionStatus.optional() }),
  status: 200,
  run: async ({ deps, caller, query }) => {
    const { tenant } = caller;
    const filter = { tenant, workflowId: query.workflow_id, status: query.status };
    const after = decodeCursor(query.cursor, executionCursor(filter));
    const { rows, next } = await listExecutions(deps.executions, filter, { limit: query.limit, after });
    return reply(200, { executions: rows.map(executionView), next_cursor: encodeCursor(next) });
  },
});

const get = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}",
  operationId: "getExecution",
  summary: "An execution with its task counters",
  permission: "execution:read",
  status: 200,
  run: async (request) => {
    const { tenant, execution: id } = at(request);
    const execution = await loadExecution(request.deps.executions, tenant, id);
    const { byState } = await loadProgress(request.deps.executions, tenant, id);
    return reply(200, { ...executionView(execution), ...(await queueView(request.deps, execution)), tasks_by_state: byState });
  },
});

const status = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/status",
  operationId: "getExecutionStatus",
  summary: "Status with stages, progress and SLA outlook (spec 000); ?view=workflow for the shape of spec 004. Accept: text/event-stream leads to the live stream",
  permission: "execution:read",
  query: z.strictObject({ view: z.enum(["stages", "workflow"]).default("stages") }),
  status: 200,
  run: async (request) => {
    const { tenant, execution } = at(request);
    if (request.accept.includes("text/event-stream")) {
      return reply(307, null, { location: `${request.basePath}/api/v1/executions/${execution}/stream` });
    }
    const snapshot = await takeSnapshot(request.deps, tenant, execution);
    return reply(200, request.query.view === "stages" ? stageStatus(snapshot) : workflowStatus(snapshot));
  },
});

const metrics = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/metrics",
  operationId: "getExecutionMetrics",
  summary: "Durations, attempts and data volume of an execution",
  permission: "execution:read",
  status: 200,
  run: async (request) => {
    const { tenant, execution } = at(request);
    const snapshot = await takeSnapshot(request.deps, tenant, execution);
    const tasks = [...snapshot.tasks.values()].map(taskMetrics);
    const busy = tasks.reduce((sum, { duration_seconds: seconds }) => sum + (seconds ?? 0), 0);
    const { performance_metrics: performance } = workflowStatus(snapshot);
    return reply(200, {
      execution_id: execution,
      execution_time_seconds: runtimeSeconds(snapshot),
      queue_time_seconds: queueSeconds(snapshot.execution),
      agent_time_seconds: busy,
      retries: tasks.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
      output_bytes: tasks.reduce((sum, { output_bytes: bytes }) => sum + bytes, 0),
      ...performance,
      tasks,
    });
  },
});

const queueSeconds = ({ submittedAt, startedAt }: { submittedAt: string; startedAt?: string | undefined }): number =>
  startedAt === undefined ? 0 : Math.max(0, (Date.parse(startedAt) - Date.parse(submittedAt)) / 1000);

const taskMetrics = ({ task, attempt, dispatchedAt, settledAt, agentId, output }: TaskRecord) => ({
  task_id: task,
  agent_id: agentId ?? null,
  attempts: attempt,
  duration_seconds:
    dispatchedAt === undefined || settledAt === undefined
      ? null
      : (Date.parse(settledAt) - Date.parse(dispatchedAt)) / 1000,
  output_bytes: output === undefined ? 0 : payloadBytes(output),
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
  status: 200,
  run: async (request) => {
    const { rows, next } = await eventPage(request);
    const shown = rows.map(({ type, facts, ...head }) => ({ event_type: type, ...head, ...facts }));
    return reply(200, { events: shown, next_cursor: encodeCursor(next) });
  },
});

const logs = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/logs",
  operationId: "getExecutionLogs",
  summary: "The event history as log lines; a moment behind its tasks",
  permission: "execution:read",
  query: EventsQuery,
  status: 200,
  run: async (request) => {
    const { rows, next } = await eventPage(request);
    const lines = rows.map(({ timestamp, type, trace_id, facts }) => ({
      timestamp,
      level: facts["error"] === undefined ? "INFO" : "WARN",
      message: type,
      task_id: facts["task_id"] ?? null,
      trace_id,
      fields: facts,
    }));
    return reply(200, { logs: lines, next_cursor: encodeCursor(next) });
  },
});

const tasks = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks",
  operationId: "listTasks",
  summary: "Tasks that were looked at so far",
  permission: "execution:read",
  query: z.strictObject(PageQuery),
  status: 200,
  run: async (request) => {
    const { deps, query } = request;
    const place = at(request);
    await loadExecution(deps.executions, place.tenant, place.execution);
    const after = decodeCursor(query.cursor, rowCursor(place, TASK_PREFIX));
    const { rows, next } = await listTasks(deps.executions, place, { limit: query.limit, after });
    return reply(200, { tasks: rows.map(taskView), next_cursor: encodeCursor(next) });
  },
});

const taskView = (record: TaskRecord) => ({
  task_id: record.task,
  status: record.state,
  attempt: record.attempt,
  agent_id: record.agentId ?? null,
  agent_task_id: record.agentTaskId ?? null,
  queued_at: record.queuedAt ?? null,
  dispatched_at: record.dispatchedAt ?? null,
  deadline_at: record.deadlineAt ?? null,
  settled_at: record.settledAt ?? null,
  tried_agents: record.triedAgents ?? [],
  run: record.run,
  ...(record.reason === undefined ? {} : { waits_for: record.reason }),
  ...(record.child === undefined ? {} : { child_execution_id: record.child }),
  ...(record.failure === undefined ? {} : { error: record.failure }),
});

const task = route({
  method: "GET",
  path: "/api/v1/executions/{execution_id}/tasks/{task_id}",
  operationId: "getTask",
  summary: "A task with its output, and its question while it waits for input",
  permission: "execution:read",
  status: 200,
  run: async (request) => {
    const { deps } = request;
    const record = await requireTask(request);
    const output = record.output === undefined ? { output: null } : await showPayload(deps, "output", record.output);
    const question = record.question === undefined ? {} : await showPayload(deps, "question", record.question);
    return reply(200, { ...taskView(record), ...output, ...question });
  },
});

/** A payload as a field of a reply: itself, or a link when it would not fit. */
async function showPayload({ payloads }: RouteRequest["deps"], name: string, ref: PayloadRef) {
  if (!("key" in ref) || ref.bytes <= LIMITS.messagePayloadBytes) return { [name]: await loadPayload(payloads, ref) };
  const url = await presignPayload(payloads, ref.key, LIMITS.downloadLinkSeconds);
  return { [`${name}_url`]: url, [`${name}_bytes`]: ref.bytes, [`${name}_sha256`]: ref.sha256 };
}

/** @throws {NotFoundError} no such execution, no such task in it, or nobody looked at the task yet. */
export async function requireTask(request: Pick<RouteRequest, "deps" | "caller" | "params">): Promise<TaskRecord> {
  const place = at(request);
  const taskId = param(request, "task_id");
  const record = await loadTask(request.deps.executions, { ...place, task: taskId });
  if (record === undefined) throw new NotFoundError("task", taskId);
  return record;
}

/** Reading executions. */
export const EXECUTION_ROUTES = [list, get, status, metrics, events, logs, tasks, task];
