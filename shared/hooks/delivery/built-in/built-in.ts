import type { HookEvent } from "../../hook-event.ts";
import type { HookOutcome } from "../../hook-run.ts";
import { loadExecution } from "../../../execution/store/execution-store.ts";
import type { ActionDeps, Delivery } from "../delivery.ts";

/** One of the functions that come with the orchestrator. */
export type BuiltIn = (deps: ActionDeps, delivery: Delivery, args: Readonly<Record<string, string>>) => Promise<HookOutcome>;

/** It did what it is for. */
export const done = (output: Readonly<Record<string, unknown>>): HookOutcome => ({ status: "completed", output });

/** There was nothing for it to do. */
export const nothingToDo = (reason: string): HookOutcome => done({ done: false, reason });

/** Where an event of a task happened; nothing when it is one of something else, or made up by a person. */
export function taskOf({ tenant, execution_id: execution, facts: { task_id: task } }: HookEvent): { tenant: string; execution: string; task: string } | undefined {
  return execution === undefined || typeof task !== "string" ? undefined : { tenant, execution, task };
}

/** The session that an event is about, or that its execution belongs to. */
export async function sessionIdOf({ executions }: Pick<ActionDeps, "executions">, { tenant, execution_id: execution, facts }: HookEvent): Promise<string | undefined> {
  const { session_id: own } = facts;
  if (typeof own === "string") return own;
  return execution === undefined ? undefined : (await loadExecution(executions, tenant, execution)).session?.id;
}
