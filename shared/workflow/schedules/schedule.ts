import { createHash } from "node:crypto";
import * as z from "zod";
import { sortKeys } from "../../core/canonical-json.ts";
import { ConflictError } from "../../core/errors.ts";
import { ScheduleTrigger } from "../definition/workflow-definition.ts";
import { SCHEDULE_LIMITS } from "./limits.ts";
import { parseSchedule, type ScheduleTimes } from "./schedule-expression.ts";

/** What a tick came to. `waiting` is said of none: a tick that waits is no run yet. */
export const ScheduleRun = z.object({
  due_at: z.iso.datetime(),
  at: z.iso.datetime(),
  outcome: z.enum(["started", "skipped", "failed"]),
  execution_id: z.string().optional(),
  reason: z.string().optional(),
});
export type ScheduleRun = z.output<typeof ScheduleRun>;

const { shape } = ScheduleTrigger;

/** A schedule of a workflow, and how far it has come. */
export const Schedule = z.object({
  schedule_id: z.string(),
  workflow_id: z.string(),
  schedule: z.string(),
  timezone: z.string(),
  overlap: shape.overlap,
  catch_up: shape.catchUp,
  /** Seconds. */
  jitter: shape.jitterSeconds,
  /** Runs this version, whichever is the newest. */
  version: z.string().optional(),
  input_from: shape.inputFrom,
  /** `ended`: no tick comes any more. */
  status: z.enum(["active", "paused", "ended"]),
  /** The tick that comes next. */
  next_due: z.iso.datetime().optional(),
  /** Ticks that wait for the execution before them, the oldest first. */
  waiting: z.array(z.iso.datetime()),
  /** The newest execution that it started. */
  execution_id: z.string().optional(),
  /** The newest first. */
  runs: z.array(ScheduleRun),
  /** Ticks that came while nothing could start, and were not made up for. */
  missed: z.int().nonnegative(),
  /** Grows by one with each change, from when it began on: one that was removed and came again has another. */
  revision: z.int(),
  /** What a rate counts from. */
  from: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
});
export type Schedule = z.output<typeof Schedule>;

/** Names a schedule by what it says, so that a version with the same schedule goes on with it. */
export function scheduleIdOf(tenant: string, workflow: string, trigger: ScheduleTrigger): string {
  const digest = createHash("sha256").update(JSON.stringify(sortKeys([tenant, workflow, trigger]))).digest("hex");
  return `sched_${digest.slice(0, 24)}`;
}

/** Its schedules among what starts a workflow, each once, by their ids. */
export function schedulesIn(tenant: string, workflow: string, triggers: readonly object[]): ReadonlyMap<string, ScheduleTrigger> {
  const schedules = triggers.flatMap((trigger) => ScheduleTrigger.safeParse(trigger).data ?? []);
  return new Map(schedules.map((trigger) => [scheduleIdOf(tenant, workflow, trigger), trigger]));
}

/** Who changes a schedule, and when. */
export interface Stamp {
  readonly at: Date;
  readonly by: string;
}

const isoOf = (time: number): string => new Date(time).toISOString();

/** When it is due. */
export const timesOf = ({ schedule, timezone, from }: Pick<Schedule, "schedule" | "timezone" | "from">): ScheduleTimes =>
  parseSchedule(schedule, { timezone, from: Date.parse(from) });

/** The schedule with its next tick: the first after a time. */
function goingOn(schedule: Schedule, after: number): Schedule {
  const { next_due: _, ...rest } = schedule;
  const next = timesOf(schedule).next(after);
  if (next !== undefined) return { ...rest, status: "active", next_due: isoOf(next) };
  return { ...rest, status: rest.waiting.length > 0 ? "active" : "ended" };
}

/** A schedule that begins. */
export function beginSchedule(id: string, workflow: string, { trigger, at, by }: Stamp & { trigger: ScheduleTrigger }): Schedule {
  const { schedule, timezone, overlap, catchUp: catch_up, jitterSeconds: jitter, version, inputFrom: input_from } = trigger;
  const said = { schedule, timezone, overlap, catch_up, jitter, input_from, ...(version === undefined ? {} : { version }) };
  const times = { revision: at.getTime(), from: at.toISOString(), updated_at: at.toISOString() };
  const begun = { status: "active" as const, waiting: [], runs: [], missed: 0, updated_by: by, ...times };
  return goingOn({ schedule_id: id, workflow_id: workflow, ...said, ...begun }, at.getTime());
}

