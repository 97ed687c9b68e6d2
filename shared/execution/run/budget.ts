import type { Stores } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { appendEvent, type ExecutionHead } from "../store/execution-store.ts";
import { newEvent } from "../new-event.ts";
import { type BudgetRef, loadSpending, markWarned, settleWrite, type Spending, spendWrite } from "../store/budget-store.ts";
import type { Write } from "../../aws/group-commit.ts";
import type { Execution } from "../execution.ts";
import type { Budget } from "../../workflow/definition/workflow-definition.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import type { Usage } from "../../core/usage.ts";

/** An execution's budget, as it stands: ceilings with what operators raised, and what is used up. */
export interface OpenBudget {
  readonly ref: BudgetRef;
  readonly budget: Budget;
  readonly spending: Spending;
  /** Of the outermost execution. */
  readonly runningSeconds: number;
}

/** A ceiling, and how much of it is used. */
export interface Use {
  readonly resource: "cost" | "agent_calls" | "tokens" | "duration_seconds";
  readonly used: number;
  readonly limit: number;
}

/** The budget an execution draws on, its own or that of one above it; nothing when it has none. */
export async function openBudget(runtime: Stores & Clock, execution: Execution): Promise<OpenBudget | undefined> {
  const { tenant, budgetRoot: root, compensation } = execution;
  // What was done is undone whatever it costs.
  if (root === undefined || compensation?.status === "running") return undefined;
  const outermost = root === execution.executionId ? execution : await runtime.execution(tenant, root);
  const { plan } = await runtime.plan(tenant, outermost.plan);
  if (plan.budget === undefined) return undefined;
  const ref = { tenant, root };
  const spending = await loadSpending(runtime.executions, ref);
  const started = outermost.startedAt === undefined ? runtime.now().getTime() : Date.parse(outermost.startedAt);
  const runningSeconds = (runtime.now().getTime() - started) / 1000;
  return { ref, budget: { ...plan.budget, ...spending.raised }, spending, runningSeconds };
}

/**
 * What a call that ended adds to the count beyond the estimate that was set aside for it. Tasks of an execution that ran
 * as the task have told theirs.
 */
export async function usageWrites(
  runtime: Stores,
  { tenant, executionId }: Pick<ExecutionHead, "tenant" | "executionId">,
  { usage, task }: { readonly usage: Usage | undefined; readonly task: PlanTask },
): Promise<readonly Write[]> {
  if (usage === undefined || task.kind !== "agent") return [];
  const { budgetRoot: root } = await runtime.execution(tenant, executionId);
  if (root === undefined) return [];
  const cost = usage.cost === undefined ? 0 : usage.cost - task.estimateCost;
  return [settleWrite(runtime.executions, { tenant, root }, { cost, tokens: usage.tokens ?? 0 })];
}

/** How much of each ceiling is used up. */
export function usesOf({ budget, spending, runningSeconds }: OpenBudget): readonly Use[] {
  const uses: [Use["resource"], number, number | undefined][] = [
    ["cost", spending.cost, budget.maxCost],
    ["agent_calls", spending.calls, budget.maxAgentCalls],
    ["tokens", spending.tokens, budget.maxTokens],
    ["duration_seconds", runningSeconds, budget.maxDurationSeconds],
  ];
  return uses.flatMap(([resource, used, limit]) => (limit === undefined ? [] : [{ resource, used, limit }]));
}

/** The first ceiling that is reached. */
export const excessOf = (open: OpenBudget): Use | undefined => usesOf(open).find(({ used, limit }) => used >= limit);

/** The write that pays for one call; void when a ceiling is reached meanwhile. */
export function payWrite(runtime: Stores, { ref, budget }: OpenBudget, cost: number): Write {
  const ceilings = { calls: budget.maxAgentCalls, cost: budget.maxCost, tokens: budget.maxTokens };
  return spendWrite(runtime.executions, ref, { cost, ceilings });
}

/** Publishes a warning for every ceiling that one more call at `cost` takes beyond its mark; each once. */
export async function warnOfBudget(
  runtime: Stores & Clock,
  execution: Execution,
  open: OpenBudget,
  cost: number,
): Promise<void> {
  const { spending, budget, ref } = open;
  const after = { ...open, spending: { ...spending, calls: spending.calls + 1, cost: spending.cost + cost } };
  const near = usesOf(after).filter(({ used, limit }) => used >= budget.warnAt * limit);
  for (const { resource, used, limit } of near) {
    if (spending.warned?.has(resource) === true || !(await markWarned(runtime.executions, ref, resource))) continue;
    const facts = { resource, used, limit };
    await appendEvent(runtime.executions, execution, newEvent("budget.warning", { id: `budget.${resource}.warning`, at: isoNow(runtime), facts }));
  }
}
