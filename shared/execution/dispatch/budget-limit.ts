import type { OpenBudget, Use } from "../run/budget.ts";
import { failToken } from "../attempt/release.ts";
import { newEvent } from "../execution-events.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { markWarned } from "../store/budget-store.ts";
import { appendEvent } from "../store/execution-store.ts";
import type { DispatchContext, DispatchOutcome } from "./dispatch-context.ts";
import { parkTask } from "./park-task.ts";

/** Code of a run that was stopped because its budget is used up. */
export const BUDGET_EXCEEDED = "BudgetExceeded";

/** A ceiling is reached: the run ends, or the task waits until it is raised, as the definition chose. */
export async function haltForBudget(
  runtime: Runtime,
  context: DispatchContext,
  { open, excess }: { open: OpenBudget; excess: Use },
): Promise<DispatchOutcome> {
  const { execution, message, task } = context;
  if (await markWarned(runtime.executions, open.ref, `${excess.resource}:exceeded`)) {
    const id = `budget.${excess.resource}.exceeded`;
    await appendEvent(runtime.executions, execution, newEvent("budget.exceeded", { id, at: isoNow(runtime), facts: excess }));
  }
  if (open.budget.onExceeded === "park") return parkTask(runtime, context, { reason: "budget" });
  const { resource, used, limit } = excess;
  const text = `the run used ${used} of ${limit} ${resource}; raise its budget and redrive it`;
  await failToken(runtime, message.token, { task: task.id, code: BUDGET_EXCEEDED, message: text });
  return "handled";
}
