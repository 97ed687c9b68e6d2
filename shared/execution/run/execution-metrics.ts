import { payloadBytes } from "../payload.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { ExecutionMetrics } from "../views/status.ts";
import { workflowStatus } from "./execution-status.ts";
import { throughputOf, usageOfRows } from "./execution-usage.ts";
import { runtimeSeconds, type Snapshot } from "./snapshot.ts";

/** Durations, attempts and data volume of an execution, as the API prints them. */
export function executionMetrics(snapshot: Snapshot): ExecutionMetrics {
  const { execution } = snapshot;
  const records = [...snapshot.tasks.values()];
  const tasks = records.map(taskMetrics);
  const usage = usageOfRows(records);
  return {
    execution_id: execution.executionId,
    execution_time_seconds: runtimeSeconds(snapshot),
    queue_time_seconds: queueSeconds(execution),
    agent_time_seconds: records.filter(isAgents).reduce((sum, record) => sum + (secondsOf(record) ?? 0), 0),
    retries: tasks.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0),
    output_bytes: tasks.reduce((sum, { output_bytes: bytes }) => sum + bytes, 0),
    ...workflowStatus(snapshot).performance_metrics,
    ...throughputOf(usage, runtimeSeconds(snapshot)),
    ...(usage === undefined ? {} : { usage }),
    tasks,
  };
}

const queueSeconds = ({ submittedAt, startedAt }: Execution): number =>
  startedAt === undefined ? 0 : Math.max(0, (Date.parse(startedAt) - Date.parse(submittedAt)) / 1000);

/** A list and a child execution take as long as what runs in them, which counts by itself. */
const isAgents = ({ agentId }: TaskRecord): boolean => agentId !== undefined;

const secondsOf = ({ dispatchedAt, settledAt }: TaskRecord): number | null =>
  dispatchedAt === undefined || settledAt === undefined ? null : (Date.parse(settledAt) - Date.parse(dispatchedAt)) / 1000;

const taskMetrics = (record: TaskRecord): ExecutionMetrics["tasks"][number] => ({
  task_id: record.task,
  agent_id: record.agentId ?? null,
  attempts: record.attempt,
  duration_seconds: secondsOf(record),
  output_bytes: record.output === undefined ? 0 : payloadBytes(record.output),
  ...(record.usage === undefined ? {} : { usage: record.usage }),
});
