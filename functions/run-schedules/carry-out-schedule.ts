import { ConflictError, IllegalMoveError, NotFoundError } from "../../shared/core/errors.ts";
import type { BusEvent } from "../../shared/execution/bus-event.ts";
import { cancelExecution } from "../../shared/execution/control/control-execution.ts";
import type { ControlDeps } from "../../shared/execution/control/control-deps.ts";
import { isFinished } from "../../shared/execution/execution.ts";
import type { EventSubmission } from "../../shared/execution/run/create-submitter.ts";
import { triggerInput } from "../../shared/execution/run/trigger-input.ts";
import { loadExecution } from "../../shared/execution/store/execution-store.ts";
import type { Execution } from "../../shared/execution/execution.ts";
import { ExpressionError } from "../../shared/expression/expression.ts";
import { type DefinitionStore, loadDefinition } from "../../shared/workflow/store/definition-store.ts";
import { afterTicks, type Schedule, type ScheduleRun, schedulesIn, takeDue } from "../../shared/workflow/schedules/schedule.ts";
import { findSchedule, removeSchedule, replaceSchedule } from "../../shared/workflow/store/schedule-store.ts";

/** What carrying out schedules stands on. */
export interface ScheduleDeps {
  readonly definitions: DefinitionStore;
  readonly steering: ControlDeps;
  readonly start: (wish: EventSubmission) => Promise<Execution>;
  readonly now: () => Date;
}

/** Whose schedule. */
export interface ScheduleRef {
  readonly tenant: string;
  readonly schedule: string;
}

/** Who it is that starts and replaces executions. */
const SUBJECT = "schedule";
/** What ticks are to the expressions of a trigger. */
const SOURCE = "a2a.schedules";

/**
 * Starts what is due of a schedule. The id of a tick's execution follows from workflow, schedule and tick, so that
 * whoever is asked twice, or goes on after a crash, finds the one that was started. A schedule that its workflow has no
 * longer is removed.
 *
 * @returns what its ticks came to; nothing where another came first.
 */
export async function carryOut(deps: ScheduleDeps, { tenant, schedule: id }: ScheduleRef): Promise<readonly ScheduleRun[]> {
  const now = deps.now();
  const seen = await findSchedule(deps.definitions, tenant, id);
  if (seen?.status !== "active") return [];
  const due = takeDue(seen, now.getTime());
  if (due === undefined) return [];
  if (!(await isStated(deps, tenant, seen))) {
    await removeSchedule(deps.definitions, tenant, seen);
    return [];
  }
  const { runs, waiting } = await runTicks(deps, tenant, { schedule: seen, ticks: due.ticks });
  const next = afterTicks({ ...due.rest, updated_at: now.toISOString(), updated_by: SUBJECT }, { runs, waiting });
  const outcome = await replaceSchedule(deps.definitions, tenant, { seen, next, now: now.getTime() });
  return outcome === "written" ? runs : [];
}

/** Whether the newest version of its workflow has it. */
async function isStated({ definitions }: ScheduleDeps, tenant: string, { schedule_id: id, workflow_id: name }: Schedule): Promise<boolean> {
  try {
    const { triggers = [] } = await loadDefinition(definitions, { tenant, name });
    return schedulesIn(tenant, name, triggers).has(id);
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** Ticks of a schedule, the oldest first. */
interface Ticks {
  readonly schedule: Schedule;
  readonly ticks: readonly string[];
}

async function runTicks(deps: ScheduleDeps, tenant: string, { schedule, ticks }: Ticks): Promise<{ runs: ScheduleRun[]; waiting: string[] }> {
  const runs: ScheduleRun[] = [];
  let latest = schedule.execution_id;
  for (const [index, due_at] of ticks.entries()) {
    const isFree = schedule.overlap === "allow" || !(await isOpen(deps, tenant, latest));
    if (!isFree && schedule.overlap === "queue") return { runs, waiting: ticks.slice(index) };
    const tick = { due_at, at: deps.now().toISOString() };
    if (!isFree && schedule.overlap === "skip") {
      runs.push({ ...tick, outcome: "skipped", reason: `execution '${latest}' is still open` });
      continue;
    }
    if (!isFree && latest !== undefined) await endEarly(deps, { tenant, execution: latest, due: due_at });
    const run = await startTick(deps, tenant, { schedule, due_at });
    runs.push({ ...tick, ...run });
    latest = run.execution_id ?? latest;
  }
  return { runs, waiting: [] };
}

async function isOpen({ steering }: ScheduleDeps, tenant: string, execution: string | undefined): Promise<boolean> {
  return execution !== undefined && !isFinished((await loadExecution(steering.executions, tenant, execution)).status);
}

/** The execution before makes room. One that has just ended has made it. */
async function endEarly({ steering }: ScheduleDeps, { tenant, execution, due }: { tenant: string; execution: string; due: string }): Promise<void> {
  try {
    await cancelExecution(steering, { tenant, execution, by: SUBJECT, reason: `replaced by the tick of ${due}` });
  } catch (error) {
    if (!(error instanceof IllegalMoveError)) throw error;
  }
}

/** A tick that cannot be carried out is on record: trying again would not help. */
async function startTick(
  deps: ScheduleDeps,
  tenant: string,
  { schedule, due_at }: { schedule: Schedule; due_at: string },
): Promise<Pick<ScheduleRun, "outcome" | "execution_id" | "reason">> {
  const { schedule_id: id, workflow_id: workflow, version, input_from: inputFrom } = schedule;
  const detail = { schedule_id: id, workflow_id: workflow, due_at };
  const event: BusEvent = { id: `${id} ${due_at}`, source: SOURCE, detailType: "schedule.due", detail, time: due_at };
  try {
    const input = triggerInput(inputFrom, event);
    const { executionId } = await deps.start({ tenant, workflow, version, subject: SUBJECT, input, key: `schedule ${event.id}` });
    return { outcome: "started", execution_id: executionId };
  } catch (error) {
    const isOurs = error instanceof ExpressionError || error instanceof NotFoundError || error instanceof ConflictError;
    if (!isOurs) throw error;
    return { outcome: "failed", reason: error.message };
  }
}
