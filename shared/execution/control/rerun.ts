import { loadOutlines } from "../store/control-store.ts";
import { keepGiven } from "../store/upload-store.ts";
import { taskPayload } from "../task/payload-keys.ts";
import { findTask, hasInstances, parseItemName } from "../task/for-each.ts";
import { downstreamOf, type PlanDifference } from "../../workflow/plan/plan-difference.ts";
import { hasStarted } from "./restart-rules.ts";
import { InvalidRequestError, NotFoundError } from "../../core/errors.ts";
import type { Restart, TaskChange } from "../control.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { StoredDefinition } from "../../workflow/store/stored-definition.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";
import { redefine, restartChange, type RestartRequest } from "./restart.ts";
import { applyControl } from "./steer.ts";

/** How a definition that replaced an execution's compares with it. */
export interface Modified {
  readonly execution: Execution;
  readonly difference: PlanDifference;
  /** Tasks that began in the moment of the change: they go on as they were defined before. */
  readonly keptStarted: readonly string[];
}

/**
 * Goes on under another definition: tasks are added, and those that have not started changed or removed. A paused
 * execution stays paused.
 *
 * @throws {IllegalMoveError} the definition changes or removes tasks that have started.
 */
export async function modifyExecution(
  deps: ControlDeps,
  by: Steering,
  definition: StoredDefinition,
): Promise<Modified> {
  let difference: PlanDifference = { unchanged: [], changed: [], added: [], removed: [] };
  const act = { ...by, action: "modify" as const, asked: { plan: definition.plan } };
  const execution = await applyControl(deps, act, async (before) => {
    const restart = { action: "modify", by: by.by, tasks: {} };
    const redefined = await redefine(deps, before, { action: "modify", definition, restart });
    difference = redefined.difference;
    if (before.plan === definition.plan) return undefined;
    return restartChange(deps, before, {
      ...restart,
      tasks: { ...redefined.tasks },
      set: redefined.set,
      staysPaused: true,
    });
  });
  return { execution, difference, keptStarted: await keptStarted(deps, execution, difference.changed) };
}

async function keptStarted(
  deps: ControlDeps,
  { tenant, executionId, run }: Execution,
  changed: readonly string[],
): Promise<readonly string[]> {
  if (changed.length === 0) return [];
  const outlines = await loadOutlines(deps.executions, { tenant, execution: executionId });
  const old = new Set(outlines.filter((outline) => outline.run < run && hasStarted(outline)).map(({ task }) => task));
  return changed.filter((task) => old.has(task));
}

/** Starts a failed or cancelled execution again where it ended; results it has are kept. */
export function redriveExecution(deps: ControlDeps, by: Steering, definition?: StoredDefinition): Promise<Execution> {
  const act = { ...by, action: "redrive" as const, asked: { plan: definition?.plan } };
  return applyControl(deps, act, (execution) =>
    restartUnder(deps, execution, {
      definition,
      wish: { action: act.action, by: by.by, tasks: {}, others: { rule: "failures" } },
    }),
  );
}

/** Which task starts over, and how. */
export interface Rerun {
  readonly task: string;
  /** Fields laid over those that the definition gives. */
  readonly input?: Readonly<Record<string, unknown>> | undefined;
  /** Whether everything after it starts over as well. @default true */
  readonly downstream?: boolean | undefined;
  /** Takes the place of the execution's definition. */
  readonly definition?: StoredDefinition | undefined;
}

/**
 * Starts a task over, and by default whatever comes after it; every other result is kept. What ended the execution
 * before starts over in any case.
 *
 * @throws {NotFoundError} the execution has no such task.
 */
