import * as z from "zod";
import { TenantId } from "../core/ids.ts";
import { EVENT_SOURCE } from "../events/envelope.ts";
import type { HookTrigger } from "./trigger.ts";

/** An event as hooks see it: of an execution, of an agent or of a session. */
export const HookEvent = z.object({
  event_id: z.string(),
  type: z.string(),
  tenant: TenantId,
  timestamp: z.iso.datetime(),
  workflow_id: z.string().optional(),
  execution_id: z.string().optional(),
  trace_id: z.string().optional(),
  agent_id: z.string().optional(),
  facts: z.record(z.string(), z.unknown()),
});
export type HookEvent = z.output<typeof HookEvent>;

/** Names the event that hooks before an execution are told of. */
export const STARTING = "workflow.starting";

/** A fact that is a text. */
export const factOf = ({ facts }: Pick<HookEvent, "facts">, name: string): string | undefined => {
  const fact = facts[name];
  return typeof fact === "string" ? fact : undefined;
};

const agentOf = (event: HookEvent): string | undefined => event.agent_id ?? factOf(event, "agent_id");

/** The line that an `event_pattern` is looked for in. */
export const lineOf = (event: HookEvent): string =>
  [event.type, factOf(event, "task_id"), agentOf(event), factOf(event, "skill")].map((part) => part ?? "-").join(" ");

/** The event as the bus carries it, which is what an `event_filter` speaks of. */
export const envelopeOf = ({ facts, type, ...head }: HookEvent) => ({
  id: head.event_id,
  source: EVENT_SOURCE,
  "detail-type": type,
  time: head.timestamp,
  detail: { ...head, ...facts },
});

/** Hooks do not hear of hooks: each would call the next for ever. */
const ABOUT_HOOKS = "hook.";
const NOTHING: readonly HookTrigger[] = [];
const ENDS: ReadonlySet<string> = new Set(["completed", "failed", "cancelled"]);

/**
 * The triggers that an event pulls. Those of hooks that something waits for (`pre_…`) are pulled where it waits, and by
 * no event.
 */
export function triggersOf(event: HookEvent): readonly HookTrigger[] {
  if (event.type.startsWith(ABOUT_HOOKS)) return NOTHING;
  return [...ownTriggersOf(event), "notification"];
}

function ownTriggersOf(event: HookEvent): readonly HookTrigger[] {
  switch (event.type) {
    case "workflow.status_changed":
      return ENDS.has(factOf(event, "new_status") ?? "") ? ["post_workflow"] : NOTHING;
    case "agent.task_assigned":
      return ["agent_assigned"];
    case "task.completed":
      return ofCompleted(event);
    case "task.retry_scheduled":
      return agentOf(event) === undefined ? NOTHING : ["agent_failed"];
    case "agent.circuit_opened":
      return ["agent_failed"];
    case "agent.status_changed":
      return factOf(event, "new_status") === "INACTIVE" ? ["agent_failed"] : NOTHING;
    case "session.saved":
      return ["session_end"];
    case "session.created":
    case "session.resumed":
      return ["session_start"];
    case "session.restored":
      return ["session_restore"];
    default:
      return NOTHING;
  }
}

/** A task that was worked on; one that was skipped or called off has no work behind it. */
function ofCompleted(event: HookEvent): readonly HookTrigger[] {
  const status = factOf(event, "status");
  if (status !== "success" && status !== "failed") return NOTHING;
  const failed: readonly HookTrigger[] = status === "failed" && agentOf(event) !== undefined ? ["agent_failed"] : NOTHING;
  const command: readonly HookTrigger[] = factOf(event, "operation") === "command" ? ["post_command"] : NOTHING;
  return ["post_task", ...command, ...failed];
}
