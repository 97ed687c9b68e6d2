import { type Execution, isFinished } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { allTasks } from "../store/execution-queries.ts";
import { type ExecutionStore, loadExecution } from "../store/execution-store.ts";
import type { TaskRecord } from "../task/task-record.ts";

/** What a task waits for a person for: an agent asks, an agent asks to be authorised, or a decision. */
export type WaitKind = "input" | "auth" | "approval";

/** A task that waits for a person, of an execution or of one that runs as a task of it. */
export interface OpenWait {
  readonly execution: Execution;
  readonly record: TaskRecord;
  readonly kind: WaitKind;
  readonly since: string;
}

/** What a task waits for its execution's caller for; nothing when it does not. */
export function waitKind({ state, reason, asksFor }: Pick<TaskRecord, "state" | "reason" | "asksFor">): WaitKind | undefined {
  if (state === "input_required") return asksFor === "auth" ? "auth" : "input";
  return state === "parked" && reason === "approval" ? "approval" : undefined;
}

/** What an execution with these rows waits for people for, and those that run as its tasks, the longest wait first. */
export async function openWaits(
  store: ExecutionStore,
  execution: Execution,
  { rows, depth = 0 }: { readonly rows: Iterable<TaskRecord>; readonly depth?: number },
): Promise<readonly OpenWait[]> {
  const found = [...rows].map(async (record): Promise<readonly OpenWait[]> => {
    const { state, child } = record;
    if (state === "running" && child !== undefined && depth < EXECUTION_LIMITS.nestedExecutions)
      return waitsBelow(store, execution.tenant, { child, depth });
    const kind = waitKind(record);
    if (kind === undefined) return [];
    return [{ execution, record, kind, since: record.askedAt ?? record.queuedAt ?? execution.submittedAt }];
  });
  return (await Promise.all(found)).flat().sort((a, b) => (a.since < b.since ? -1 : 1));
}

async function waitsBelow(
  store: ExecutionStore,
  tenant: string,
  { child, depth }: { child: string; depth: number },
): Promise<readonly OpenWait[]> {
  const execution = await loadExecution(store, tenant, child);
  if (isFinished(execution.status)) return [];
  const rows: TaskRecord[] = [];
  for await (const record of allTasks(store, { tenant, execution: child })) rows.push(record);
  return openWaits(store, execution, { rows, depth: depth + 1 });
}
