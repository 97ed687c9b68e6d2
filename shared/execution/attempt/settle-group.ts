import type { Runtime, Stores } from "../runtime/runtime.ts";
import { closeEach, noteAwaited } from "../store/each-store.ts";
import { allTasks } from "../store/execution-queries.ts";
import { loadTask } from "../store/execution-store.ts";
import { saveParked } from "../store/parking-lot.ts";
import { itemName, parseItemName, scatterOf, toleratedFailures } from "../task/for-each.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import { cancelAttempt } from "./end-attempt.ts";
import { isDone, startMissing } from "./instances.ts";
import { settleAttempt } from "./settle-attempt.ts";
import { type Aggregation, type Answer, customAggregation } from "../scatter/aggregate.ts";
import { gatherAnswers, type Gathered, type GatherFailure } from "../scatter/gather.ts";
import { ExpressionError } from "../../expression/expression-error.ts";
import type { Scatter } from "../../workflow/definition/task-definition.ts";
import * as z from "zod";
import { LIMITS } from "../../core/limits.ts";
import type { Failure } from "../../core/failure.ts";
import { payloadBytes } from "../payload.ts";
import { present } from "../../core/present.ts";

/** Ends the task when more instances failed than it tolerates: nothing more starts, and those at work are called back. */
async function failGroup(runtime: Runtime, attempt: Attempt, { failed, count }: { failed: number; count: number }): Promise<void> {
  const { task, head } = attempt;
  await closeEach(runtime.executions, refOf(attempt));
  const message = `${failed} of ${count} instances of '${task.id}' failed, more than it tolerates`;
  await settleAttempt(runtime, attempt, { kind: "failed", failure: { code: "TooManyFailures", message }, retryable: false });
  for await (const row of itemRecords(runtime, attempt)) {
    if (!isSettled(row.state)) await cancelAttempt(runtime, { head, record: row });
  }
}

async function* itemRecords(runtime: Stores, { run, task }: Attempt): AsyncGenerator<TaskRecord> {
  yield* allTasks(runtime.executions, { tenant: run.tenant, execution: run.execution }, `${task.id}[`);
}

/**
 * Ends the task if every instance has settled; otherwise starts what is missing. When all of the list has been started it
 * waits for one of those left as well, because ends that got lost are missing in the count.
 */
export async function settleItems(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { run, task, record } = attempt;
  if (record.state !== "running" || record.items === undefined) return;
  const { count } = record.items;
  const found = new Map<string, TaskRecord>();
  for await (const row of itemRecords(runtime, attempt)) found.set(row.task, row);
  const failed = [...found.values()].filter(({ state }) => state === "failed").length;
  const { forEach } = task;
  if (forEach !== undefined && failed > toleratedFailures(forEach, count)) return failGroup(runtime, attempt, { failed, count });
  const names = Array.from({ length: count }, (_, index) => itemName(task.id, index));
  const awaited = names.find((name) => !isDone(found.get(name), run));
  if (awaited === undefined) return settleGroup(runtime, attempt, names.map((name) => found.get(name)));
  if (!(await startMissing(runtime, attempt, found))) return;
  const ref = { tenant: run.tenant, execution: run.execution, task: task.id };
  await noteAwaited(runtime.executions, ref, awaited);
  const message = { run, task: task.id, token: record.token, seen: task.needs.length };
  await saveParked(runtime.executions, { on: awaited, message });
  if (isDone(await loadTask(runtime.executions, { ...ref, task: awaited }), run)) await runtime.mail.task(message, 0);
}

/** The output is the list of the instances' outputs, in the list's order; null where one failed. */
async function settleGroup(
  runtime: Runtime,
  attempt: Attempt,
  settled: readonly (TaskRecord | undefined)[],
): Promise<void> {
  const output: unknown[] = [];
  const refs = settled.map((record) => record?.output);
  const bytes = refs.reduce((sum, ref) => sum + (ref === undefined ? 0 : payloadBytes(ref)), 0);
  if (bytes > LIMITS.outputBytes) return settleAttempt(runtime, attempt, { kind: "failed", failure: tooLarge(attempt.task.id, bytes), retryable: false });
  for (let start = 0; start < refs.length; start += EXECUTION_LIMITS.payloadsAtOnce) {
    const part = refs.slice(start, start + EXECUTION_LIMITS.payloadsAtOnce);
    output.push(...(await Promise.all(part.map(async (ref) => (ref === undefined ? null : runtime.load(ref))))));
  }
  await settleAttempt(runtime, attempt, { kind: "completed", output });
}

/** One value of them all would not fit where outputs are kept and read. */
const tooLarge = (task: string, bytes: number): Failure => ({
  code: "OutputTooLarge",
  message: `the outputs of the instances of '${task}' have ${bytes} bytes together, more than ${LIMITS.outputBytes}; have each store what it makes and answer where it is`,
});

const AgentIds = z.array(z.string());

/**
 * Ends a task that asked several agents, once what was heard decides it: enough answers, too few agents left, or the
 * deadline. Asked again after every answer; answers after the end stay in their own rows.
 */
export async function settleScatter(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { task, record, run } = attempt;
  const scatter = scatterOf(task);
  if (scatter === undefined || record.state !== "running" || record.items === undefined) return;
  const agents = AgentIds.parse(await runtime.load(record.items.list));
  const answers: Answer[] = [];
  const failures: GatherFailure[] = [];
  for await (const row of allTasks(runtime.executions, { tenant: run.tenant, execution: run.execution }, `${task.id}[`)) {
    const agent = agents[parseItemName(row.task)?.index ?? -1];
    if (agent === undefined || !isSettled(row.state)) continue;
    if (row.state === "completed" && row.output !== undefined) answers.push({ agent, output: await runtime.load(row.output), at: endOf(row) });
    else failures.push({ agent, code: row.failure?.code ?? row.state, at: endOf(row) });
  }
  const { minResponses, deadlineSeconds } = scatter;
  const deadlineAt = deadlineSeconds === undefined ? undefined : Date.parse(record.dispatchedAt) + deadlineSeconds * 1000;
  const policy = { agents, aggregation: aggregationOf(scatter), minResponses, deadlineAt };
  const gathered = judge({ answers, failures }, policy, runtime.now().getTime());
  if (gathered.state === "waiting") return;
  if (gathered.state === "failed") {
    const { code, message } = gathered;
    return settleAttempt(runtime, attempt, { kind: "failed", failure: { code, message }, retryable: false });
  }
  const { result, counted, absent } = gathered;
  const output = { result: result.output, answered_by: counted, absent, ...(result.vote === undefined ? {} : { vote: result.vote }) };
  return settleAttempt(runtime, attempt, { kind: "completed", output });
}

/** An expression that does not fit the answers fails the task, not the message. */
function judge(...asked: Parameters<typeof gatherAnswers>): Gathered {
  try {
    return gatherAnswers(...asked);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { state: "failed", code: "AgentFailed", message: error.message, late: [] };
  }
}

const endOf = ({ settledAt = "" }: TaskRecord): number => Date.parse(settledAt);

function aggregationOf({ aggregation, expression, quorum, onConflict }: Scatter): Aggregation {
  switch (aggregation) {
    case "custom":
      return customAggregation(present(expression));
    case "majority_vote":
      return { kind: aggregation, quorum };
    case "merge":
      return { kind: aggregation, onConflict };
    default:
      return { kind: aggregation };
  }
}
