import { payloadBytes } from "../aws/payload-store.ts";
import type { Outlook } from "../domain/outlook.ts";
import { type Execution, isFinished, isSettled, type TaskRecord } from "../schemas/execution.ts";
import { runtimeSeconds, type Snapshot } from "./snapshot.ts";

/** Status as spec 000 shows it. Figures that agents do not report are left out rather than made up. */
export function stageStatus(snapshot: Snapshot) {
  const { execution, view, tasks, outlook, secondsLeft } = snapshot;
  const completed = [...tasks.values()].filter(({ state }) => isSettled(state)).length;
  const total = view.plan.tasks.length;
  const late = secondsLeft !== undefined && secondsLeft < 0;
  return {
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    workflow_version: execution.workflowVersion,
    status: execution.status,
    current_stage: currentTasks(snapshot)[0] ?? null,
    progress: { completed_stages: completed, total_stages: total, percentage: Math.floor((100 * completed) / total) },
    performance_metrics: { execution_time_seconds: runtimeSeconds(snapshot) },
    stage_details: view.plan.tasks.map(({ id }) => stageDetail(id, tasks.get(id))),
    critical_path: view.plan.criticalPath.tasks,
    estimated_remaining_seconds: isFinished(execution.status) ? 0 : outlook.remainingSeconds,
    sla_compliance: {
      on_track: !late && (execution.status !== "failed") && outlook.successProbability >= 0.5,
      remaining_time_minutes: secondsLeft === undefined ? null : Math.max(0, secondsLeft / 60),
      success_probability: successProbability(execution, outlook, late),
    },
    ...(execution.failure === undefined ? {} : { error_details: execution.failure }),
  };
}

function successProbability({ status }: Execution, outlook: Outlook, late: boolean): number {
  if (status === "completed") return late ? 0 : 1;
  return status === "failed" || status === "cancelled" ? 0 : outlook.successProbability;
}

function stageDetail(id: string, record: TaskRecord | undefined) {
  if (record === undefined) return { stage_id: id, status: "pending" };
  return {
    stage_id: id,
    status: record.state,
    attempt: record.attempt,
    ...(record.agentId === undefined ? {} : { agent_id: record.agentId }),
    ...(record.dispatchedAt === undefined ? {} : { start_time: record.dispatchedAt }),
    ...(record.settledAt === undefined ? {} : { end_time: record.settledAt }),
    ...(record.output === undefined ? {} : { output_size: `${payloadBytes(record.output)}B` }),
    ...(record.failure === undefined ? {} : { error: record.failure }),
  };
}

/** Tasks in agents' hands, in the plan's order. */
export const currentTasks = ({ view, tasks }: Pick<Snapshot, "view" | "tasks">): string[] =>
  view.plan.tasks.flatMap(({ id }) => {
    const state = tasks.get(id)?.state;
    return state === "running" || state === "dispatched" || state === "input_required" ? [id] : [];
  });

/** Status words of spec 001 and 004 for ours. */
const PHASES = {
  submitted: "planning",
  queued: "planning",
  running: "executing",
  paused: "paused",
  completed: "completed",
  failed: "failed",
  cancelled: "failed",
} as const;

/** Status as spec 001 §4 and 004 §4.1 show it. */
export function workflowStatus(snapshot: Snapshot) {
  const { execution, tasks } = snapshot;
  const records = [...tasks.values()];
  const total = runtimeSeconds(snapshot);
  const agents = records.flatMap((record) => {
    if (record.agentId === undefined) return [];
    const done = isSettled(record.state);
    const status = record.state === "failed" ? "failed" : done ? "completed" : "running";
    return [{ agent_id: record.agentId, status, current_task: record.task, progress: done ? 1 : 0 }];
  });
  return {
    workflow_id: execution.workflowId,
    execution_id: execution.executionId,
    status: PHASES[execution.status],
    current_phase: currentTasks(snapshot)[0] ?? execution.status,
    agents,
    performance_metrics: {
      total_runtime_seconds: Math.round(total),
      agents_allocated: new Set(agents.map(({ agent_id }) => agent_id)).size,
      tasks_completed: records.filter(({ state }) => state === "completed").length,
      tasks_failed: records.filter(({ state }) => state === "failed").length,
      coordination_overhead: coordinationOverhead(records, total),
    },
    ...(execution.failure === undefined
      ? {}
      : {
          error_details: {
            error_code: execution.failure.code,
            error_message: execution.failure.message,
            failed_task: execution.failure.task ?? null,
            compensation_status: "none",
          },
        }),
  };
}

/** Share of the running time in which no agent was at work. */
function coordinationOverhead(records: readonly TaskRecord[], totalSeconds: number): number {
  if (totalSeconds === 0) return 0;
  const spans = records
    .flatMap(({ dispatchedAt, settledAt }) =>
      dispatchedAt === undefined || settledAt === undefined ? [] : [[Date.parse(dispatchedAt), Date.parse(settledAt)] as const],
    )
    .sort(([a], [b]) => a - b);
  let busy = 0;
  let until = 0;
  for (const [start, end] of spans) {
    busy += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return Math.max(0, Math.round((1 - busy / 1000 / totalSeconds) * 1000) / 1000);
}
