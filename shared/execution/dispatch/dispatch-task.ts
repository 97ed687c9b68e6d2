import type { Engine, Runtime, Stores } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { removeParked, saveParked } from "../store/parking-lot.ts";
import { endsRun, isPlainCall, tokenOfRun } from "../task/task-rules.ts";
import { findTask, parseItemName } from "../task/for-each.ts";
import { Execution, isFinished } from "../execution.ts";
import { RUN_END, RUN_START, type TaskMessage } from "../messages.ts";
import { endGraph, failRun, hasToken, isGraphRun, startGraph, waitsFor } from "../run/graph-run.ts";
import { loadSettled } from "../attempt/inputs.ts";
import { beginTask, continueTask } from "./begin-task.ts";
import { parked } from "../task/waiting-transitions.ts";
import {
  type Attempt,
  bindingOf,
  commit,
  type Follow,
  loadRecord,
  type Unseen,
  withoutRow,
} from "../runtime/attempt.ts";
import { transitionWrites } from "../store/execution-store.ts";
import { sendAttempt } from "../attempt/send-attempt.ts";
import { runGraphOf } from "../run/run-graph.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { BEFORE_TASKS } from "../../hooks/trigger.ts";
import { withholding } from "../attempt/withholding.ts";
import { prepareStart } from "./start-agent.ts";

/**
 * Starts a task if it may start. A message is only a nudge: it may arrive twice, late or for a run that is over.
 *
 * Settled: its machine gets the answer again. In an agent's hands: the machine's newest token is bound, and the
 * agent is asked how it goes. Inputs missing: parked. Otherwise the attempt is recorded and then sent, in that order,
 * so that a crash in between is noticed (a row without an agent's task) instead of repeated blindly.
 */
export function dispatchTask(runtime: Runtime, message: TaskMessage): Promise<void> {
  return takeMessage(runtime, { ...message, token: tokenOfRun(message.run, message.token) });
}

async function takeMessage(runtime: Runtime, message: TaskMessage): Promise<void> {
  const { tenant, execution: id, run, plan } = message.run;
  if (message.head !== undefined) runtime.remember(Execution.parse(JSON.parse(message.head.json)), Date.parse(message.head.at));
  const execution = await runtime.execution(tenant, id, run);
  const view = await runtime.plan(tenant, plan);
  if (message.task === RUN_END) return endGraph(runtime, { message, view, execution });
  if (run < execution.run) return;
  // Who ended a graph run in place has no other message to find again.
  if (isFinished(execution.status)) return isGraphRun(message.run) ? runtime.endRun(execution, { run }) : undefined;
  if (message.task === RUN_START) return startGraph(runtime, { message, view, execution });
  const task = findTask(view.tasks, message.task);
  if (task === undefined) return rejectUnknown(runtime, message);
  const unseen = { message, execution, view, task };
  const missing = await firstMissingInput(runtime, unseen);
  if (missing === "never") return;
  return missing === undefined ? startTask(runtime, unseen) : parkForInput(runtime, unseen, missing);
}

async function rejectUnknown(runtime: Engine & Clock, { run, task, token }: TaskMessage): Promise<void> {
  runtime.logger.error("task is not in its plan", { tenant: run.tenant, execution: run.execution, task, plan: run.plan });
  await failRun(runtime, { run, token }, { task, code: "UnknownTask", message: `plan ${run.plan} has no task '${task}'` });
}

async function startTask(runtime: Runtime, unseen: Unseen): Promise<void> {
  // A first look rarely finds a row, and creating one tells.
  const record = unseen.message.seen === undefined ? undefined : await loadRecord(runtime, unseen);
  return record === undefined ? beginTask(runtime, withoutRow(runtime, unseen)) : continueTask(runtime, unseen, record);
}

/** Index in `waitsFor` of the first input that has not settled; `never` when one ended the run: nobody starts after it. */
async function firstMissingInput(runtime: Stores, unseen: Unseen): Promise<number | "never" | undefined> {
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
  const look = { ...message, seen: missing };
  await saveParked(runtime.executions, { on: input, message: look });
  if (!(await loadSettled(runtime, message.run, [input])).has(input)) return;
  await dispatchTask(runtime, look);
  await removeParked(runtime.executions, { on: input, message: look });
}

/**
 * A runtime for one message that goes on with a graph run in place, until `until` (epoch milliseconds): what a
 * settled task starts is recorded in the same transaction and sent at once, without a trip through the queue.
 *
 * The message that began it is deleted only when all of this is done, so a crash in between brings it back: its task
 * is settled by then, and what follows is looked at again.
 */
export function continuing(
  runtime: Runtime,
  until = runtime.now().getTime() + EXECUTION_LIMITS.continueSeconds * 1000,
): Runtime {
  const hasTime = (): boolean => runtime.now().getTime() < until;
  const here: Runtime = {
    ...runtime,
    next: async (messages) => {
      const mine = hasTime() ? messages.slice(0, EXECUTION_LIMITS.continuedTasks) : [];
      const others = messages.slice(mine.length);
      await Promise.all([...mine.map((message) => dispatchTask(here, message)), runtime.next(others)]);
    },
    follow: (attempt, settled) => (hasTime() ? prepareFollow(here, attempt, settled) : Promise.resolve(NOTHING)),
  };
  return here;
}

const NOTHING: Follow = { tasks: new Set(), writes: [], launch: () => Promise.resolve() };

/** Those tasks that need nothing but this one, as far as one transaction takes them. */
async function prepareFollow(runtime: Runtime, attempt: Attempt, settled: TaskRecord): Promise<Follow> {
  const { run, view, task, head } = attempt;
  if (!hasToken(settled)) return NOTHING;
  const execution = await runtime.execution(run.tenant, run.execution);
  const isAlone = execution.budgetRoot === undefined && settled.state !== "skipped" && parseItemName(task.id) === undefined;
  // In a newer run its own walk comes by.
  if (!isGraphRun(run) || execution.run > run.run || !isAlone || endsRun(task, settled) || (await withholding(runtime, execution)) !== undefined) return NOTHING;
  // Hooks before them are for the dispatcher that looks at each of them by itself.
  const hooks = await runtime.hooks(run.tenant);
  if (BEFORE_TASKS.some((trigger) => hooks.has(trigger))) return NOTHING;
  const followers = (runGraphOf(view.plan).triggers.get(task.id) ?? []).flatMap((id) => {
    const follower = view.tasks.get(id);
    return follower?.needs.length === 1 && isPlainCall(follower) ? [follower] : [];
  });
  const given = new Map([[task.id, settled]]);
  const started = await Promise.all(
    followers.slice(0, EXECUTION_LIMITS.followedTasks).map(async (follower) => {
      const message = { run, task: follower.id, token: tokenOfRun(run, settled.token) };
      return prepareStart(runtime, withoutRow(runtime, { message, execution, view, task: follower }), given);
    }),
  );
  const ready = started.filter((start) => start !== undefined);
  return {
    tasks: new Set(ready.map(({ attempt: { record } }) => record.task)),
    writes: ready.flatMap((start) => transitionWrites(runtime.executions, head, start.transition)),
    launch: async () => {
      await Promise.all(ready.map((start) => sendAttempt(runtime, start.attempt, start)));
    },
  };
}
