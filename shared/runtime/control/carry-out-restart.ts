import { ExecutionDoesNotExist, StopExecutionCommand } from "@aws-sdk/client-sfn";
import { forgetParked, loadOutlines } from "../../aws/control-store.ts";
import { type Step, stepsOf } from "../../domain/restart-rules.ts";
import { StoreUnavailableError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import type { Restart } from "../../schemas/control.ts";
import type { Execution } from "../../schemas/execution.ts";
import type { ControlDeps } from "./control-deps.ts";
import { changeTask } from "./reset-tasks.ts";

const PASSES = 8;

/**
 * Brings the rows of an execution in line with a restart that is on record: the former run's machine is stopped, tasks
 * are reset, skipped or dropped, and what was parked for the former run is forgotten. The new machine is the caller's.
 *
 * Every row changes at most once, because it then belongs to the new run; so all of it may be repeated, also by two at
 * the same time. Agents are asked to stop after their row is changed: what they still answer finds nobody.
 */
export async function carryOutRestart(
  deps: ControlDeps,
  execution: Execution,
  { restart, cancelChild }: { restart: Restart; cancelChild: (child: string) => Promise<void> },
): Promise<void> {
  await stopMachine(deps, restart.stop, `${restart.action} by ${restart.by} takes its place`);
  await changeTasks(deps, execution, { restart, cancelChild });
  const { tenant, executionId, run } = execution;
  await forgetParked(deps.executions, { tenant, execution: executionId }, run);
}

/** Stops a run's machine; one that is gone or over is no matter. */
export async function stopMachine({ sfn }: Pick<ControlDeps, "sfn">, executionArn: string, cause: string): Promise<void> {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, error: "Superseded", cause }));
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
}

async function changeTasks(
  deps: ControlDeps,
  execution: Execution,
  { restart, cancelChild }: { restart: Restart; cancelChild: (child: string) => Promise<void> },
): Promise<void> {
  const { tenant, executionId, run, plan } = execution;
  const { tasks } = await deps.plan(tenant, plan);
  for (let pass = 0; pass < PASSES; pass += 1) {
    const outlines = await loadOutlines(deps.executions, { tenant, execution: executionId });
    const steps = stepsOf(restart, run, { outlines, tasks });
    let stale = 0;
    for (let start = 0; start < steps.length; start += LIMITS.resetsAtOnce) {
      const part = steps.slice(start, start + LIMITS.resetsAtOnce);
      const outcomes = await Promise.all(part.map((step) => changeTask(deps, execution, { step, run, restart })));
      stale += outcomes.filter((outcome) => outcome === "stale").length;
      await recall(deps, execution, { steps: part.filter((_, index) => outcomes[index] === "written"), cancelChild });
    }
    if (stale === 0) return;
  }
  throw new StoreUnavailableError(`tasks of ${executionId} kept changing while it was restarted`);
}

/** Asks those to stop who were at work on tasks that start over. */
async function recall(
  { agent, calls }: ControlDeps,
  { tenant }: Execution,
  { steps, cancelChild }: { steps: readonly Step[]; cancelChild: (child: string) => Promise<void> },
): Promise<void> {
  const atWork = steps.flatMap(({ outline }) => (outline !== undefined && IN_HANDS.has(outline.state) ? [outline] : []));
  for (let start = 0; start < atWork.length; start += LIMITS.recallsAtOnce) {
    const part = atWork.slice(start, start + LIMITS.recallsAtOnce);
    await Promise.all(
      part.map(async ({ agentId, agentTaskId, child, hedge }) => {
        if (child !== undefined) return cancelChild(child);
        for (const at of [{ agentId, agentTaskId }, ...(hedge === undefined ? [] : [hedge])]) {
          const found = at.agentTaskId === undefined ? undefined : await agent(tenant, at.agentId);
          if (found !== undefined && at.agentTaskId !== undefined) await calls.cancel(found, at.agentTaskId);
        }
      }),
    );
  }
}

const IN_HANDS: ReadonlySet<string> = new Set(["dispatched", "running", "input_required"]);
