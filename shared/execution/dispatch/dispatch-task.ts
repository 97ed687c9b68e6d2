import { removeParked, saveParked } from "../store/parking-lot.ts";
import { tokenOfRun } from "../store/run-token.ts";
import { findTask } from "../task/for-each.ts";
import { isFinished } from "../execution.ts";
import { RUN_END, RUN_START, type TaskMessage } from "../messages.ts";
import { endGraph, startGraph, waitsFor } from "../run/graph-run.ts";
import { loadSettled } from "../attempt/inputs.ts";
import { failToken } from "../attempt/release.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { beginTask, continueTask } from "./begin-task.ts";
import { parked } from "../task/waiting-transitions.ts";
import { bindingOf, commit, loadRecord, type Unseen, withoutRow } from "./dispatch-context.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * Starts a task if it may start. A message is only a nudge: it may arrive twice, late or for a run that is over.
 *
 * Settled: its machine gets the answer again. In an agent's hands: the machine's newest token is bound, and the
 * agent is asked how it goes. Inputs missing: parked. Otherwise the attempt is recorded and then sent, in that order,
 * so that a crash in between is noticed (a row without an agent's task) instead of repeated blindly.
 */
export async function dispatchTask(runtime: Runtime, received: TaskMessage): Promise<void> {
  const message = { ...received, token: tokenOfRun(received.run, received.token) };
  const { tenant, execution: id, run, plan } = message.run;
  const execution = await runtime.execution(tenant, id, run);
  if (isFinished(execution.status) || run < execution.run) return;
  const view = await runtime.plan(tenant, plan);
  if (message.task === RUN_START) return startGraph(runtime, view, message);
  if (message.task === RUN_END) return endGraph(runtime, view, message);
  const task = findTask(view.tasks, message.task);
  if (task === undefined) return rejectUnknown(runtime, message);
  const unseen = { message, execution, view, task };
  const missing = await firstMissingInput(runtime, unseen);
  if (missing === "never") return;
  return missing === undefined ? startTask(runtime, unseen) : parkForInput(runtime, unseen, missing);
}

async function rejectUnknown(runtime: Runtime, { run, task, token }: TaskMessage): Promise<void> {
  runtime.logger.error("task is not in its plan", { tenant: run.tenant, execution: run.execution, task, plan: run.plan });
  await failToken(runtime, token, { task, code: "UnknownTask", message: `plan ${run.plan} has no task '${task}'` });
}

async function startTask(runtime: Runtime, unseen: Unseen): Promise<void> {
  // A first look rarely finds a row, and creating one tells.
  const known = unseen.message.seen === undefined ? undefined : await loadRecord(runtime, unseen);
  return known === undefined ? beginTask(runtime, withoutRow(runtime, unseen)) : continueTask(runtime, unseen, known);
}

/** Index in `waitsFor` of the first input that has not settled; `never` when one ended the run: nobody starts after it. */
async function firstMissingInput(runtime: Runtime, unseen: Unseen): Promise<number | "never" | undefined> {
  const { message, task, view } = unseen;
  const seen = message.seen ?? 0;
  const wanted = waitsFor(message.run, task).slice(seen);
  const inputs = await loadSettled(runtime, message.run, wanted);
  for (const record of inputs.values()) {
    const input = view.tasks.get(record.task);
    if (input !== undefined && endsRun(input, record)) return "never";
  }
  const missing = wanted.findIndex((input) => !inputs.has(input));
  return missing === -1 ? undefined : missing + seen;
}

async function parkForInput(runtime: Runtime, unseen: Unseen, missing: number): Promise<void> {
  const { message, task } = unseen;
  const input = waitsFor(message.run, task)[missing];
  if (input === undefined) return startTask(runtime, unseen);
  if (message.seen === undefined) {
    const context = withoutRow(runtime, unseen);
    await commit(runtime, unseen, { transition: parked(context.record, { ...bindingOf(unseen), input, at: isoNow(runtime) }) });
  }
  const waiting = { on: input, message: { ...message, seen: missing } };
  await saveParked(runtime.executions, waiting);
  const settledMeanwhile = await loadSettled(runtime, message.run, [input]);
  if (!settledMeanwhile.has(input)) return;
  await dispatchTask(runtime, { ...message, seen: missing });
  await removeParked(runtime.executions, waiting);
}
