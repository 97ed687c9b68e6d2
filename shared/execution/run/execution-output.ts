import { type ExecutionStore, loadExecution, loadTasks, taskId } from "../store/execution-store.ts";
import { loadPayload, type PayloadStore } from "../store/payload-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import { ConflictError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import { runGraphOf } from "./run-graph.ts";
import type { Execution } from "../execution.ts";

/** What reading an output stands on. */
export interface OutputSource {
  readonly executions: ExecutionStore;
  readonly payloads: PayloadStore;
  readonly plan: (tenant: string, hash: string) => Promise<PlanView>;
}

/** What a completed execution came to. */
export interface FoundOutput {
  readonly execution: Execution;
  /** Whether the definition names outputs; otherwise these are the outputs of its last tasks, by task. */
  readonly isDeclared: boolean;
  readonly output: PayloadRef;
}

/**
 * Finds the output of a completed execution: what its definition declares, else the outputs of the tasks that nothing
 * follows, by task.
 *
 * @throws {NotFoundError} no such execution for this tenant.
 * @throws {ConflictError} it has not completed, or its last tasks' outputs are too large for one value.
 */
export async function findOutput(source: OutputSource, tenant: string, id: string): Promise<FoundOutput> {
  const execution = await loadExecution(source.executions, tenant, id);
  const { status, output, parent } = execution;
  if (status !== "completed") {
    const remedy = status === "failed" || status === "cancelled" ? "see its tasks" : "wait until it is completed";
    throw new ConflictError(`execution '${id}' is ${status} and has no output; ${remedy}`);
  }
  const { plan } = await source.plan(tenant, execution.plan);
  const isDeclared = plan.outputs !== undefined;
  const recorded = isDeclared || parent !== undefined ? output : undefined;
  return { execution, isDeclared, output: recorded ?? (await lastOutputs(source, execution, runGraphOf(plan).sinks)) };
}

async function lastOutputs(
  { executions, payloads }: OutputSource,
  { tenant, executionId }: Execution,
  tasks: readonly string[],
): Promise<PayloadRef> {
  const refs = tasks.map((task) => ({ tenant, execution: executionId, task }));
  const records = await loadTasks(executions, refs);
  const found = refs.map((ref) => [ref.task, records.get(taskId(ref))?.output] as const);
  const bytes = found.reduce((sum, [, output]) => sum + (output === undefined ? 0 : payloadBytes(output)), 0);
  if (bytes > EXECUTION_LIMITS.messagePayloadBytes) {
    const remedy = "read them task by task, or name 'outputs' in the definition";
    throw new ConflictError(`the last tasks of execution '${executionId}' have outputs of ${bytes} bytes; ${remedy}`);
  }
  const entries = found.map(async ([task, output]): Promise<[string, unknown]> => {
    return [task, output === undefined ? null : await loadPayload(payloads, output)];
  });
  return { json: JSON.stringify(Object.fromEntries(await Promise.all(entries))) };
}
