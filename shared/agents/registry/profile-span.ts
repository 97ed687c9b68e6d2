/** Fifteen days of an agent's work: everything of a profile that is not counted by day. */
import * as z from "zod";
import { PROFILE } from "../limits.ts";
import { EMPTY_SKETCH, mergeSketches, QuantileSketch, sketchOf } from "./quantile-sketch.ts";
import type { PresenceObservation, TaskObservation } from "./profile-observations.ts";
import { present } from "../../core/present.ts";

const Count = z.int().min(0);
const HOURS = 24;
/** One number for each hour of the day, UTC. */
const ByHour = z.array(z.number()).length(HOURS);

const SkillCount = z.object({ name: z.string(), completed: Count, failed: Count, ms: z.number() });
const ErrorCount = z.object({ code: z.string(), count: Count, lastAt: z.number() });

/** Counts and sums; milliseconds are agent time, costs whatever unit the observations had. */
export const ProfileSpan = z.object({
  /** Counts spans of fifteen days from 1970. */
  number: z.int(),
  completed: Count,
  failed: Count,
  latency: QuantileSketch,
  totalMs: z.number(),
  /** The part of `totalMs` that ended in success. */
  completedMs: z.number(),
  pricedTasks: Count,
  cost: z.number(),
  completedCost: z.number(),
  skills: z.array(SkillCount),
  errors: z.array(ErrorCount),
  hours: z.object({ completed: ByHour, failed: ByHour, ms: ByHour, upSeconds: ByHour, watchedSeconds: ByHour }),
});
export type ProfileSpan = z.infer<typeof ProfileSpan>;

/** The span of one task. */
export function spanOfTask(task: TaskObservation): ProfileSpan {
  const hasCompleted = task.outcome === "completed";
  const [completed, failed] = hasCompleted ? [1, 0] : [0, 1];
  const ms = Math.max(0, Math.round(task.latencyMs));
  const name = nameOf(task.capability);
  const hour = hourOf(task.at);
  return {
    ...emptySpan(task.at),
    completed,
    failed,
    latency: sketchOf(ms),
    totalMs: ms,
    completedMs: hasCompleted ? ms : 0,
    pricedTasks: task.cost === undefined ? 0 : 1,
    cost: task.cost ?? 0,
    completedCost: hasCompleted ? (task.cost ?? 0) : 0,
    skills: [{ name, completed, failed, ms }],
    errors: hasCompleted ? [] : [{ code: nameOf(task.errorCode ?? "Unknown"), count: 1, lastAt: task.at }],
    hours: { ...noHours(), completed: at(hour, completed), failed: at(hour, failed), ms: at(hour, ms) },
  };
}

/** The span of one look at whether the agent is up. */
export function spanOfPresence({ isUp, seconds, at: when }: PresenceObservation): ProfileSpan {
  const hour = hourOf(when);
  const hours = { ...noHours(), upSeconds: at(hour, isUp ? seconds : 0), watchedSeconds: at(hour, seconds) };
  return { ...emptySpan(when), hours };
}

/** Both together, under the number of the first. */
export const mergeSpans = (a: ProfileSpan, b: ProfileSpan): ProfileSpan => ({
  number: a.number,
  completed: a.completed + b.completed,
  failed: a.failed + b.failed,
  latency: mergeSketches(a.latency, b.latency),
  totalMs: a.totalMs + b.totalMs,
  completedMs: a.completedMs + b.completedMs,
  pricedTasks: a.pricedTasks + b.pricedTasks,
  cost: a.cost + b.cost,
  completedCost: a.completedCost + b.completedCost,
  skills: mergeSkills(a.skills, b.skills),
  errors: mergeErrors(a.errors, b.errors),
  hours: {
    completed: addUp(a.hours.completed, b.hours.completed),
    failed: addUp(a.hours.failed, b.hours.failed),
    ms: addUp(a.hours.ms, b.hours.ms),
    upSeconds: addUp(a.hours.upSeconds, b.hours.upSeconds),
    watchedSeconds: addUp(a.hours.watchedSeconds, b.hours.watchedSeconds),
  },
});

type SkillCount = z.infer<typeof SkillCount>;
type ErrorCount = z.infer<typeof ErrorCount>;

function mergeSkills(a: readonly SkillCount[], b: readonly SkillCount[]): SkillCount[] {
  const merged = new Map(a.map((skill) => [skill.name, skill]));
  for (const { name, completed, failed, ms } of b) {
    const known = merged.get(name) ?? { completed: 0, failed: 0, ms: 0 };
    const sums = { completed: known.completed + completed, failed: known.failed + failed, ms: known.ms + ms };
    merged.set(name, { name, ...sums });
  }
  const tasks = ({ completed, failed }: SkillCount): number => completed + failed;
  return [...merged.values()]
    .sort((x, y) => tasks(y) - tasks(x) || (x.name < y.name ? -1 : 1))
    .slice(0, PROFILE.capabilities);
}

function mergeErrors(a: readonly ErrorCount[], b: readonly ErrorCount[]): ErrorCount[] {
  const merged = new Map(a.map((error) => [error.code, error]));
  for (const { code, count, lastAt } of b) {
    const known = merged.get(code) ?? { count: 0, lastAt };
    merged.set(code, { code, count: known.count + count, lastAt: Math.max(known.lastAt, lastAt) });
  }
  return [...merged.values()]
    .sort((x, y) => y.count - x.count || (x.code < y.code ? -1 : 1))
    .slice(0, PROFILE.errorCodes);
}

const emptySpan = (when: number): ProfileSpan => ({
  number: Math.floor(when / (PROFILE.spanDays * 86_400_000)),
  completed: 0,
  failed: 0,
  latency: EMPTY_SKETCH,
  totalMs: 0,
  completedMs: 0,
  pricedTasks: 0,
  cost: 0,
  completedCost: 0,
  skills: [],
  errors: [],
  hours: noHours(),
});

const noHours = (): ProfileSpan["hours"] => ({
  completed: at(0, 0),
  failed: at(0, 0),
  ms: at(0, 0),
  upSeconds: at(0, 0),
  watchedSeconds: at(0, 0),
});

const at = (hour: number, value: number): number[] =>
  Array.from({ length: HOURS }, (_, index) => (index === hour ? value : 0));
const addUp = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, index) => value + present(b[index]));
const hourOf = (when: number): number => Math.floor(when / 3_600_000) % HOURS;
const nameOf = (text: string): string => text.slice(0, PROFILE.nameCharacters);
