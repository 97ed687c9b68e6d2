import { whyNot } from "../../shared/agents/candidates.ts";
import { whoCan } from "../../shared/agents/pool/who-can.ts";
import { listLimits } from "../../shared/agents/store/limit-store.ts";
import type { PlanView } from "../../shared/execution/store/plan-store.ts";
import { findTask } from "../../shared/execution/task/for-each.ts";
import { QueueReason, type TaskRecord } from "../../shared/execution/task/task-record.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import { planOf } from "../../shared/execution/runtime/attempt.ts";
import type { PlanTask } from "../../shared/workflow/plan/plan.ts";
import type { ApiDeps } from "./route.ts";

/** Until when the groups of a tenant's agents are to be left alone (epoch milliseconds), by their names. */
export async function heldGroups({ agents }: Pick<ApiDeps, "agents">, tenant: string): Promise<ReadonlyMap<string, number>> {
  const rows = await listLimits(agents, tenant);
  return new Map(rows.flatMap(({ group, book }) => (group === undefined ? [] : [[group.limit_group, book.heldUntil] as const])));
}

/** Reasons to wait that agents can take away. */
const FOR_AGENTS: ReadonlySet<string> = new Set(QueueReason.exclude(["retry"]).options);

/** Demands that one answer is explained for: each is held against every agent of the tenant. */
const EXPLAINED = 5;

interface Asked {
  readonly view: PlanView;
  readonly rows: Iterable<TaskRecord>;
}

/**
 * Why tasks that wait for an agent get none, by their names: who could do them, and what keeps each from it now. Nothing is
 * said of a task that some agent could have by now. Without such tasks it costs nothing.
 */
export async function whyWaiting(deps: ApiDeps, tenant: string, { view: { plan, tasks: named }, rows }: Asked): Promise<ReadonlyMap<string, string>> {
  const waiting = [...rows].filter(({ state, wait }) => state === "queued" && wait !== undefined && FOR_AGENTS.has(wait.reason));
  if (waiting.length === 0) return new Map();
  const [registry, held] = await Promise.all([deps.directory.of(tenant), heldGroups(deps, tenant)]);
  const now = deps.now().getTime();
  const tasks = waiting.map(({ task: name }) => ({ name, task: findTask(named, name) }));
  const byDemand = [...Map.groupBy(tasks, ({ task }) => demandName(task)).values()].slice(0, EXPLAINED);
  return new Map(
    byDemand.flatMap((same) => {
      const task = same[0]?.task;
      const role = task?.kind === "agent" ? plan.agents[task.agent] : undefined;
      if (task?.kind !== "agent" || role === undefined) return [];
      const demand = { role, skill: task.skill };
      const why = whyNot(whoCan({ registry, demand, heldGroups: held, now }), demand);
      return why === undefined ? [] : same.map(({ name }) => [name, why] as const);
    }),
  );
}

/** The same of one task; nothing where it does not wait for an agent. */
export async function whyTaskWaits(deps: ApiDeps, { tenant, execution }: { tenant: string; execution: string }, record: TaskRecord): Promise<string | undefined> {
  if (record.state !== "queued" || record.wait === undefined) return undefined;
  const view = await deps.plan(tenant, planOf(await loadExecution(deps.executions, tenant, execution)));
  return (await whyWaiting(deps, tenant, { view, rows: [record] })).get(record.task);
}

const demandName = (task: PlanTask | undefined): string => (task?.kind === "agent" ? `${task.agent} ${task.skill ?? ""}` : "");
