import { newEvent } from "../store/execution-store.ts";
import { payloadBytes, savePayload } from "../store/payload-store.ts";
import { evaluateCondition, ExpressionError, expressionOf } from "../../expression/expression.ts";
import { isSkippedByInputs } from "../task/task-rules.ts";
import { LIMITS } from "../../core/limits.ts";
import { scopeOf, TASK_VARIABLES } from "../attempt/expression-scope.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { concludeTask } from "../attempt/settle-attempt.ts";
import type { PayloadRef, TaskRecord } from "../execution.ts";
import type { Failure } from "../../core/failure.ts";
import type { Step } from "./begin-task.ts";
import { attemptOf, blankRecord, type Candidate, writeTask } from "./candidate.ts";
import { holdTask } from "./hold-task.ts";

/** The row as it is, and the settled inputs. */
export interface Known {
  readonly record: TaskRecord | undefined;
  readonly inputs: ReadonlyMap<string, TaskRecord>;
}

/** Whether the task's inputs or its condition rule it out. Asked once: who waited or tried already goes on. */
export async function isToBeSkipped(runtime: Runtime, candidate: Candidate, known: Known): Promise<boolean> {
  const { task } = candidate;
  const { record, inputs } = known;
  if (record !== undefined && (record.attempt > (record.retryBase ?? 0) || record.event !== undefined || record.decision !== undefined)) return false;
  if (isSkippedByInputs(task, inputs)) return true;
  if (task.when === undefined) return false;
  const expression = expressionOf(task.when, TASK_VARIABLES);
  const scope = await scopeOf(runtime, attemptOf(candidate, record ?? blankRecord(runtime, candidate)), {
    expressions: [expression],
    inputs,
  });
  return !evaluateCondition(expression, scope);
}

/** An end that needs no agent. */
interface End {
  readonly record: TaskRecord | undefined;
  readonly state: "completed" | "skipped" | "failed";
  readonly output?: unknown;
  readonly failure?: Failure;
  /** Detail of an event that goes on the bus together with the end. */
  readonly emitted?: Readonly<Record<string, unknown>>;
}

/** Settles a task at once: row and event in one transaction, then whoever waits for it goes on. */
export async function endNow(runtime: Runtime, candidate: Candidate, end: End): Promise<Step> {
  const { message, task } = candidate;
  const { tenant, execution } = message.run;
  const attempt = end.record?.attempt ?? 0;
  const key = `T/${tenant}/X/${execution}/${task.id}/${attempt}/output`;
  const output = end.state === "completed" ? await savePayload(runtime.payloads, key, end.output) : undefined;
  const set = {
    state: end.state,
    output,
    failure: end.failure,
    settledAt: isoNow(runtime),
    reason: undefined,
    waitUntil: undefined,
  };
  const outcome = await writeTask(runtime, candidate, { record: end.record, set, events: eventsOf(candidate, end, set) });
  if (outcome === "stale") return end.record === undefined ? "exists" : "done";
  const before = end.record ?? blankRecord(runtime, candidate);
  const settled: TaskRecord = { ...before, ...set, token: message.token, run: message.run.run };
  await concludeTask(runtime, attemptOf(candidate, settled), settled);
  return "done";
}

const STATUS = { completed: "success", skipped: "skipped", failed: "failed" } as const;

function eventsOf({ task, message }: Candidate, end: End, { settledAt: at, output }: { settledAt: string; output: PayloadRef | undefined }) {
  const attempt = end.record?.attempt ?? 0;
  const facts = {
    task_id: task.id,
    attempt,
    status: STATUS[end.state],
    duration_seconds: 0,
    ...(end.failure === undefined ? {} : { error: end.failure }),
    ...(output === undefined ? {} : { result: { bytes: payloadBytes(output), ...("key" in output ? { key: output.key } : {}) } }),
  };
  // A task without attempts may settle again in a later run, which is another event.
  const turn = attempt === 0 ? `r${message.run.run}` : String(attempt);
  const settled = newEvent("task.completed", { id: `${task.id}.${turn}.settled`, at, facts });
  if (task.kind !== "emit" || end.emitted === undefined) return [settled];
  const emitted = { task_id: task.id, attempt, detail_type: task.emit.detailType, detail: end.emitted };
  return [newEvent("workflow.event_emitted", { id: `${task.id}.${turn}.emitted`, at, facts: emitted }), settled];
}

/** Ends a task that cannot start for a reason of its own, or parks it where its definition says so. */
export async function failTask(
  runtime: Runtime,
  candidate: Candidate,
  { record, failure }: { record: TaskRecord | undefined; failure: Failure },
): Promise<Step> {
  if (candidate.task.onFailure === "park") return holdTask(runtime, candidate, { record, reason: "operator", set: { failure } });
  return endNow(runtime, candidate, { record, state: "failed", failure });
}

/** Turns an expression that failed on the data at hand into the task's failure; anything else is not ours to judge. */
export function failNow(
  runtime: Runtime,
  candidate: Candidate,
  { record, error }: { record: TaskRecord | undefined; error: unknown },
): Promise<Step> {
  if (!(error instanceof ExpressionError)) throw error;
  const failure = { code: ExpressionError.code, message: error.message.slice(0, LIMITS.failureCharacters) };
  return failTask(runtime, candidate, { record, failure });
}
