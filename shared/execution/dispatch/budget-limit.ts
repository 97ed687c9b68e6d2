import { appendEvent, newEvent } from "../store/execution-store.ts";
import { markWarned } from "../store/budget-store.ts";
import type { OpenBudget, Use } from "../run/budget.ts";
import { TASK_FAILED } from "../attempt/release.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import type { TaskRecord } from "../execution.ts";
import type { Step } from "./begin-task.ts";
import type { Candidate } from "./candidate.ts";
import { holdTask } from "./hold-task.ts";

/** Code of a run that was stopped because its budget is used up. */
export const BUDGET_EXCEEDED = "BudgetExceeded";

/** A ceiling is reached: the run ends, or the task waits until somebody raises it, as the definition chose. */
export async function haltForBudget(
  runtime: Runtime,
  candidate: Candidate,
  { record, open, excess }: { record: TaskRecord | undefined; open: OpenBudget; excess: Use },
): Promise<Step> {
  const { execution, message, task } = candidate;
  if (await markWarned(runtime.executions, open.ref, `${excess.resource}:exceeded`)) {
    const id = `budget.${excess.resource}.exceeded`;
    await appendEvent(runtime.executions, execution, newEvent("budget.exceeded", { id, at: isoNow(runtime), facts: excess }));
  }
  if (open.budget.onExceeded === "park") return holdTask(runtime, candidate, { record, reason: "budget" });
  const { resource, used, limit } = excess;
  const text = `the run used ${used} of ${limit} ${resource}; raise its budget and redrive it`;
  const cause = JSON.stringify({ task: task.id, code: BUDGET_EXCEEDED, message: text });
  await runtime.tokens.fail(message.token, { error: TASK_FAILED, cause });
  return "done";
}
