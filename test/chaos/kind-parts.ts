/** How tasks of the crash campaign are made. */
import type { Random, TaskEnd } from "./kind.ts";

/** A task in wire form. */
export interface Task {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Done by its agent, once. */
export const ONCE: TaskEnd = { state: "completed", effects: "once" };
/** Done by its agent in the end. */
export const RETRIED: TaskEnd = { state: "completed", effects: "retried" };
/** Done without an agent. */
export const DONE: TaskEnd = { state: "completed", effects: "none" };
/** Ruled out by a condition. */
export const SKIPPED: TaskEnd = { state: "skipped", effects: "none" };
/** Failed by its agent, once. */
export const FAILED: TaskEnd = { state: "failed", effects: "once" };
/** It failed for the agent's fault, at its last attempt. */
export const TRIED: TaskEnd = { state: "failed", effects: "retried" };
/** Retries until an agent that is down is up again; its failures open no breaker. */
export const PATIENT = { max_attempts: 20, initial_delay_seconds: 0.2, max_delay_seconds: 2, circuit_breaker_enabled: false };
/** Undoes what was done. */
export const SAGA = { fault_tolerance: { saga_pattern: { compensation_enabled: true, rollback_on_failure: true } } };

/** Ways to do the work once and do it right, though it may be told oddly. */
export const SOUND = ["task", "task", "slow", "echo", "poll", "push-twice", "push-forged", "push-reordered", "push-before-response", "close"];
/** Ways to fail an attempt that another attempt may mend. */
export const FAILING = ["fail", "error", "server-error"];
/** Ways never to be heard of again. */
export const HANGING = ["silent", "stall", "never-ends", "late-after-cancel", "uncancelable"];

const pick = <Value>(random: Random, values: readonly Value[]): Value | undefined => values[Math.floor(random() * values.length)];

/** A task that its agent does once and well, somehow and in some time. */
export function sound(random: Random, id: string, needs: readonly string[] = [], among: readonly string[] = SOUND): Task {
  const behaviour = pick(random, among) ?? "task";
  return { id, agent: "worker", depends_on: needs, input: { behaviour, delayMs: Math.round(20 + random() * 900) } };
}

/** The numbers below `count`. */
export const times = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
/** The same end for several tasks. */
export const all = (ids: readonly string[], end: TaskEnd): Record<string, TaskEnd> => Object.fromEntries(ids.map((id) => [id, end]));

