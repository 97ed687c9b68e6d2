import { expressionOf } from "../../expression/expression.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { scopeOf, TASK_VARIABLES } from "./expression-scope.ts";
import { loadInputs } from "./inputs.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What `affinity` and `consistent_hashing` go by: the value of the task's expression, or the execution's id. */
export async function routingKeyOf(runtime: Runtime, attempt: Attempt): Promise<string> {
  const { task, run } = attempt;
  if (task.kind !== "agent" || task.routingKey === undefined) return run.execution;
  const expression = expressionOf(task.routingKey, TASK_VARIABLES);
  const scope = await scopeOf(runtime, attempt, { expressions: [expression], inputs: await loadInputs(runtime, attempt) });
  const value = expression.evaluate(scope);
  return typeof value === "string" ? value : JSON.stringify(value);
}
