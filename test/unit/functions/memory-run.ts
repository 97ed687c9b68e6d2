import { continuing, dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { settleTask } from "../../../functions/settle-task/settle-task.ts";
import type { RunRef } from "../../../shared/execution/messages.ts";
import { startOf } from "../../../shared/execution/run/start-run.ts";
import type { Execution } from "../../../shared/execution/execution.ts";
import { type MemoryRuntime, START } from "../../fixtures/runtime/memory-runtime.ts";

/** The run of a graph-run execution in a memory runtime. */
export const graphRunRef = (runtime: MemoryRuntime, run = 1): RunRef => ({
  ...runtime.message("any").run,
  run,
  runner: "graph",
});

/** Submits the execution and starts its run, a graph run. */
export async function startGraphRun(runtime: MemoryRuntime, more: Partial<Execution> = {}): Promise<void> {
  await runtime.submit({ runner: "graph", ...more });
  await runtime.mail.task(startOf(graphRunRef(runtime)), 0);
}

/** The process died here: the message that was being handled comes again. */
export class Crash extends Error {}

/** Delivers every message that is due, in order, until none is left; those with a delay stay where they are. */
export async function drain(runtime: MemoryRuntime, options: { inPlace?: boolean } = {}): Promise<void> {
  const until = options.inPlace === true ? START + 1_000_000_000 : 0;
  for (;;) {
    const due = runtime.tasks.findIndex(({ delay }) => delay === 0);
    const [entry] = due === -1 ? [] : runtime.tasks.splice(due, 1);
    if (entry !== undefined) {
      try {
        await dispatchTask(continuing(runtime, until), entry.message);
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        runtime.tasks.push(entry);
      }
      continue;
    }
    const settle = runtime.settles.shift();
    if (settle === undefined) return;
    await settleTask(runtime, settle);
  }
}

/** State of every task that has a row, by name. */
export function states(runtime: MemoryRuntime): Record<string, string> {
  const rows = [...runtime.tables.rows.values()].flatMap(({ sk, task, state }) =>
    String(sk).startsWith("TASK#") ? [[String(task), String(state)] as const] : [],
  );
  return Object.fromEntries(rows.sort(([a], [b]) => a.localeCompare(b)));
}
