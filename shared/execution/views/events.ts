import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { EventHead } from "../event-head.ts";
import type { StoredEvent } from "../new-event.ts";

/** An event of an execution: its head, and the facts that its type declares. */
export const ExecutionEventView = z
  .looseObject({ event_type: z.string(), ...EventHead.shape })
  .meta({ id: "ExecutionEvent" });
export type ExecutionEventView = z.infer<typeof ExecutionEventView>;

/** A page of an execution's history. */
export const ExecutionEventPage = z
  .object({ events: z.array(ExecutionEventView), next_cursor: NextCursor })
  .meta({ id: "ExecutionEventPage" });

/** An event as a line of a log. */
export const LogLine = z
  .object({
    timestamp: z.iso.datetime(),
    level: z.enum(["INFO", "WARN"]),
    message: z.string(),
    task_id: z.string().nullable(),
    trace_id: z.string(),
    fields: z.record(z.string(), z.unknown()),
  })
  .meta({ id: "LogLine" });
export type LogLine = z.infer<typeof LogLine>;

/** A page of an execution's history as log lines. */
export const LogPage = z.object({ logs: z.array(LogLine), next_cursor: NextCursor }).meta({ id: "LogPage" });

/** The reply to a posted event. */
export const EventPosted = z.object({ event_id: z.string().optional() }).meta({ id: "EventPosted" });

/** An event as the API prints it. */
export const viewEvent = ({ type, facts, ...head }: StoredEvent): ExecutionEventView => ({
  event_type: type,
  ...head,
  ...facts,
});

/** An event as a line of a log. */
export const viewLogLine = (event: StoredEvent): LogLine => logLineOf(viewEvent(event));

/** A printed event as a line of a log. */
export function logLineOf(event: ExecutionEventView): LogLine {
  const { event_type: message, timestamp, trace_id } = event;
  const fields = Object.fromEntries(Object.entries(event).filter(([name]) => name !== "event_type" && !Object.hasOwn(EventHead.shape, name)));
  const { error, task_id: task } = fields;
  return { timestamp, level: error === undefined ? "INFO" : "WARN", message, task_id: typeof task === "string" ? task : null, trace_id, fields };
}
