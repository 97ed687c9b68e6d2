import type { Stores, Engine } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { loadSettled } from "../attempt/inputs.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { TaskRef } from "../store/execution-store.ts";
import { findParked, removeParked, saveParked } from "../store/parking-lot.ts";
import { runGraphOf } from "./run-graph.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { RUN_END, type RunRef, TASK_FAILED, type TaskMessage } from "../messages.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { recordStart } from "./record-start.ts";
import type { Execution } from "../execution.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * The graph runner: a run whose machine is one token for all of it. Tasks start each other: whoever settles has its
 * followers looked at, the parking lot holds back those with another need, and the last end answers the token, which
 * rows and messages know by name.
 */

/** Whether a run advances by its graph instead of a machine of its own. */
export const isGraphRun = ({ runner }: Pick<RunRef, "runner">): boolean => runner === "graph";

/** The tasks that must have settled and that nobody else enforces: all needs, or those that the machine does not. */
export const waitsFor = (run: Pick<RunRef, "runner">, task: PlanTask): readonly string[] =>
  isGraphRun(run) ? task.needs : task.after;

/**
 * Queues again those of `dependents` that wait for this task. The message goes out before the row is deleted: a crash in
 * between queues it twice, which dispatching tolerates, never not at all.
 */
export async function releaseParked(
  runtime: Stores & Engine,
  input: TaskRef,
  dependents: readonly string[],
): Promise<void> {
  const parked = await findParked(runtime.rows, input, dependents);
  await Promise.all(
    parked.map(async (waiting) => {
      await runtime.mail.task(waiting.message, 0);
      await removeParked(runtime.executions, waiting);
    }),
  );
}

/** Tells the machine how a task ended. A failure that the definition tolerates counts as an end like any other. */
export async function answerToken(runtime: Engine, task: PlanTask, settled: TaskRecord): Promise<void> {
  return endsRun(task, settled) ? failRun(runtime, task, settled) : succeedToken(runtime, settled.token);
}

/** Ends the run for a task's failure. */
export async function failRun(runtime: Engine, task: PlanTask, settled: TaskRecord): Promise<void> {
  const { code, message } = settled.failure ?? { code: "Unknown", message: "no reason was recorded" };
  return failToken(runtime, settled.token, { task: task.id, code, message });
}

/**
 * Whether a machine has asked yet. A row that was put back has no token until the machine of its run asks for it; how
 * it ends before that is on record only, and the machine gets the answer when it asks.
 */
export const hasToken = ({ token }: { readonly token: string }): boolean => token !== "";

/** Answers a machine, if one has asked. */
export async function succeedToken(runtime: Pick<Engine, "tokens">, token: string): Promise<void> {
  if (token !== "") await runtime.tokens.succeed(token);
}

/** Tells a machine, if one has asked, which task ended its run and why. */
export async function failToken(
  runtime: Pick<Engine, "tokens">,
  token: string,
  cause: { readonly task: string; readonly code: string; readonly message: string },
): Promise<void> {
  if (token !== "") await runtime.tokens.fail(token, { error: TASK_FAILED, cause: JSON.stringify(cause) });
}

/** A run that begins. */
interface Beginning {
  readonly message: TaskMessage;
  readonly view: PlanView;
  readonly execution: Execution;
}

/** Records the start, and starts the tasks that need nothing. */
export async function startGraph(
  runtime: Stores & Engine & Clock,
  { message: { run, token }, view, execution }: Beginning,
): Promise<void> {
  const [name] = await Promise.all([runtime.tokens.keep(run, token), recordStart(runtime, execution)]);
  await runtime.next(runGraphOf(view.plan).roots.map((task) => ({ run, task, token: name })));
}

/**
 * What follows when a task of a graph run has settled.
 *
 * @param followed tasks that were recorded together with it and are on their way already.
 */
export async function advanceGraph(
  runtime: Stores & Engine,
  { run, task, view }: Attempt,
  { settled, followed }: { settled: TaskRecord; followed: ReadonlySet<string> },
): Promise<void> {
  if (endsRun(task, settled)) return failRun(runtime, task, settled);
  const { triggers, awaited, sinks } = runGraphOf(view.plan);
  const waiting = awaited.get(task.id);
  // Without a token nothing is started: it would have none to answer. The walk from the roots comes by with one.
  const started = (triggers.get(task.id) ?? []).filter((id) => !followed.has(id));
  const messages = hasToken(settled) ? [...started, ...(sinks[0] === task.id ? [RUN_END] : [])] : [];
  await Promise.all([
    messages.length === 0 ? undefined : runtime.next(messages.map((id) => ({ run, task: id, token: settled.token }))),
    waiting === undefined
      ? undefined
      : releaseParked(runtime, { tenant: run.tenant, execution: run.execution, task: task.id }, waiting),
  ]);
}

/** Ends the run once every end of the graph has settled; until then the look waits on one that has not. */
export async function endGraph(runtime: Stores & Engine, view: PlanView, message: TaskMessage): Promise<void> {
  const { sinks } = runGraphOf(view.plan);
  const seen = message.seen ?? 0;
  const ends = sinks.slice(seen);
  const settled = await loadSettled(runtime, message.run, ends);
  const missing = ends.findIndex((task) => !settled.has(task));
  const sink = ends[missing];
  if (sink === undefined) return succeedToken(runtime, message.token);
  const look = { ...message, seen: seen + missing };
  await saveParked(runtime.executions, { on: sink, message: look });
  if (!(await loadSettled(runtime, message.run, [sink])).has(sink)) return;
  await endGraph(runtime, view, look);
  await removeParked(runtime.executions, { on: sink, message: look });
}