/** Nothing starts until it is resumed; ticks that wait are dropped. @throws {ConflictError} it has ended. */
export function pauseSchedule(schedule: Schedule, { at, by }: Stamp): Schedule {
  if (schedule.status === "ended") throw new ConflictError(`schedule '${schedule.schedule_id}' has ended: no tick comes any more`);
  const { next_due: _, ...rest } = schedule;
  return { ...rest, status: "paused", waiting: [], updated_at: at.toISOString(), updated_by: by };
}

/** Goes on with the next tick from now: what would have come meanwhile was not missed. */
export function resumeSchedule(schedule: Schedule, { at, by }: Stamp): Schedule {
  if (schedule.status === "active") return schedule;
  return { ...goingOn(schedule, at.getTime()), updated_at: at.toISOString(), updated_by: by };
}

/** How much later than it is due a tick comes. The same for the same tick. */
function jitterOf({ schedule_id: id, jitter }: Schedule, due: number): number {
  if (jitter === 0) return 0;
  const digest = createHash("sha256").update(`${id} ${due}`).digest();
  return digest.readUInt32BE(0) % (jitter * 1000);
}

/** When somebody has to look at it next; nothing where nothing is to come. */
export function nextLook(schedule: Schedule, now: number): number | undefined {
  const next = schedule.next_due === undefined ? Number.POSITIVE_INFINITY : Date.parse(schedule.next_due);
  const tick = next + (Number.isFinite(next) ? jitterOf(schedule, next) : 0);
  const look = schedule.waiting.length > 0 ? Math.min(tick, now + SCHEDULE_LIMITS.waitingSeconds * 1000) : tick;
  return schedule.status === "active" && Number.isFinite(look) ? look : undefined;
}

/** Ticks to be carried out now, the oldest first, and the schedule without them. */
export interface Due {
  readonly ticks: readonly string[];
  readonly rest: Schedule;
}

/**
 * What is due of an active schedule: ticks that waited, those that were missed as far as they are made up for, those of
 * now. Nothing where it is not yet time.
 */
export function takeDue(schedule: Schedule, now: number): Due | undefined {
  const times = timesOf(schedule);
  const [missed, timely]: [string[], string[]] = [[], []];
  let last = schedule.next_due === undefined ? undefined : Date.parse(schedule.next_due);
  for (let due = last; due !== undefined && due + jitterOf(schedule, due) <= now; due = times.next(due)) {
    const isMissed = due + jitterOf(schedule, due) < now - SCHEDULE_LIMITS.lateSeconds * 1000;
    (isMissed ? missed : timely).push(isoOf(due));
    last = due;
  }
  const isAnyDue = missed.length + timely.length > 0;
  if (!isAnyDue && schedule.waiting.length === 0) return undefined;
  const made = madeUp(schedule, { missed, timely });
  const rest = isAnyDue && last !== undefined ? goingOn({ ...schedule, waiting: [] }, last) : { ...schedule, waiting: [] };
  const ticks = [...schedule.waiting, ...made, ...timely];
  const kept = ticks.slice(-SCHEDULE_LIMITS.ticks);
  return { ticks: kept, rest: { ...rest, missed: rest.missed + missed.length - made.length + ticks.length - kept.length } };
}

function madeUp({ catch_up: policy }: Schedule, { missed, timely }: { missed: readonly string[]; timely: readonly string[] }): readonly string[] {
  if (policy === "all") return missed;
  return policy === "last" && timely.length === 0 ? missed.slice(-1) : [];
}

/** The schedule after its ticks: what they came to, and those that go on waiting. */
export function afterTicks(schedule: Schedule, { runs, waiting }: { runs: readonly ScheduleRun[]; waiting: readonly string[] }): Schedule {
  const started = runs.findLast(({ outcome }) => outcome === "started")?.execution_id;
  const kept = [...runs.toReversed(), ...schedule.runs].slice(0, SCHEDULE_LIMITS.runsKept);
  const status = waiting.length > 0 ? "active" : schedule.status;
  return { ...schedule, status, waiting: [...waiting], runs: kept, ...(started === undefined ? {} : { execution_id: started }) };
}

/** Its next ticks from a moment on, without jitter. */
export function nextTicks(schedule: Schedule): readonly string[] {
  const times = timesOf(schedule);
  const ticks: string[] = [];
  for (let due = schedule.next_due; due !== undefined && ticks.length < SCHEDULE_LIMITS.shown; ) {
    ticks.push(due);
    const next = times.next(Date.parse(due));
    due = next === undefined ? undefined : isoOf(next);
  }
  return ticks;
}
