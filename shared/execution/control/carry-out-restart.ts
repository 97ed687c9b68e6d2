import { loadTask } from "../store/execution-store.ts";
import { forgetParked, loadOutlines } from "../store/control-store.ts";
import { type Step, stepsOf } from "./restart-rules.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Restart } from "../control.ts";
import type { Execution } from "../execution.ts";
import { notifyAgentsOfCancel } from "../attempt/end-attempt.ts";
import { stopMachine, type StopReason } from "../run/start-run.ts";
import type { ControlDeps } from "./control-deps.ts";
import { changeTask } from "./reset-tasks.ts";

const PASSES = 8;

/** A restart, and how executions that serve as tasks are steered. */
export interface Restarting {
  readonly restart: Restart;
  readonly cancelChild: (child: string) => Promise<void>;
  /** Has one that failed or was cancelled go on where it ended. `false`: it cannot, and its task starts another. */
  readonly reviveChild: (child: string) => Promise<boolean>;
}

/**
 * Brings the rows of an execution in line with a restart that is on record: the former run's machine is stopped, tasks
 * are reset, skipped or dropped, who was at work on them is told to stop, and what was parked for the former run is
 * forgotten. Starting the new run is the caller's.
 *
 * Every row changes at most once, because it then belongs to the new run; so all of it may be repeated, also by two at
 * the same time. Agents are told after their row has changed, so that nobody mistakes their stopping for a failure; the
 * row remembers whom to tell until that is done.
 */
export async function carryOutRestart(deps: ControlDeps, execution: Execution, restarting: Restarting): Promise<void> {
  const { restart } = restarting;
  await stopMachine(deps, restart.stop, superseded(`${restart.action} by ${restart.by} takes its place`));
  await changeTasks(deps, execution, restarting);
  const { tenant, executionId, run } = execution;
  await forgetParked(deps.executions, { tenant, execution: executionId }, run);
}

/** Why a run's machine is stopped whose execution has gone on, or ended, without it. */
export const superseded = (cause: string): StopReason => ({ error: "Superseded", cause });

/** Looks, changes and recalls until a look finds nothing left to do. */
async function changeTasks(deps: ControlDeps, execution: Execution, restarting: Restarting): Promise<void> {
  const { tenant, executionId, run, plan } = execution;
  const { tasks } = await deps.plan(tenant, plan);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const outlines = await loadOutlines(deps.executions, { tenant, execution: executionId });
    const steps = stepsOf(restarting.restart, run, { outlines, tasks });
    const toRecall = outlines.filter((outline) => outline.run === run && outline.recall !== undefined);
    if (steps.length === 0 && toRecall.length === 0) return;
    await inParts(steps, EXECUTION_LIMITS.resetsAtOnce, (step) => changeRow(deps, execution, { step, restarting }));
    await inParts(toRecall, EXECUTION_LIMITS.cancelsAtOnce, ({ task }) => notifyOfRow(deps, execution, { task, restarting }));
  }
  throw new StoreUnavailableError(`tasks of ${executionId} kept changing while it was restarted`);
}

async function notifyOfRow(
  deps: ControlDeps,
  execution: Execution,
  { task, restarting }: { task: string; restarting: Restarting },
): Promise<void> {
  const { tenant, executionId } = execution;
  const record = await loadTask(deps.executions, { tenant, execution: executionId, task });
  if (record !== undefined) await notifyAgentsOfCancel(deps, execution, { record, endChild: restarting.cancelChild });
}

async function inParts<Item>(items: readonly Item[], size: number, act: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += size) await Promise.all(items.slice(start, start + size).map(act));
}

/** A row that has changed meanwhile is for the next look. The child goes first: a row at work finds out how it went. */
async function changeRow(
  deps: ControlDeps,
  execution: Execution,
  { step, restarting }: { step: Step; restarting: Restarting },
): Promise<void> {
  const { restart, reviveChild } = restarting;
  const child = canGoOn(restart, step) ? step.outline?.child : undefined;
  const change = child !== undefined && (await reviveChild(child)) ? ({ act: "revive" } as const) : step.change;
  await changeTask(deps, execution, { step: { ...step, change }, run: execution.run, restart });
}

/** Whether a step may leave a task its child: it starts over only for having failed, and the child is left alone. */
const canGoOn = (restart: Restart, { task, outline }: Step): boolean =>
  restart.others?.rule === "failures" &&
  restart.tasks[task] === undefined &&
  outline?.recall === undefined &&
  (outline?.state === "failed" || outline?.state === "cancelled");
