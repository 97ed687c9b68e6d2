import * as fc from "fast-check";
import type { PresenceObservation, TaskObservation } from "../../../../shared/agents/registry/profile-observations.ts";
import { EMPTY_PROFILE, observePresence, observeTask, type AgentProfile } from "../../../../shared/agents/registry/profile.ts";

/** Saturday, 21 November 2026, noon. Spans of fifteen days begin on the 12th and the 27th of that November. */
export const NOW = Date.UTC(2026, 10, 21, 12);
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** One task, completed in 100 ms just now unless it says otherwise. */
export const task = (more: Partial<TaskObservation> = {}): TaskObservation => ({
  capability: "carbon_calculation",
  outcome: "completed",
  latencyMs: 100,
  at: NOW,
  ...more,
});

export const failure = (errorCode: string, more: Partial<TaskObservation> = {}): TaskObservation => task({ outcome: "failed", errorCode, ...more });

export const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

export const profileOf = (tasks: readonly TaskObservation[], presence: readonly PresenceObservation[] = []): AgentProfile =>
  presence.reduce(observePresence, tasks.reduce(observeTask, EMPTY_PROFILE));

/** Any task of the last fifty days. Costs are whole, so that sums are exact. */
export const anyTask: fc.Arbitrary<TaskObservation> = fc.record({
  capability: fc.constantFrom("carbon_calculation", "carbon_report", "data-ingestion", "__proto__"),
  outcome: fc.constantFrom("completed", "failed"),
  latencyMs: fc.integer({ min: 0, max: 100_000 }),
  cost: fc.option(fc.nat(100), { nil: undefined }),
  at: fc.integer({ min: NOW - 50 * DAY_MS, max: NOW }),
  errorCode: fc.constantFrom("Timeout", "Refused", undefined),
});
