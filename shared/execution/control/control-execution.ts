import { raiseBudget, type Spending } from "../store/budget-store.ts";
import { loadExecution } from "../store/execution-store.ts";
import { parkedFor } from "../store/parking-lot.ts";
import { moveOf } from "../lifecycle/execution-actions.ts";
import { ConflictError, InvalidRequestError } from "../../core/errors.ts";
import type { Checkpoint } from "../control.ts";
import { type Execution, isFinished } from "../execution.ts";
import { Priority } from "../../workflow/definition/task-definition.ts";
import { checkpointId, findMoment, takeCheckpoint } from "./checkpoints.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";
import { cancelChange, pauseChange, resumeChange, compensationChange } from "./course-changes.ts";
import { restartChange } from "./restart.ts";
import { illegalMove } from "./illegal-move.ts";
import { applyControl } from "./steer.ts";

/** Nothing new starts from a second later; what agents have goes on. Takes a checkpoint. Children are paused too. */
export function pauseExecution(deps: ControlDeps, by: Steering): Promise<Execution> {
  return applyControl(deps, { ...by, action: "pause", asked: {} }, async (execution) =>
    pauseChange(execution, deps.now()),
  );
}

/** Goes on where it was paused. */
export function resumeExecution(deps: ControlDeps, by: Steering): Promise<Execution> {
  return applyControl(deps, { ...by, action: "resume", asked: {} }, async (execution) =>
    resumeChange(execution, deps.now()),
  );
}

/**
 * Goes on from a moment of its past: what has settled since starts over, under the plan of then.
 *
 * @throws {NotFoundError} no such checkpoint.
 */
export function resumeFromCheckpoint(deps: ControlDeps, by: Steering, checkpoint: string): Promise<Execution> {
  const act = { ...by, action: "resume_from_checkpoint" as const, asked: { checkpoint } };
  return applyControl(deps, act, async (execution) => {
    const { at, plan, runner, machineArn, workflowVersion, taskCount } = await findMoment(deps, execution, checkpoint);
    const isOver = isFinished(execution.status);
    const { plan: then } = await deps.plan(execution.tenant, plan);
    const { plan: now } = await deps.plan(execution.tenant, execution.plan);
    const kept = new Set(then.tasks.map(({ id }) => id));
    const gone = now.tasks.filter(({ id }) => !kept.has(id)).map(({ id }) => [id, { act: "drop" as const }] as const);
    return restartChange(deps, execution, {
      action: act.action,
      by: by.by,
      tasks: Object.fromEntries(gone),
      others: { rule: "since", at, isOver },
      set: { plan, runner, machineArn, workflowVersion, taskCount },
    });
  });
}

/**
 * Ends an execution. Nothing new starts, agents are asked to stop, what they held is free. With a saga what was done is
 * undone first, unless `compensate` is false.
 */
export function cancelExecution(
  deps: ControlDeps,
  by: Steering,
  { compensate = true }: { compensate?: boolean | undefined } = {},
): Promise<Execution> {
  return applyControl(deps, { ...by, action: "cancel", asked: { compensate } }, async (execution) => {
    const hasBegun = execution.status === "running" || execution.status === "paused";
    const undoes = compensate && hasBegun && (await hasSaga(deps, execution));
    return undoes ? compensationChange(execution, deps.now()) : cancelChange(execution, deps.now());
  });
}

async function hasSaga(deps: Pick<ControlDeps, "plan">, { tenant, plan: hash }: Execution): Promise<boolean> {
  const { plan } = await deps.plan(tenant, hash);
  return plan.faultTolerance?.sagaPattern.compensationEnabled === true;
}

/** Moves an execution's tasks to another queue, by default the next faster one. Agents keep what they have. */
export function boostPriority(deps: ControlDeps, by: Steering, wanted?: Priority): Promise<Execution> {
  return applyControl(deps, { ...by, action: "priority_boost", asked: { wanted } }, async (execution) => {
    const steps = Priority.options;
    const priority =
      wanted ?? steps[Math.min(steps.indexOf(execution.priority) + 1, steps.length - 1)] ?? execution.priority;
    if (priority === execution.priority) return undefined;
    // Nothing of it travels yet.
    if (execution.status === "queued") return { to: execution.status, set: { priority } };
    return restartChange(deps, execution, {
      action: "priority_boost",
      by: by.by,
      tasks: {},
      set: { priority },
      staysPaused: true,
    });
  });
}

/**
 * Raises ceilings of the budget that an execution draws on, its own or that of one above it, and lets go on what waits
 * for that.
 *
 * @throws {ConflictError} it has no budget.
 */
export async function raiseExecutionBudget(
  deps: ControlDeps,
  by: Steering,
  raised: NonNullable<Spending["raised"]>,
): Promise<Execution> {
  const { budgetRoot: root } = await loadExecution(deps.executions, by.tenant, by.execution);
  if (root === undefined) throw new ConflictError(`${by.execution} has no budget; its definition can set one`);
  if (Object.values(raised).every((ceiling) => ceiling === undefined)) {
    throw new InvalidRequestError([
      {
        field: "body.parameters",
        message: "names no ceiling: max_cost, max_agent_calls, max_tokens or max_duration_seconds",
      },
    ]);
  }
  const act = { ...by, execution: root, action: "raise_budget" as const, asked: raised };
  return applyControl(deps, act, async (execution) => {
    await raiseBudget(deps.executions, { tenant: by.tenant, root }, raised);
    const id = `budget.${deps.now().toISOString()}`;
    const pending = { id, run: execution.run, follow: "release" as const, release: [parkedFor("budget")] };
    return { to: execution.status, set: { pending } };
  });
}

/** Marks an execution's present state. */
export async function markCheckpoint(deps: ControlDeps, by: Steering): Promise<Checkpoint> {
  const execution = await loadExecution(deps.executions, by.tenant, by.execution);
  if (moveOf("checkpoint", execution) === "illegal") throw illegalMove("checkpoint", execution);
  const at = deps.now();
  return takeCheckpoint(deps, execution, {
    id: checkpointId(at, "manual"),
    at: at.toISOString(),
    reason: by.reason ?? "on demand",
    by: by.by,
  });
}
