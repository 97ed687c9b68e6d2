import type { Hook } from "./hook.ts";
import { type HookEvent, STARTING } from "./hook-event.ts";
import { MADE } from "./made-event.ts";
import type { HookTrigger } from "./trigger.ts";

/** The event that mostly pulls each trigger. */
const USUAL: Readonly<Partial<Record<HookTrigger, string>>> = {
  pre_workflow: STARTING,
  post_edit: MADE,
  post_workflow: "workflow.status_changed",
  post_task: "task.completed",
  post_command: "task.completed",
  session_start: "session.resumed",
  session_end: "session.saved",
  session_restore: "session.restored",
  agent_assigned: "agent.task_assigned",
  agent_failed: "task.retry_scheduled",
};

/**
 * An event made up by a person who tries a hook: its facts are the context's fields. `event` in the context names the
 * event; without it, it is the usual one of the hook's trigger.
 */
export function exampleEvent(
  { trigger }: Hook,
  { tenant, id, at, context }: { tenant: string; id: string; at: string; context: Readonly<Record<string, unknown>> },
): HookEvent {
  const { event, ...facts } = context;
  const type = typeof event === "string" ? event : (USUAL[trigger] ?? trigger);
  return { event_id: id, type, tenant, timestamp: at, facts };
}
