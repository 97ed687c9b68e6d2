import { loadOutlines } from "../store/control-store.ts";
import { savePayload } from "../store/payload-store.ts";
import { type ControlAction, legalMoves } from "../lifecycle/execution-actions.ts";
import type { HeadFields } from "../lifecycle/execution-transitions.ts";
import { comparePlans, type PlanDifference } from "../../workflow/plan/plan-difference.ts";
import { hasStarted, stepsOf } from "./restart-rules.ts";
import { executionPayload } from "../task/payload-keys.ts";
import type { TaskOutline } from "../task/task-outline.ts";
import { IllegalMoveError, InvalidRequestError } from "../../core/errors.ts";
import type { Restart, TaskChange } from "../control.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { StoredDefinition } from "../../workflow/store/stored-definition.ts";
import { runArn } from "../run/start-run.ts";
import type { ControlDeps } from "./control-deps.ts";
import { type Change, deadlineAfterPause, pausesUntil } from "./course-changes.ts";

/** What the next run does differently. */
export interface RestartRequest extends Omit<Restart, "stop"> {
  /** What the next run goes by, where that changes. */
  readonly set?: HeadFields;
  /** A paused execution stays paused; otherwise it goes on. */
  readonly staysPaused?: boolean;
}

/**
 * The next run of an execution, as a change to put on record: what becomes of its tasks lies with it, so that whoever
 * finds it can carry it out.
 */
export async function restartChange(
  deps: Pick<ControlDeps, "payloads" | "now">,
  execution: Execution,
  wish: RestartRequest,
): Promise<Change> {
  const { tenant, executionId, status } = execution;
  const { set = {}, staysPaused = false, ...rest } = wish;
  const run = execution.run + 1;
  const restart: Restart = { ...rest, stop: runArn(execution) };
  const pending = {
    id: `restart.${run}`,
    run,
    restart: await savePayload(deps.payloads, executionPayload({ tenant, execution: executionId }, `restart-${run}`), restart),
  };
  const to = status === "paused" && staysPaused ? "paused" : "submitted";
  return { to, set: { ...set, run, pending, ...(to === "paused" ? {} : awake(deps, execution)) } };
}

/** A finished execution gets its time anew; a paused one gets back the time it stood. */
function awake({ now }: Pick<ControlDeps, "now">, execution: Execution): Partial<Execution> {
  if (!isFinished(execution.status)) return { pauses: pausesUntil(execution, now()), deadlineAt: deadlineAfterPause(execution, now()) };
  const deadlineAt = new Date(now().getTime() + execution.executionTimeoutSeconds * 1000).toISOString();
  return { completedAt: undefined, failure: undefined, output: undefined, deadlineAt };
}

/** A definition that takes the place of an execution's, and how they compare. */
export interface Redefinition {
  readonly difference: PlanDifference;
  readonly tasks: Readonly<Record<string, TaskChange>>;
  readonly set: HeadFields;
}

/**
 * Works out what another definition means for an execution. Tasks that have started keep their definition, unless
 * `restart` has them start over anyway.
 *
 * @throws {IllegalMoveError} it changes or removes tasks that have started; names them and where they stand.
 * @throws {InvalidRequestError} it is the definition of another workflow.
 */
export async function redefine(
  deps: Pick<ControlDeps, "executions" | "plan">,
  execution: Execution,
  {
    action,
    definition,
    restart,
  }: { action: ControlAction; definition: StoredDefinition; restart: Omit<Restart, "stop"> },
): Promise<Redefinition> {
  const { tenant, executionId, workflowId, run } = execution;
  if (definition.name !== workflowId) {
    throw new InvalidRequestError([
      {
        field: "body.name",
        message: `is '${definition.name}'; ${executionId} runs '${workflowId}', which keeps its name`,
      },
    ]);
  }
  const [before, after] = await Promise.all([deps.plan(tenant, execution.plan), deps.plan(tenant, definition.plan)]);
  const difference = comparePlans(before.plan, after.plan);
  const outlines = await loadOutlines(deps.executions, { tenant, execution: executionId });
  const steps = stepsOf(restart, run + 1, { outlines, tasks: before.tasks });
  const startsOver = new Set(steps.map(({ task }) => task));
  const known = new Map(outlines.map((outline) => [outline.task, outline]));
  refuseStarted([...difference.changed, ...difference.removed], { action, execution, known, startsOver });
  return {
    difference,
    tasks: changesOf(difference, { known, startsOver }),
    set: headOf(definition),
  };
}

interface Known {
  readonly known: ReadonlyMap<string, TaskOutline>;
  readonly startsOver: ReadonlySet<string>;
}

function refuseStarted(tasks: readonly string[], at: Known & { action: ControlAction; execution: Execution }): void {
  const started = tasks.flatMap((task) => {
    const outline = at.startsOver.has(task) ? undefined : at.known.get(task);
    return outline === undefined || !hasStarted(outline) ? [] : [{ task_id: task, status: outline.state }];
  });
  if (started.length === 0) return;
  const names = started.map(({ task_id: task, status }) => `'${task}' (${status})`).join(", ");
  const remedy = "leave them as they are, or rerun them with the new one";
  const message = `tasks that have started keep their definition: ${names}; ${remedy}`;
  const { executionId, status } = at.execution;
  throw new IllegalMoveError(message, {
    execution_id: executionId,
    action: at.action,
    execution_status: status,
    legal_moves: legalMoves(at.execution),
    tasks: started,
  });
}

function changesOf(
  { changed, added, removed }: PlanDifference,
  { known, startsOver }: Known,
): Record<string, TaskChange> {
  const again = added.filter((task) => known.has(task));
  return Object.fromEntries<TaskChange>([
    ...changed
      .filter((task) => !startsOver.has(task))
      .map((task) => [task, { act: "reset" as const, unlessStarted: true as const }] as const),
    // Removed once, and back now.
    ...again.map((task) => [task, { act: "reset" as const }] as const),
    ...removed.map((task) => [task, { act: "drop" as const }] as const),
  ]);
}

const headOf = (definition: StoredDefinition): HeadFields => ({
  plan: definition.plan,
  workflowVersion: definition.version,
  pattern: definition.pattern,
  taskCount: definition.taskCount,
  estimatedSeconds: definition.estimatedSeconds,
  maxDurationMinutes: definition.maxDurationMinutes,
  successRateThreshold: definition.successRateThreshold,
  runner: "graph",
  machineArn: undefined,
});
