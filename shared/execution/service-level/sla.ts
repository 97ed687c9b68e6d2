import { EXECUTION_LIMITS } from "../limits.ts";
import { type ExecutionStatus, isFinished, type SlaRecord } from "../execution.ts";
import { type TaskRecord, type TaskState } from "../task/task-record.ts";
import { parseItemName } from "../task/for-each.ts";

/** What an execution is measured against (spec 000, `sla_requirements`), and since when. */
export interface SlaTerms {
  readonly maxDurationMinutes?: number | undefined;
  readonly successRateThreshold?: number | undefined;
  readonly submittedAt: string;
}

/** Whether anything was promised. */
export const hasSla = ({ maxDurationMinutes, successRateThreshold }: SlaTerms): boolean =>
  maxDurationMinutes !== undefined || successRateThreshold !== undefined;

/** When it must be done at the latest, in milliseconds; without a deadline never. */
export const targetTime = ({ maxDurationMinutes, submittedAt }: SlaTerms): number =>
  maxDurationMinutes === undefined ? Infinity : Date.parse(submittedAt) + maxDurationMinutes * 60_000;

/** What is looked at of a task. */
export type SlaTask = Pick<TaskRecord, "task" | "state" | "dispatchedAt" | "settledAt" | "items">;

/** Tasks by how they stand; instances of a list in place of the list, hedges and undos not at all. */
export interface Tally {
  readonly completed: number;
  readonly failed: readonly string[];
  /** Those that may still do either. */
  readonly open: number;
  /** Lists that have not become tasks yet: nobody knows how many those will be. */
  readonly hasUnknown: boolean;
}

/** Counts the tasks of an execution. */
export function tallyOf(planned: readonly { readonly id: string; readonly forEach?: unknown }[], records: readonly SlaTask[]): Tally {
  const ours = records.filter(({ task }) => !task.includes("~"));
  const byName = new Map(ours.map((record) => [record.task, record]));
  const isList = (id: string): boolean => byName.get(id)?.items !== undefined;
  const items = ours.filter(({ task }) => parseItemName(task) !== undefined);
  const states: (TaskState | undefined)[] = [];
  const failed: string[] = [];
  for (const { task, state } of items) {
    states.push(state);
    if (state === "failed") failed.push(task);
  }
  for (const { id } of planned) {
    if (isList(id)) continue;
    states.push(byName.get(id)?.state);
    if (byName.get(id)?.state === "failed") failed.push(id);
  }
  const completed = states.filter((state) => state === "completed").length;
  const out = states.filter((state) => state === "skipped" || state === "cancelled").length;
  const isUnknown = (list: SlaTask | undefined): boolean => list?.settledAt === undefined && !hasAll(list, items);
  const hasUnknown = planned.some(({ id, forEach }) => forEach !== undefined && isUnknown(byName.get(id)));
  return { completed, failed, open: states.length - completed - failed.length - out, hasUnknown };
}

/** Whether every element of a list is a task by now. */
function hasAll(list: SlaTask | undefined, items: readonly SlaTask[]): boolean {
  if (list?.items === undefined) return false;
  return items.filter(({ task }) => parseItemName(task)?.group === list.task).length >= list.items.count;
}

/** Share of the tasks that ended which succeeded; skipped and cancelled ones did neither. */
export function successRate({ completed, failed }: Tally): number | undefined {
  const ended = completed + failed.length;
  return ended === 0 ? undefined : completed / ended;
}

/** A part of a service level that was missed, in words for people. */
export type Violation = Omit<SlaRecord["violations"][number], "at">;

/** Where an execution stands. */
export interface SlaFacts {
  readonly terms: SlaTerms;
  readonly status: ExecutionStatus;
  /** Its end, or now. */
  readonly at: number;
  readonly planned: readonly { readonly id: string; readonly forEach?: unknown }[];
  readonly records: readonly SlaTask[];
}

