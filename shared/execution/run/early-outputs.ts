import { ExpressionError, expressionOf } from "../../expression/expression.ts";
import type { Plan } from "../../workflow/plan/plan.ts";
import type { Execution } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import { loadPayload, type PayloadStore } from "../store/payload-store.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { OUTPUT_VARIABLES } from "./finish-execution.ts";

/**
 * The outputs that a definition names, by name, of a run under way: those whose tasks have all settled. What cannot be
 * worked out yet, or reads more than `EXECUTION_LIMITS.messagePayloadBytes`, is left for the end to tell.
 */
export async function earlyOutputs(
  payloads: PayloadStore,
  execution: Execution,
  { plan, rows }: { plan: Plan; rows: ReadonlyMap<string, TaskRecord> },
): Promise<readonly (readonly [name: string, value: unknown])[]> {
  const all = plan.tasks.map(({ id }) => id);
  const load = async (ref: PayloadRef | undefined): Promise<unknown> =>
    ref === undefined ? null : loadPayload(payloads, ref);
  const made = Object.entries(plan.outputs ?? {}).map(async ([name, text]) => {
    const expression = expressionOf(text, OUTPUT_VARIABLES);
    const paths = expression.references.filter(([root]) => root === "outputs" || root === "tasks");
    const named = paths.map(([, task]) => task);
    const read = named.includes(undefined) ? all : all.filter((id) => named.includes(id));
    const found = read.map((id) => [id, rows.get(id)] as const);
    const bytes = found.reduce((sum, [, row]) => sum + (row?.output === undefined ? 0 : payloadBytes(row.output)), 0);
    if (
      read.length === 0 ||
      bytes > EXECUTION_LIMITS.messagePayloadBytes ||
      !found.every(([, row]) => row !== undefined && isSettled(row.state))
    )
      return [];
    const outputs = await Promise.all(found.map(async ([id, row]) => [id, await load(row?.output)] as const));
    const scope = {
      input: await load(execution.input),
      outputs: Object.fromEntries(outputs),
      tasks: Object.fromEntries(found.map(([id, row]) => [id, { state: row?.state }])),
    };
    return valueOf(() => expression.evaluate(scope)).map((value) => [name, value] as const);
  });
  return (await Promise.all(made)).flat();
}

function valueOf(evaluate: () => unknown): readonly unknown[] {
  try {
    return [evaluate()];
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}
