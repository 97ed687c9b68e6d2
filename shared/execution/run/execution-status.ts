import { payloadBytes } from "../payload.ts";
import { successRate, tallyOf, targetTime } from "../service-level/sla.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { isFinished } from "../execution.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { type OutlookView, phaseOf, type StageDetail, type StageStatus, type WorkflowStatus } from "../views/status.ts";
import { shownState } from "../views/tasks.ts";
import { type WaitingView, waitsByTask } from "../views/waiting.ts";
import type { Usage } from "../../core/usage.ts";
import type { OpenWait } from "./open-waits.ts";
import { throughputOf, usageByTask, usageOfRows } from "./execution-usage.ts";
import { runtimeSeconds, type Snapshot } from "./snapshot.ts";
import { ownRows, progressOf, undoingOf } from "./task-counts.ts";
import { coordinationOverhead } from "./coordination-overhead.ts";
import { violationsIn } from "./watch-sla.ts";

/** Figures of the run as a whole; agents that report records make its throughput. */
function stagePerformance(snapshot: Snapshot, usage: Usage | undefined): StageStatus["performance_metrics"] {
  const seconds = runtimeSeconds(snapshot);
  return { execution_time_seconds: seconds, ...throughputOf(usage, seconds) };
}

/** Status as spec 000 shows it. Figures that agents do not report are left out rather than made up. `why` says why tasks get no agent. */
export function stageStatus(snapshot: Snapshot, why?: ReadonlyMap<string, string>): StageStatus {
  const { execution, view, tasks } = snapshot;
  const compensation = undoingOf(snapshot);
  const waits = waitsByTask(tasks.values(), why);
  const used = usageByTask(tasks.values());
  const usage = usageOfRows(tasks.values());
  return {
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    workflow_version: execution.workflowVersion,
    status: execution.status,
    current_stage: currentTasks(snapshot)[0] ?? null,
    progress: progressOf(snapshot),
    ...(compensation === undefined ? {} : { compensation }),
    performance_metrics: stagePerformance(snapshot, usage),
    ...(usage === undefined ? {} : { usage }),
    stage_details: view.plan.tasks.map(({ id }) =>
      stageDetail(id, tasks.get(id), { waiting: waits.get(id), usage: used.get(id) }),
    ),
    ...(snapshot.waits.length === 0 ? {} : { waiting_for: snapshot.waits.map(viewOpenWait) }),
    critical_path: view.plan.criticalPath.tasks,
    estimated_remaining_seconds: remainingSeconds(snapshot),
    ...expectation(snapshot),
    sla_compliance: slaCompliance(snapshot),
    ...(execution.failure === undefined ? {} : { error_details: execution.failure }),
  };
}

const viewOpenWait = ({ kind, execution, record, since }: OpenWait): NonNullable<StageStatus["waiting_for"]>[number] => ({
  kind,
  execution_id: execution.executionId,
  task_id: record.task,
  since,
});

/** The part of it that tells what lies ahead. */
export const outlookOf = (snapshot: Snapshot): OutlookView => ({
  execution_id: snapshot.execution.executionId,
  status: snapshot.execution.status,
  progress: progressOf(snapshot),
  performance_metrics: stagePerformance(snapshot, usageOfRows(snapshot.tasks.values())),
  estimated_remaining_seconds: remainingSeconds(snapshot),
  ...expectation(snapshot),
  sla_compliance: slaCompliance(snapshot),
});

function remainingSeconds({ execution, outlook }: Pick<Snapshot, "execution" | "outlook">): number | null {
  if (isFinished(execution.status)) return 0;
  return outlook.lacksAgent ? null : outlook.remainingSeconds;
}

