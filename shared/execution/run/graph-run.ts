import type { Stores, Engine } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { loadSettled } from "../attempt/inputs.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { TaskRef } from "../store/execution-store.ts";
import { findParked, removeParked, saveParked } from "../store/parking-lot.ts";
import { runGraphOf } from "./run-graph.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { RUN_END, type RunFailure, type RunRef, TASK_FAILED, type TaskMessage } from "../messages.ts";
import type { PlanTask } from "../../workflow/plan/plan.ts";
import { recordStart } from "./record-start.ts";
import { type Execution, isFinished } from "../execution.ts";
import { endsRun } from "../task/task-rules.ts";

/**
 * Graph runs, which no machine carries. Tasks start each other: the worker that settles one has its followers looked at,
 * the parking lot holds back those with another need, and the worker that sees the last end ends the run. In place of a
 * token, rows and messages carry the run's name.
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
export async function answerToken(runtime: Engine, { run, task }: Attempt, settled: TaskRecord): Promise<void> {
  if (endsRun(task, settled)) return failRun(runtime, { run, token: settled.token }, failureOf(task, settled));
  if (hasToken(settled)) await runtime.tokens.succeed(settled.token);
}

/** What a task's end means for its run. */
function failureOf(task: PlanTask, { failure }: TaskRecord): RunFailure {
  const { code, message } = failure ?? { code: "Unknown", message: "no reason was recorded" };
  return { task: task.id, code, message };
}

/**
 * Whether the run has asked for the task yet. A row that was put back has no token until its run asks for it; how it ends
 * before that is on record only, and the run gets the answer when it asks.
 */
export const hasToken = ({ token }: { readonly token: string }): boolean => token !== "";

/**
 * Ends a run that has asked, for a failure. A graph run ends by a message of its own: who begins with that end and dies
 * is followed by who finds the message again.
 */
export async function failRun(
  { mail, tokens }: Pick<Engine, "mail" | "tokens">,
  { run, token }: Pick<TaskMessage, "run" | "token">,
  failure: RunFailure,
): Promise<void> {
  if (token === "") return;
  if (isGraphRun(run)) return mail.task({ run, task: RUN_END, token, failure }, 0);
  await tokens.fail(token, { error: TASK_FAILED, cause: JSON.stringify(failure) });
}

/** A message about a graph run as a whole, and what it is about. */
interface Moment {
  readonly message: TaskMessage;
  readonly view: PlanView;
  readonly execution: Execution;
}

/** Records the start, and starts the tasks that need nothing. */
export async function startGraph(
  runtime: Stores & Engine & Clock,
  { message: { run, token }, view, execution }: Moment,
): Promise<void> {
  await recordStart(runtime, execution);
  await runtime.next(runGraphOf(view.plan).roots.map((task) => ({ run, task, token })));
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
  if (endsRun(task, settled)) return failRun(runtime, { run, token: settled.token }, failureOf(task, settled));
  const { triggers, awaited, sinks } = runGraphOf(view.plan);
  const waiting = awaited.get(task.id);
  // What has no token is not asked for yet: the walk from the roots comes by.
  const started = (triggers.get(task.id) ?? []).filter((id) => !followed.has(id));
  const messages = hasToken(settled) ? [...started, ...(sinks[0] === task.id ? [RUN_END] : [])] : [];
  await Promise.all([
    messages.length === 0 ? undefined : runtime.next(messages.map((id) => ({ run, task: id, token: settled.token }))),
    waiting === undefined
      ? undefined
      : releaseParked(runtime, { tenant: run.tenant, execution: run.execution, task: task.id }, waiting),
  ]);
}

/** Ends a graph run once every end of the graph has settled; until then the look waits on one that has not. */
export async function endGraph(runtime: Stores & Engine, { message, view, execution }: Moment): Promise<void> {
  const { run, failure } = message;
  const end = { run: run.run, failure };
  const isOver = isFinished(execution.status) || run.run !== execution.run;
  if (failure !== undefined || isOver) return runtime.endRun(execution, end);
  const { sinks } = runGraphOf(view.plan);
  const seen = message.seen ?? 0;
  const ends = sinks.slice(seen);
  const settled = await loadSettled(runtime, run, ends);
  const missing = ends.findIndex((task) => !settled.has(task));
  const sink = ends[missing];
  if (sink === undefined) return runtime.endRun(execution, end);
  const look = { ...message, seen: seen + missing };
  await saveParked(runtime.executions, { on: sink, message: look });
  if (!(await loadSettled(runtime, run, [sink])).has(sink)) return;
  await endGraph(runtime, { message: look, view, execution });
  await removeParked(runtime.executions, { on: sink, message: look });
}
