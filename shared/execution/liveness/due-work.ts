import { EXECUTION_LIMITS } from "../limits.ts";
import { runGraphOf } from "../run/run-graph.ts";
import type { Plan, PlanTask } from "../../workflow/plan/plan.ts";
import { RUN_END } from "../messages.ts";
import { findTask, hedgedTask, parseItemName } from "../task/for-each.ts";
import { endsRun, hasSettled, isAtWork } from "../task/task-rules.ts";
import { type TaskRecord } from "../task/task-record.ts";

/**
 * Liveness: what must happen next in a run follows from its rows and its plan alone. Messages only bring it about sooner.
 *
 * 1. A wait that has a time of its own (a retry, a deadline, a gate) is due a while after that time, when its message
 *    must have been lost.
 * 2. A task whose inputs have settled is due when it has no row, and so is one that is parked for what has settled.
 * 3. A run whose ends have all settled is due to end.
 * 4. Whatever waits for a person, an event or an operator is not due.
 */

/** A run as its rows show it. */
export interface RunRows {
  readonly plan: Plan;
  readonly tasks: ReadonlyMap<string, PlanTask>;
  readonly isGraphRun: boolean;
  /** Of the execution's present run. */
  readonly run: number;
  readonly records: readonly TaskRecord[];
  /** What each parked message waits for, by the task that it starts. */
  readonly parkedOn: ReadonlyMap<string, string>;
  readonly now: Date;
}

/** What must happen next. */
export interface DueWork {
  /** Tasks to be looked at, and `RUN_END` when the run is to end. */
  readonly looks: readonly string[];
  /** Attempts that their agents are to be asked about. */
  readonly polls: readonly { readonly task: string; readonly attempt: number }[];
  /** Executions that run as tasks: when one has ended, its task is to be told. */
  readonly children: readonly { readonly task: string; readonly attempt: number; readonly child: string }[];
  /** The token that a task's message is to carry in a run with a machine; absent: its row knows none, and nothing can be sent. */
  readonly tokenOf: (task: string) => string | undefined;
}

/** Works out what is due in a run that has not moved for a while. Costs O(rows + edges). */
export function dueWork(rows: RunRows): DueWork {
  const { records, now } = rows;
  const known = new Map(records.map((record) => [record.task, record]));
  const isOver = (at: string | undefined): boolean =>
    at === undefined || Date.parse(at) + EXECUTION_LIMITS.lostMessageSeconds * 1000 <= now.getTime();
  const working = records.filter(isAtWork);
  return {
    looks: [...new Set([...waitingDue(rows, known, isOver), ...missing(rows, known), ...endings(rows, known)])],
    polls: working
      .filter((record) => record.agentId !== undefined && record.state !== "input_required")
      .filter((record) => isOver(record.agentTaskId === undefined ? record.dispatchedAt : nextLookAt(record)))
      .map(({ task, attempt }) => ({ task, attempt })),
    children: working.flatMap(({ task, attempt, child }) => (child === undefined ? [] : [{ task, attempt, child }])),
    tokenOf: tokens(rows, known),
  };
}

/** The latest moment at which a look at an agent's task was to come: no look is further away than SQS delays a message. */
function nextLookAt({ dispatchedAt, deadlineAt }: { dispatchedAt: string; deadlineAt?: string | undefined }): string {
  const latest = new Date(Date.parse(dispatchedAt) + EXECUTION_LIMITS.longestDelaySeconds * 1000).toISOString();
  return deadlineAt !== undefined && deadlineAt < latest ? deadlineAt : latest;
}

/** In a generated machine every task has its own. */
function tokens({ run }: RunRows, known: Known): DueWork["tokenOf"] {
  return (task) => {
    const { token = "", run: owner } = known.get(task) ?? {};
    return owner === run && token !== "" ? token : undefined;
  };
}

type Known = ReadonlyMap<string, TaskRecord>;

/** Rows that wait for nothing any more, and groups whose instances have stopped starting each other. */
function waitingDue({ records, parkedOn, tasks }: RunRows, known: Known, isOver: (at: string | undefined) => boolean): string[] {
  return records.flatMap((record) => {
    const { task, state } = record;
    if (state === "running") return record.items === undefined && tasks.get(task)?.kind !== "pattern" ? [] : [task];
    if (state === "queued") return isOver(record.notBefore ?? record.wait?.until) ? [task] : [];
    if (state !== "parked") return [];
    const on = parkedOn.get(task);
    if (on === undefined) return [task];
    if (!on.startsWith("$")) return isSettled(known, on) ? [task] : [];
    return record.waitUntil !== undefined && isOver(record.waitUntil) ? [task] : [];
  });
}

/** Tasks of the plan that have no row although what starts them has settled. */
function missing({ plan, isGraphRun }: RunRows, known: Known): string[] {
  return plan.tasks.flatMap(({ id, needs }) => {
    if (known.has(id)) return [];
    const [first] = needs;
    const isDue = isGraphRun ? first === undefined || isSettled(known, first) : needs.every((need) => isSettled(known, need));
    return isDue ? [id] : [];
  });
}

/** Settled tasks whose end the run has not answered to: those that end it, and those that nothing follows. */
function endings({ plan, tasks, isGraphRun, parkedOn }: RunRows, known: Known): string[] {
  const settled = [...known.values()].filter(hasSettled).filter(({ task }) => isWhole(task));
  const fatal = settled.filter((record) => {
    const task = findTask(tasks, record.task);
    return task !== undefined && endsRun(task, record);
  });
  if (fatal.length > 0) return fatal.slice(0, 1).map(({ task }) => task);
  const { sinks } = runGraphOf(plan);
  if (!isGraphRun) return unanswered(plan, known);
  const [first] = sinks;
  const isBegun = first !== undefined && isSettled(known, first);
  const on = parkedOn.get(RUN_END);
  return isBegun && (on === undefined || isSettled(known, on)) ? [RUN_END] : [];
}

/** In a generated machine every task has a token of its own: those at the edge of what has settled are answered again. */
function unanswered({ tasks }: Plan, known: Known): string[] {
  const followed = new Set<string>();
  const open = new Set<string>();
  for (const { id, needs } of tasks) {
    for (const need of needs) {
      followed.add(need);
      if (!isSettled(known, id)) open.add(need);
    }
  }
  return tasks.flatMap(({ id }) => (isSettled(known, id) && (open.has(id) || !followed.has(id)) ? [id] : []));
}

const isWhole = (task: string): boolean => parseItemName(task) === undefined && hedgedTask(task) === undefined;

function isSettled(known: Known, task: string): boolean {
  const record = known.get(task);
  return record !== undefined && hasSettled(record);
}
