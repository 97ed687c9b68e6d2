import type { DialectReading } from "./dialect.ts";
import type { RoutingStrategy, Task } from "./task-definition.ts";
import type { IssueList } from "./issue-list.ts";

/** Adds what is allowed but probably not meant: budgets that mean nothing, sagas without effect, idle options. */
export function adviseLimits(reading: DialectReading, issues: IssueList): void {
  adviseBudget(reading, issues);
  const { definition } = reading;
  const hasSaga = definition.faultTolerance?.sagaPattern.compensationEnabled === true;
  for (const [index, task] of definition.tasks.entries()) {
    if (!hasSaga) adviseSaga(task, index, { reading, issues });
    if (task.hedge !== undefined || task.routingKey !== undefined) adviseRouting(task, index, { reading, issues });
  }
}

type Finding = { readonly reading: DialectReading; readonly issues: IssueList };

function adviseSaga({ id, isPivot, compensation }: Task, index: number, { reading: { paths }, issues }: Finding): void {
  const remedy = "add `saga_pattern: {compensation_enabled: true}` to fault_tolerance";
  if (isPivot) {
    const message = `task "${id}" is a pivot, but nothing is compensated anyway`;
    const segments = paths.taskPart(index, "isPivot");
    issues.add("warning", () => ({ code: "PivotWithoutSaga", message, remedy, segments }));
  }
  if (compensation === undefined) return;
  const message = `the compensation of task "${id}" never runs: the workflow has no saga`;
  const segments = paths.taskPart(index, "compensation");
  issues.add("warning", () => ({ code: "CompensationWithoutSaga", message, remedy, segments }));
}

const KEYED: ReadonlySet<RoutingStrategy | undefined> = new Set<RoutingStrategy>(["affinity", "consistent_hashing"]);

function adviseRouting(task: Task, index: number, { reading, issues }: Finding): void {
  const { definition, paths } = reading;
  const { id, hedge, timeoutSeconds, routingKey } = task;
  if (hedge !== undefined && hedge.afterSeconds >= timeoutSeconds) {
    issues.add("warning", () => ({
      code: "HedgeBeyondTimeout",
      message: `task "${id}" is hedged after ${hedge.afterSeconds} s, but times out after ${timeoutSeconds} s`,
      remedy: "hedge earlier, or raise the timeout",
      segments: paths.taskPart(index, "hedge"),
    }));
  }
  const role = task.agent === undefined ? undefined : definition.agents[task.agent];
  const strategy = task.strategy ?? role?.strategy;
  if (routingKey === undefined || KEYED.has(strategy)) return;
  issues.add("warning", () => ({
    code: "KeyWithoutStrategy",
    message: `task "${id}" has a routing_key, which ${strategy ?? "resource_aware_round_robin"} does not use`,
    remedy: "add `strategy: affinity` or `strategy: consistent_hashing`",
    segments: paths.taskPart(index, "routingKey"),
  }));
}

function adviseBudget({ definition, paths }: DialectReading, issues: IssueList): void {
  const { budget, tasks } = definition;
  if (budget === undefined) return;
  const { maxCost, maxAgentCalls, maxDurationSeconds, maxTokens } = budget;
  const segments = paths.top("budget");
  const unreachable = (message: string, remedy: string): void =>
    issues.add("warning", () => ({ code: "BudgetUnreachable", message, remedy, segments }));
  if ([maxCost, maxAgentCalls, maxDurationSeconds, maxTokens].every((ceiling) => ceiling === undefined)) {
    unreachable("the budget has no ceiling", "add max_cost, max_agent_calls, max_duration_seconds or max_tokens");
  }
  if (maxDurationSeconds !== undefined && maxDurationSeconds >= definition.executionTimeoutSeconds) {
    const limit = definition.executionTimeoutSeconds;
    unreachable(`the run times out after ${limit} s, before max_duration_seconds`, "lower max_duration_seconds");
  }
  const tooSmall = (message: string): void =>
    issues.add("warning", () => ({ code: "BudgetTooSmall", message, remedy: "raise the ceiling", segments }));
  // Conditions may skip tasks, so they count only when nothing else would be left to run.
  const certain = tasks.filter(({ when }) => when === undefined);
  const calls = certain.reduce((sum, { agent, replicas }) => sum + (agent === undefined ? 0 : replicas), 0);
  if (maxAgentCalls !== undefined && calls > maxAgentCalls) {
    tooSmall(`the tasks make at least ${calls} agent calls, max_agent_calls is ${maxAgentCalls}`);
  }
  const cost = certain.reduce((sum, { estimate, replicas }) => sum + replicas * (estimate?.cost ?? 0), 0);
  if (maxCost !== undefined && cost > maxCost) {
    tooSmall(`the tasks are estimated to cost ${cost}, max_cost is ${maxCost}`);
  }
}