/** When it is likely to end: in the middle of what may happen, and in nine cases of ten. */
function expectation({ execution, outlook, now }: Pick<Snapshot, "execution" | "outlook" | "now">) {
  if (isFinished(execution.status) || outlook.lacksAgent) return {};
  const after = (seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();
  return {
    estimated_completion: { p50: after(outlook.remainingSeconds), p90: after(outlook.remainingP90Seconds), open_waits: [...outlook.openWaits] },
  };
}

/** How an execution stands to what it promised (spec 000, "SLA compliance" of status and record in one). */
function slaCompliance(snapshot: Snapshot) {
  const { execution, view, tasks, secondsLeft } = snapshot;
  const { status, completedAt, sla, successRateThreshold } = execution;
  const told = new Map(sla?.violations.map(({ kind, reason }) => [kind, reason]));
  for (const { kind, reason } of violationsIn(snapshot)) if (!told.has(kind)) told.set(kind, reason);
  const isLate = secondsLeft !== undefined && secondsLeft < 0;
  const probability = successProbability(snapshot, isLate);
  const target = targetTime(execution);
  return {
    on_track: told.size === 0 && status !== "failed" && probability >= EXECUTION_LIMITS.slaRiskBelow,
    remaining_time_minutes: secondsLeft === undefined ? null : Math.max(0, secondsLeft / 60),
    success_probability: probability,
    target_completion_time: Number.isFinite(target) ? new Date(target).toISOString() : null,
    actual_completion_time: completedAt ?? null,
    sla_violated: told.size > 0,
    violation_reasons: [...told.values()],
    success_rate_requirement: successRateThreshold ?? null,
    actual_success_rate: successRate(tallyOf(view.plan.tasks, [...tasks.values()])) ?? null,
  };
}

function successProbability(snapshot: Snapshot, isLate: boolean): number {
  const { status } = snapshot.execution;
  if (status === "completed") return isLate ? 0 : 1;
  return status === "failed" || status === "cancelled" ? 0 : snapshot.outlook.successProbability;
}

function stageDetail(
  id: string,
  record: TaskRecord | undefined,
  { waiting, usage }: { waiting: WaitingView | undefined; usage: StageDetail["usage"] },
): StageDetail {
  if (record === undefined) return { stage_id: id, status: "pending" };
  return {
    stage_id: id,
    status: shownState(record),
    attempt: record.attempt,
    ...(record.agentId === undefined ? {} : { agent_id: record.agentId }),
    ...(record.dispatchedAt === undefined ? {} : { start_time: record.dispatchedAt }),
    ...(record.settledAt === undefined ? {} : { end_time: record.settledAt }),
    ...(record.output === undefined ? {} : { output_size: `${payloadBytes(record.output)}B` }),
    ...(record.failure === undefined ? {} : { error: record.failure }),
    ...(usage === undefined ? {} : { usage }),
    ...(waiting === undefined || isSettled(record.state) ? {} : { waiting }),
  };
}

/** Tasks in agents' hands, in the plan's order. */
export const currentTasks = ({ view, tasks }: Pick<Snapshot, "view" | "tasks">): string[] =>
  view.plan.tasks.flatMap(({ id }) => {
    const state = tasks.get(id)?.state;
    return state === "running" || state === "dispatched" || state === "input_required" ? [id] : [];
  });

/** How an agent stands to a task of its own. What was skipped meanwhile is called off as well. */
const AGENT_STATUS = {
  queued: "running",
  parked: "running",
  dispatched: "assigned",
  running: "running",
  input_required: "running",
  completed: "completed",
  failed: "failed",
  skipped: "cancelled",
  cancelled: "cancelled",
} as const;

/** Status as spec 001 §4 and 004 §4.1 show it. */
export function workflowStatus(snapshot: Snapshot): WorkflowStatus {
  const { execution, view, tasks } = snapshot;
  const own = ownRows(view.plan.tasks, tasks);
  const overhead = coordinationOverhead(snapshot);
  const total = runtimeSeconds(snapshot);
  const agents = [...tasks.values()].flatMap((record): WorkflowStatus["agents"] => {
    const { agentId: agent_id, state, task: current_task } = record;
    if (agent_id === undefined) return [];
    return [{ agent_id, status: AGENT_STATUS[state], current_task, progress: state === "completed" ? 1 : 0 }];
  });
  return {
    workflow_id: execution.workflowId,
    execution_id: execution.executionId,
    status: phaseOf(execution.status),
    current_phase: currentTasks(snapshot)[0] ?? execution.status,
    agents,
    performance_metrics: {
      total_runtime_seconds: Math.round(total),
      agents_allocated: new Set(agents.map(({ agent_id }) => agent_id)).size,
      tasks_completed: own.filter(({ state }) => state === "completed").length,
      tasks_failed: own.filter(({ state }) => state === "failed").length,
      ...(overhead === undefined ? {} : { coordination_overhead: overhead }),
    },
    ...(execution.failure === undefined
      ? {}
      : {
          error_details: {
            error_code: execution.failure.code,
            error_message: execution.failure.message,
            failed_task: execution.failure.task ?? null,
            compensation_status: compensationStatus(execution),
          },
        }),
  };
}

/** Where the undoing stands; it is intended for a moment before it has a plan. */
const compensationStatus = ({ compensation, pending }: Snapshot["execution"]) =>
  compensation?.status ?? (pending?.compensate === undefined ? "none" : "pending");
