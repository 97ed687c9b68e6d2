import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { commitExecution, loadExecution } from "../store/execution-store.ts";
import { finished } from "../lifecycle/execution-transitions.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import { savePayload } from "../store/payload-store.ts";
import { ExpressionError, expressionOf } from "../../expression/expression.ts";
import { runGraphOf } from "./run-graph.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { PayloadRef } from "../payload.ts";
import type { Plan } from "../../workflow/plan/plan.ts";
import { executionPayload } from "../task/payload-keys.ts";
import { admitWaiting } from "./admit.ts";
import { runOf } from "../runtime/attempt.ts";
import { loadSettled } from "../attempt/inputs.ts";
import { cancelOpenTasks } from "../attempt/cancel-open-tasks.ts";
import { isoNow } from "../runtime/clock.ts";
import { usageToTell } from "./execution-usage.ts";
import { missedBy } from "./missed-service-level.ts";

/** How an execution ends. */
export interface Ending {
  readonly to: "completed" | "failed" | "cancelled";
  readonly failure?: NonNullable<Execution["failure"]>;
}

/** What the expressions of a workflow's outputs may speak of. */
export const OUTPUT_VARIABLES = ["input", "outputs", "tasks"] as const;

/**
 * Records an execution's end, and lets those know who wait for it. An execution that others read the output of gets it
 * here, and fails when it cannot be worked out.
 */
export async function finishExecution(runtime: Runtime, execution: Execution, ending: Ending): Promise<CommitOutcome> {
  if (ending.to !== "completed") return recordEnd(runtime, execution, ending, undefined);
  try {
    return await recordEnd(runtime, execution, ending, await workOutOutput(runtime, execution));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const failure = { code: ExpressionError.code, message: error.message };
    return recordEnd(runtime, execution, { to: "failed", failure }, undefined);
  }
}

async function recordEnd(
  runtime: Runtime,
  execution: Execution,
  { to, failure }: Ending,
  output: PayloadRef | undefined,
): Promise<CommitOutcome> {
  const at = isoNow(runtime);
  const [sla, usage] = await Promise.all([missedBy(runtime, execution, { to, at }), usageToTell(runtime.executions, execution)]);
  const transition = finished(execution, { to, failure, output, usage, at, sla });
  const outcome = await commitExecution(runtime.executions, { transition });
  if (outcome === "stale") return outcome;
  runtime.remember(transition.row);
  await propagateEnd(runtime, transition.row);
  return outcome;
}

/** What follows from an execution's end. Safe to repeat. */
export async function propagateEnd(runtime: Runtime, execution: Execution): Promise<void> {
  if (execution.status !== "completed") await cancelOpenTasks(runtime, execution);
  if (execution.parent === undefined) await admitWaiting(runtime);
  await tellParent(runtime, execution);
}

/** Has the task that a finished execution serves as look at it, where it serves as one. */
export async function tellParent({ mail }: Pick<Engine, "mail">, { tenant, parent }: Execution): Promise<void> {
  if (parent !== undefined) await mail.settle({ dispatch: { tenant, ...parent } });
}

/** The workflow's output, where its definition names one or a parent waits for it. */
async function workOutOutput(runtime: Stores & Engine, execution: Execution): Promise<PayloadRef | undefined> {
  const { plan } = await runtime.plan(execution.tenant, execution.plan);
  if (plan.outputs === undefined && execution.parent === undefined) return undefined;
  const run = runOf(execution, runtime.queues);
  const load = async (tasks: readonly string[]) => outputsOf(runtime, await loadSettled(runtime, run, tasks));
  const value =
    plan.outputs === undefined ? await load(runGraphOf(plan).sinks) : await evaluateOutputs(runtime, { execution, plan, load });
  return savePayload(runtime.payloads, executionPayload({ tenant: execution.tenant, execution: execution.executionId }, "output"), value);
}

async function outputsOf(runtime: Stores, records: ReadonlyMap<string, TaskRecord>): Promise<Record<string, unknown>> {
  const entries = [...records].map(async ([task, { output }]) => [task, output === undefined ? null : await runtime.load(output)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function evaluateOutputs(
  runtime: Stores & Engine,
  { execution, plan, load }: { execution: Execution; plan: Plan; load: (tasks: readonly string[]) => Promise<Record<string, unknown>> },
): Promise<Record<string, unknown>> {
  const fields = Object.entries(plan.outputs ?? {}).map(([field, text]) => [field, expressionOf(text, OUTPUT_VARIABLES)] as const);
  const paths = fields.flatMap(([, { references }]) => references);
  const all = plan.tasks.map(({ id }) => id);
  const spokenOf = (root: string): string[] => {
    const named = paths.flatMap(([first, name]) => (first === root ? [name] : []));
    return named.includes(undefined) ? all : all.filter((id) => named.includes(id));
  };
  const states = await loadSettled(runtime, runOf(execution, runtime.queues), spokenOf("tasks"));
  const scope = {
    input: paths.some(([root]) => root === "input") ? await runtime.load(execution.input) : undefined,
    outputs: await load(spokenOf("outputs")),
    tasks: Object.fromEntries([...states].map(([task, { state }]) => [task, { state }])),
  };
  return Object.fromEntries(fields.map(([field, expression]) => [field, expression.evaluate(scope)]));
}

/** The execution as it is now. */
export const reload = (runtime: Stores, { tenant, executionId }: Execution): Promise<Execution> =>
  loadExecution(runtime.executions, tenant, executionId);