/**
 * What an execution missed of its service level: its deadline, once that has passed, and its success rate, once so many
 * tasks have failed that the others cannot make up for it.
 */
export function violationsOf(facts: SlaFacts): readonly Violation[] {
  return [lateness(facts), failureRate(facts)].flatMap((violation) => violation ?? []);
}

function lateness({ terms, status, at, records }: SlaFacts): Violation | undefined {
  const target = targetTime(terms);
  if (at <= target || status === "cancelled") return undefined;
  const allowed = minutes(target - Date.parse(terms.submittedAt));
  const took = minutes(at - Date.parse(terms.submittedAt));
  const verb = isFinished(status) ? "took" : "has been under way for";
  const slow = slowest(records, at).map(({ task, milliseconds }) => `${task} (${minutes(milliseconds)})`);
  const named = slow.length === 0 ? "" : `; slowest tasks: ${slow.join(", ")}`;
  return { kind: "deadline", reason: `it ${verb} ${took}, ${allowed} are allowed${named}` };
}

function failureRate({ terms, status, planned, records }: SlaFacts): Violation | undefined {
  const { successRateThreshold: required } = terms;
  if (required === undefined || status === "cancelled") return undefined;
  const tally = tallyOf(planned, records);
  if (!isFinished(status) && tally.hasUnknown) return undefined;
  const { completed, failed } = tally;
  // While it runs, what is open may all succeed yet; afterwards it will not run any more.
  const open = isFinished(status) ? 0 : tally.open;
  const total = completed + open + failed.length;
  if (total === 0 || (completed + open) / total >= required) return undefined;
  const names = failed.slice(0, EXECUTION_LIMITS.namedTasks).join(", ") + (failed.length > EXECUTION_LIMITS.namedTasks ? ", …" : "");
  const best = `${percent((completed + open) / total)} of the tasks ${open > 0 ? "can succeed at best" : "succeeded"}`;
  return { kind: "success_rate", reason: `${best}, ${percent(required)} are required; ${failed.length} of ${total} failed: ${names}` };
}

const minutes = (milliseconds: number): string => `${(milliseconds / 60_000).toFixed(1)} min`;
const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

function slowest(records: readonly SlaTask[], at: number): readonly { task: string; milliseconds: number }[] {
  return records
    .flatMap(({ task, dispatchedAt, settledAt }) => {
      const end = settledAt === undefined ? at : Date.parse(settledAt);
      return dispatchedAt === undefined ? [] : [{ task, milliseconds: end - Date.parse(dispatchedAt) }];
    })
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, EXECUTION_LIMITS.namedTasks);
}

/** What is new about an execution's service level. */
export interface SlaNews {
  readonly record: SlaRecord;
  readonly violations: readonly Violation[];
  /** Whether the risk changed. */
  readonly isRiskNew: boolean;
}

/**
 * What has not been told yet; nothing when that is nothing. Each kind of violation is told once; the risk whenever it
 * changes, and no more once the deadline has passed.
 */
export function newsOf(
  before: SlaRecord | undefined,
  { violations, probability, at }: { violations: readonly Violation[]; probability: number | undefined; at: string },
): SlaNews | undefined {
  const known = before ?? { isAtRisk: false, violations: [] };
  const told = new Set(known.violations.map(({ kind }) => kind));
  const fresh = violations.filter(({ kind }) => !told.has(kind));
  const isLate = [...violations, ...known.violations].some(({ kind }) => kind === "deadline");
  const edge = known.isAtRisk ? EXECUTION_LIMITS.slaSafeFrom : EXECUTION_LIMITS.slaRiskBelow;
  const isAtRisk = probability === undefined || isLate ? known.isAtRisk : probability < edge;
  const isRiskNew = isAtRisk !== known.isAtRisk;
  if (fresh.length === 0 && !isRiskNew) return undefined;
  const all = [...known.violations, ...fresh.map((violation) => ({ ...violation, at }))];
  return { record: { isAtRisk, violations: all }, violations: fresh, isRiskNew };
}
