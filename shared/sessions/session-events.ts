import type { HookEvent } from "../hooks/hook-event.ts";
import type { Session } from "./session.ts";

/** What may become of a session. */
export type SessionEventType = "session.created" | "session.saved" | "session.resumed" | "session.restored";

/** What is told of a session. Its variables are not: they may be large, and are the session's to give. */
export function sessionEvent(type: SessionEventType, tenant: string, session: Session): HookEvent {
  const { session_id, version, name, status, summary, executions, labels, updated_at: timestamp, updated_by } = session;
  return {
    event_id: `${session_id}.${version}`,
    type,
    tenant,
    timestamp,
    facts: { session_id, version, name, status, labels, executions, requested_by: updated_by, ...(summary === undefined ? {} : { summary }) },
  };
}
