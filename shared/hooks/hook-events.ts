import { newEvent, type NewEvent } from "../execution/new-event.ts";
import type { HookEvent } from "./hook-event.ts";
import type { HookRun } from "./hook-run.ts";

const about = ({ hook_id, hook_name, trigger, run_id }: HookRun) => ({ hook_id, hook_name, trigger, run_id });

/** A hook begins to run (spec 004 §4.5). */
export const triggeredEvent = (run: HookRun, { event, at }: { event: HookEvent; at: string }): NewEvent =>
  newEvent("hook.triggered", { id: `${run.run_id}.triggered`, at, facts: { ...about(run), event_matched: event.type, matched_event_id: event.event_id } });

/** A hook has run (spec 004 §4.4). */
export function executedEvent(run: HookRun, at: string): NewEvent {
  const { status, attempt, duration_ms = 0, error } = run;
  const facts = { ...about(run), status: status === "completed" ? status : ("failed" as const), attempt, duration_ms, error };
  return newEvent("hook.executed", { id: `${run.run_id}.executed`, at, facts });
}
