import { createTask, loadExecution, loadTask, moveTask, newEvent, type NewEvent } from "../../aws/execution-store.ts";
import { loadParked, type ParkedTask, unparkTask } from "../../aws/parking-lot.ts";
import { payloadBytes, savePayload } from "../../aws/payload-store.ts";
import { findTask } from "../../domain/for-each.ts";
import { legalMoves } from "../../domain/execution-moves.ts";
import { ForbiddenError, IllegalMoveError, NotFoundError, StoreUnavailableError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { type Decision, type Execution, isFinished, isSettled, type PayloadRef, type TaskRecord } from "../../schemas/execution.ts";
import type { PlanTask } from "../../schemas/plan.ts";
import { planOf, runOf } from "../attempt.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";
import { markCancelled } from "./mark-cancelled.ts";
import { type Skip, skipInNextRun } from "./rerun.ts";

/** Who steers which task, and why. */
export interface TaskSteering extends Steering {
  readonly task: string;
}

interface Place {
  readonly execution: Execution;
  readonly task: PlanTask;
  readonly record: TaskRecord | undefined;
}

const TRIES = 8;

async function findPlace(deps: ControlDeps, { tenant, execution: id, task: name }: TaskSteering): Promise<Place> {
  const execution = await loadExecution(deps.executions, tenant, id);
  const { tasks } = await deps.plan(tenant, planOf(execution));
  const task = findTask(tasks, name);
  if (task === undefined) throw new NotFoundError("task", name);
  return { execution, task, record: await loadTask(deps.executions, { tenant, execution: id, task: name }) };
}

/** What the caller hears of an act that is not allowed. */
function illegal(action: string, { execution, task, record }: Place, remedy: string): IllegalMoveError {
  const standing = record === undefined ? "pending" : `${record.state}${record.reason === undefined ? "" : ` (${record.reason})`}`;
  return new IllegalMoveError(`${action} is not possible: task '${task.id}' is ${standing}; ${remedy}`, {
    execution_id: execution.executionId,
    execution_status: execution.status,
    legal_moves: legalMoves(execution),
    task_id: task.id,
    task_status: record?.state ?? "pending",
    ...(record?.reason === undefined ? {} : { task_waits_for: record.reason }),
  });
}

/** How a parked task goes on. */
interface Onward {
  readonly set: Partial<TaskRecord>;
  readonly events: readonly NewEvent[];
}

/**
 * Moves a parked task on and has it looked at. A nudge goes out before, for the case that nobody lives to send the one
 * after: until the row has moved it finds nothing to do.
 */
async function moveOn(deps: ControlDeps, { execution, record }: Place & { record: TaskRecord }, onward: Onward): Promise<boolean> {
  const { tenant, executionId } = execution;
  const parked = await loadParked(deps.executions, { tenant, execution: executionId, task: record.task });
  const { task, state, attempt, run } = record;
  const move = { task, from: [state], attempt, holds: { run }, ...onward };
  // One that waits for its inputs is looked at when they come.
  if (parked?.on.startsWith("$") === false) return (await moveTask(deps.executions, execution, move)) === "written";
  // Of the current run, whichever it was parked by.
  const message = { seen: 0, ...parked?.message, run: runOf(execution, deps.queues), task, token: record.token };
  await deps.mail.task(message, LIMITS.nudgeSeconds);
  if ((await moveTask(deps.executions, execution, move)) === "stale") return false;
  await deps.mail.task(message, 0);
  if (parked !== undefined) await unparkTask(deps.executions, parked);
  return true;
}

/** Somebody decided so before, and the same: whatever was left of it is done again. */
async function repeatRelease(deps: ControlDeps, by: TaskSteering, on: ParkedTask["on"]): Promise<void> {
  const parked = await loadParked(deps.executions, by);
  if (parked?.on !== on) return;
  await deps.mail.task(parked.message, 0);
  await unparkTask(deps.executions, parked);
}

/**
 * Decides about a task that waits for a person.
 *
 * @param may whether the caller has one of the roles that the task asks for; an empty list asks for the right to control.
 * @throws {ForbiddenError} the caller may not decide about this task.
 * @throws {IllegalMoveError} it waits for no decision, or was decided otherwise.
 */
export async function decideTask(
  deps: ControlDeps,
  by: TaskSteering,
  { verdict, may }: { verdict: Decision["verdict"]; may: (roles: readonly string[]) => boolean },
): Promise<Decision> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const place = await findPlace(deps, by);
    const { record, task, execution } = place;
    const { roles = [] } = task.approval ?? {};
    if (!may(roles)) throw new ForbiddenError(roles.length === 0 ? "execution:control" : `decide as ${roles.join(" or ")}`);
    if (record?.decision?.verdict === verdict) {
      await repeatRelease(deps, by, "$approval");
      return record.decision;
    }
    const isOpen = record?.state === "parked" && record.reason === "approval" && !isFinished(execution.status);
    if (!isOpen) throw illegal(verdict === "approved" ? "approve" : "reject", place, standingOf(record));
    const decision: Decision = { verdict, by: by.by, at: deps.now().toISOString(), ...(by.reason === undefined ? {} : { reason: by.reason }) };
    const facts = { task_id: by.task, attempt: record.attempt, verdict, decided_by: by.by, ...(by.reason === undefined ? {} : { reason: by.reason }) };
    const events = [newEvent("task.decided", { id: `${by.task}.${record.run}.${record.attempt}.decided`, at: decision.at, facts })];
    const set = { state: "queued" as const, reason: undefined, waitUntil: undefined, decision };
    if (await moveOn(deps, { ...place, record }, { set, events })) return decision;
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

function standingOf(record: TaskRecord | undefined): string {
  const { decision } = record ?? {};
  return decision === undefined ? "it waits for no decision" : `${decision.by} ${decision.verdict} it at ${decision.at}`;
}

/**
 * Tries a task again that waits for an operator after it failed for good. Its policy counts anew.
 *
 * @throws {IllegalMoveError} it does not wait for an operator.
 */
export async function retryTask(deps: ControlDeps, by: TaskSteering, input?: Readonly<Record<string, unknown>>): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const place = await findPlace(deps, by);
    const { record, execution } = place;
    const isWaiting = record?.state === "parked" && record.reason === "operator" && !isFinished(execution.status);
    if (!isWaiting && wasRetried(record)) return repeatRelease(deps, by, "$operator");
    if (!isWaiting) throw illegal("retry", place, "only tasks that wait for an operator can be retried; rerun starts a settled one over");
    const key = `T/${by.tenant}/X/${by.execution}/${by.task}/retry-${record.attempt}`;
    const edited = input === undefined ? {} : { input: await savePayload(deps.payloads, key, input) };
    const at = deps.now().toISOString();
    const facts = { task_id: by.task, attempt: record.attempt, reason: `retried by ${by.by}${by.reason === undefined ? "" : `: ${by.reason}`}` };
    const events = [newEvent("task.released", { id: `${by.task}.${record.attempt}.retried`, at, facts })];
    const set = { state: "queued" as const, reason: undefined, retryBase: record.attempt, notBefore: undefined, ...edited };
    if (await moveOn(deps, { ...place, record }, { set, events })) return;
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

/** Whether the retry has happened already: it is on its way again, its count begun anew. */
const wasRetried = (record: TaskRecord | undefined): boolean =>
  record?.retryBase !== undefined && record.retryBase > 0 && !isSettled(record.state) && record.state !== "parked";

/**
 * Counts a task as done. In a run that goes on, one that has not settled ends where it stands; agents are asked to stop.
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
    if (record?.state === "skipped" && goesOn) return execution;
    if (!goesOn || needsNextRun(execution, record)) return skipInNextRun(deps, by, skip);
    if (await skipNow(deps, by, { place, output: skip.output })) return loadExecution(deps.executions, by.tenant, by.execution);
  }
  throw new StoreUnavailableError(`task '${by.task}' kept changing`);
}

/** What has a result, or instances at work, cannot just end where it stands. */
const needsNextRun = ({ compensation }: Execution, record: TaskRecord | undefined): boolean =>
  compensation !== undefined || (record !== undefined && (isSettled(record.state) || record.items !== undefined));

async function skipNow(deps: ControlDeps, by: TaskSteering, { place, output }: { place: Place; output: unknown }): Promise<boolean> {
  const { execution, record } = place;
  const key = `T/${by.tenant}/X/${by.execution}/${by.task}/skip-${execution.run}`;
  const ref = output === undefined ? undefined : await savePayload(deps.payloads, key, output);
  const at = deps.now().toISOString();
  const events = skipEvents(by, { execution, record, ref, at });
  const set = { state: "skipped" as const, output: ref, failure: undefined, reason: undefined, waitUntil: undefined, settledAt: at };
  if (record === undefined) {
    const created = { task: by.task, run: execution.run, attempt: 0, token: "", ...set };
    return (await createTask(deps.executions, execution, { record: created, events })) === "written";
  }
  if (!(await moveOn(deps, { ...place, record }, { set, events }))) return false;
  if (record.child !== undefined) await markCancelled(deps, { parent: execution, child: record.child });
  const agent = record.agentTaskId === undefined ? undefined : await deps.agent(by.tenant, record.agentId);
  if (agent !== undefined && record.agentTaskId !== undefined) await deps.calls.cancel(agent, record.agentTaskId);
  return true;
}

function skipEvents(
  by: TaskSteering,
  { execution, record, ref, at }: { execution: Execution; record: TaskRecord | undefined; ref: PayloadRef | undefined; at: string },
): readonly NewEvent[] {
  const attempt = record?.attempt ?? 0;
  const result = ref === undefined ? {} : { result: { bytes: payloadBytes(ref), ...("key" in ref ? { key: ref.key } : {}) } };
  const settled = { task_id: by.task, attempt, status: "skipped" as const, duration_seconds: 0, ...result };
  const { run } = execution;
  const controlled = { action: `skip of '${by.task}'`, requested_by: by.by, run, ...(by.reason === undefined ? {} : { reason: by.reason }) };
  return [
    newEvent("task.completed", { id: `${by.task}.${attempt}.skipped.r${run}`, at, facts: settled }),
    newEvent("workflow.controlled", { id: `run.${run}.skip.${by.task}.${at}`, at, facts: controlled }),
  ];
}
