import { createTask, loadExecution, newEvent, type NewEvent } from "../store/execution-store.ts";
import { payloadBytes, savePayload } from "../store/payload-store.ts";
import { atWork } from "./restart-rules.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { type Execution, isSettled, type PayloadRef, type TaskRecord } from "../execution.ts";
import { callOff } from "../attempt/call-off.ts";
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
      await callOff(deps, execution, { row: record, endChild: endChildOf(deps, execution) });
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
  const key = `T/${by.tenant}/X/${by.execution}/${by.task}/skip-${execution.run}`;
  const ref = output === undefined ? undefined : await savePayload(deps.payloads, key, output);
  const at = deps.now().toISOString();
  const events = skipEvents(by, { execution, record, ref, at });
  const set = {
    state: "skipped" as const,
    output: ref,
    failure: undefined,
    reason: undefined,
    waitUntil: undefined,
    settledAt: at,
    recall: record === undefined ? undefined : atWork(record),
  };
  if (record === undefined) {
    const created = { task: by.task, run: execution.run, attempt: 0, token: "", ...set };
    return (await createTask(deps.executions, execution, { record: created, events })) === "written";
  }
  if (!(await moveOn(deps, { ...place, record }, { set, events }))) return false;
  await callOff(deps, execution, { row: { ...record, ...set }, endChild: endChildOf(deps, execution) });
  return true;
}

const endChildOf = (deps: ControlDeps, parent: Execution) => (child: string) => markCancelled(deps, { parent, child });

function skipEvents(
  by: TaskSteering,
  skipped: { execution: Execution; record: TaskRecord | undefined; ref: PayloadRef | undefined; at: string },
): readonly NewEvent[] {
  const { execution, record, ref, at } = skipped;
  const attempt = record?.attempt ?? 0;
  const result =
    ref === undefined ? {} : { result: { bytes: payloadBytes(ref), ...("key" in ref ? { key: ref.key } : {}) } };
  const settled = { task_id: by.task, attempt, status: "skipped" as const, duration_seconds: 0, ...result };
  const { run } = execution;
  const controlled = {
    action: `skip of '${by.task}'`,
    requested_by: by.by,
    run,
    ...(by.reason === undefined ? {} : { reason: by.reason }),
  };
  return [
    newEvent("task.completed", { id: `${by.task}.${attempt}.skipped.r${run}`, at, facts: settled }),
    newEvent("workflow.controlled", { id: `run.${run}.skip.${by.task}.${at}`, at, facts: controlled }),
  ];
}
