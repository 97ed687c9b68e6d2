import { taskPayload } from "../task/payload-keys.ts";
import { decided, retried } from "../task/waiting-transitions.ts";
import { TASK_ACTIONS, waitsFor } from "../lifecycle/task-actions.ts";
import { loadParked, type ParkedTask, removeParked } from "../store/parking-lot.ts";
import { keepGiven } from "../store/upload-store.ts";
import { ForbiddenError, StoreUnavailableError } from "../../core/errors.ts";
import { isFinished } from "../execution.ts";
import { type Decision, isSettled, type TaskRecord } from "../task/task-record.ts";
import type { ControlDeps } from "./control-deps.ts";
import { findPlace, illegalOnTask, moveOn, type TaskSteering } from "./task-place.ts";

const TRIES = 8;

/** Somebody decided so before, and the same: whatever was left of it is done again. */
async function repeatRelease(deps: ControlDeps, by: TaskSteering, on: ParkedTask["on"]): Promise<void> {
  const parked = await loadParked(deps.executions, by);
  if (parked?.on !== on) return;
  await deps.mail.task(parked.message, 0);
  await removeParked(deps.executions, parked);
}

/**
 * Decides about a task that waits for a person.
 *
 * @param may whether the caller has one of the roles that the task asks for; an empty list asks for the right to
 *   control.
 * @throws {ForbiddenError} the caller may not decide about this task.
 * @throws {IllegalMoveError} it waits for no decision, or was decided otherwise.
 */
export async function decideTask(
  deps: ControlDeps,
  by: TaskSteering,
  { verdict, may }: { verdict: Decision["verdict"]; may: (roles: readonly string[]) => boolean },
): Promise<Decision> {
  const action = verdict === "approved" ? "approve" : "reject";
  for (let tries = 0; tries < TRIES; tries += 1) {
    const place = await findPlace(deps, by);
    const { record, task, execution } = place;
    const { roles = [] } = task.approval ?? {};
    if (!may(roles))
      throw new ForbiddenError(roles.length === 0 ? TASK_ACTIONS[action].whereNoRoles : `decide as ${roles.join(" or ")}`);
    if (record?.decision?.verdict === verdict) {
      await repeatRelease(deps, by, "$approval");
      return record.decision;
    }
    if (!waitsFor(action, record) || isFinished(execution.status))
      throw illegalOnTask(action, place, standingOf(record));
    const decision: Decision = {
      verdict,
      by: by.by,
      at: deps.now().toISOString(),
      ...(by.reason === undefined ? {} : { reason: by.reason }),
    };
    if (await moveOn(deps, { ...place, record }, decided(record, decision))) return decision;
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

function standingOf(record: TaskRecord | undefined): string {
  const { decision } = record ?? {};
  return decision === undefined
    ? "it is not waiting for a decision"
    : `${decision.by} ${decision.verdict} it at ${decision.at}`;
}

/**
 * Tries a task again that waits for an operator after it failed for good. Its policy counts anew.
 *
 * @throws {IllegalMoveError} it does not wait for an operator.
 */
export async function retryTask(
  deps: ControlDeps,
  by: TaskSteering,
  input?: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const place = await findPlace(deps, by);
    const { record, execution } = place;
    const isWaiting = waitsFor("retry", record) && !isFinished(execution.status);
    if (!isWaiting && wasRetried(record)) return repeatRelease(deps, by, "$operator");
    if (!isWaiting)
      throw illegalOnTask(
        "retry",
        place,
        "only tasks that wait for an operator can be retried; rerun a settled task instead",
      );
    const key = taskPayload(by, `retry-${record.attempt}`);
    const edited = input === undefined ? undefined : await keepGiven(deps, { tenant: by.tenant, name: key, value: input, field: "body.input" });
    const retry = retried(record, { by: by.by, reason: by.reason, at: deps.now().toISOString(), input: edited });
    if (await moveOn(deps, { ...place, record }, retry)) return;
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

/** Whether the retry has happened already: it is on its way again, its count begun anew. */
const wasRetried = (record: TaskRecord | undefined): boolean =>
  record?.retryBase !== undefined && record.retryBase > 0 && !isSettled(record.state) && record.state !== "parked";