export function rerunTask(deps: ControlDeps, by: Steering, rerun: Rerun): Promise<Execution> {
  const { task, input, downstream = true, definition } = rerun;
  const asked = { task, input, downstream, plan: definition?.plan };
  return applyControl(deps, { ...by, action: "rerun", asked }, async (execution) => {
    const key = taskPayload({ ...by, task }, `rerun-${execution.run + 1}`);
    const edited = input === undefined ? {} : { input: await keepGiven(deps, { tenant: by.tenant, name: key, value: input, field: "body.input" }) };
    const tasks = await startOver(deps, execution, { task, downstream, change: { act: "reset", ...edited } });
    return restartUnder(deps, execution, {
      definition,
      wish: wishOf(execution, { action: `rerun of '${task}'`, by: by.by, tasks }),
    });
  });
}

/** Which task counts as done. */
export interface Skip {
  readonly task: string;
  /** Stands in for its result. Without one, what depends on it alone is skipped as well. */
  readonly output?: unknown;
  /** Whether everything after it starts over. @default true */
  readonly downstream?: boolean | undefined;
}

/** Counts a task as done; see `rerunTask` for what becomes of the others. */
export function skipInNextRun(
  deps: ControlDeps,
  by: Steering,
  { task, output, downstream = true }: Skip,
): Promise<Execution> {
  return applyControl(deps, { ...by, action: "skip", asked: { task, output, downstream } }, async (execution) => {
    const key = taskPayload({ ...by, task }, `skip-${execution.run + 1}`);
    const standIn = output === undefined ? {} : { output: await keepGiven(deps, { tenant: by.tenant, name: key, value: output, field: "body.output" }) };
    const tasks = await startOver(deps, execution, { task, downstream, change: { act: "skip", ...standIn } });
    return restartChange(deps, execution, wishOf(execution, { action: `skip of '${task}'`, by: by.by, tasks }));
  });
}

/** A finished execution has no task under way, and its failures must not end the next run at once. */
const wishOf = ({ status }: Execution, restart: Pick<RestartRequest, "action" | "by" | "tasks">): RestartRequest => ({
  ...restart,
  ...(isFinished(status) ? { others: { rule: "failures" as const } } : {}),
  staysPaused: true,
});

/** The task, the `for_each` that it is an instance of, and everything after them. */
async function startOver(
  deps: ControlDeps,
  execution: Execution,
  { task, downstream, change }: { task: string; downstream: boolean; change: TaskChange },
): Promise<Restart["tasks"]> {
  const { plan, tasks } = await deps.plan(execution.tenant, execution.plan);
  const found = findTask(tasks, task);
  if (found === undefined) throw new NotFoundError("task", task);
  if (hasInstances(found) && change.act === "reset" && change.input !== undefined) {
    throw new InvalidRequestError([
      {
        field: "body.input",
        message: `is for one task; '${task}' runs as instances: rerun one of them, such as '${task}[0]'`,
      },
    ]);
  }
  const group = parseItemName(task)?.group;
  if (group !== undefined && tasks.get(group)?.kind === "pattern") {
    throw new InvalidRequestError([
      { field: "path.task_id", message: `'${task}' is a question of a pattern, which others followed; rerun '${group}' as a whole` },
    ]);
  }
  const whole: Restart["tasks"] = group === undefined ? {} : { [group]: { act: "reset", keepsItems: true } };
  const after = downstream ? downstreamOf(plan, new Set([group ?? task])) : [];
  return { ...Object.fromEntries(after.map((id) => [id, { act: "reset" as const }])), ...whole, [task]: change };
}

/** A restart, under another definition where one is given. */
async function restartUnder(
  deps: ControlDeps,
  execution: Execution,
  { definition, wish }: { definition: StoredDefinition | undefined; wish: RestartRequest },
) {
  if (definition === undefined) return restartChange(deps, execution, wish);
  const action = wish.others === undefined || Object.keys(wish.tasks).length > 0 ? "rerun" : "redrive";
  const { tasks, set } = await redefine(deps, execution, { action, definition, restart: wish });
  return restartChange(deps, execution, { ...wish, tasks: { ...wish.tasks, ...tasks }, set });
}
