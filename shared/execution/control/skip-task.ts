import { commitTransition, loadExecution } from "../store/execution-store.ts";
import { taskPayload } from "../task/payload-keys.ts";
import { skipped } from "../task/steering-transitions.ts";
import { pendingTask } from "../task/transition.ts";
import { keepGiven } from "../store/upload-store.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import type { Execution } from "../execution.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { notifyAgentsOfCancel } from "../attempt/end-attempt.ts";
import type { ControlDeps } from "./control-deps.ts";
import { markCancelled } from "./mark-cancelled.ts";
import { type Skip, skipInNextRun } from "./rerun.ts";
import { findPlace, moveOn, type Place, type TaskSteering } from "./task-place.ts";

const TRIES = 8;

/**
 * Counts a task as done. In a run that goes on, one that has not settled ends where it stands; agents are told to stop.
 * Otherwise it takes a next run, as does taking back what came after it.
 *
 * @throws {NotFoundError} the execution has no such task.
 */
export async function skipTask(deps: ControlDeps, by: TaskSteering, wish: Omit<Skip, "task"> = {}): Promise<Execution> {
  const skip = { ...wish, task: by.task };
  for (let tries = 0; tries < TRIES; tries += 1) {
    const place = await findPlace(deps, by);
    const { execution, record } = place;
    const goesOn = execution.status === "running" || execution.status === "paused";
    if (goesOn && isSkipped(record, skip)) {
      await notifyAgentsOfCancel(deps, execution, { record, endChild: endChildOf(deps, execution) });
      return execution;
    }
    if (!goesOn || needsNextRun(execution, record)) return skipInNextRun(deps, by, skip);
    if (!(await skipNow(deps, by, { place, output: skip.output }))) continue;
    return loadExecution(deps.executions, by.tenant, by.execution);
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

/** Whether the task was skipped so before; one that a condition ruled out has nothing in place of a result. */
const isSkipped = (record: TaskRecord | undefined, { output }: Skip): record is TaskRecord =>
  record?.state === "skipped" && (output === undefined || record.output !== undefined);

/** What has a result, or instances at work, cannot just end where it stands. */
const needsNextRun = ({ compensation }: Execution, record: TaskRecord | undefined): boolean =>
  compensation !== undefined || (record !== undefined && (isSettled(record.state) || record.items !== undefined));

async function skipNow(
  deps: ControlDeps,
  by: TaskSteering,
  { place, output }: { place: Place; output: unknown },
): Promise<boolean> {
  const { execution, record } = place;
  const { run } = execution;
  const stored = output === undefined ? undefined : await keepGiven(deps, { tenant: by.tenant, name: taskPayload(by, `skip-${run}`), value: output, field: "body.output" });
  const steerer = { by: by.by, reason: by.reason, action: `skip of '${by.task}'`, run };
  const before = record ?? pendingTask(by.task, { run, token: "" });
  const transition = skipped(before, { output: stored, at: deps.now().toISOString(), steerer });
  const isWritten =
    record === undefined
      ? (await commitTransition(deps.executions, { head: execution, transition })) === "written"
      : await moveOn(deps, { ...place, record }, transition);
  if (isWritten) await notifyAgentsOfCancel(deps, execution, { record: transition.row, endChild: endChildOf(deps, execution) });
  return isWritten;
}

const endChildOf = (deps: ControlDeps, parent: Execution) => (child: string) => markCancelled(deps, { parent, child });
