import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Session } from "../session.ts";

/** A session, or one version of it. */
export const SessionView = Session.meta({ id: "Session" });
export type SessionView = z.output<typeof SessionView>;

/** A session without what it remembers. */
export const SessionOutline = Session.omit({ variables: true, executions: true }).meta({ id: "SessionOutline" });

/** A tenant's sessions, the newest first. */
export const SessionPage = z.object({ sessions: z.array(SessionOutline), next_cursor: NextCursor }).meta({ id: "SessionPage" });

/** A session as lists show it. */
export function outlineOf(session: Session): z.output<typeof SessionOutline> {
  const { variables: _, executions: __, ...outline } = session;
  return outline;
}
