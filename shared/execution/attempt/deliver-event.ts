import type { Stores, Engine } from "../runtime/runtime.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import { commitTransition, loadTask, type TaskRef } from "../store/execution-store.ts";
import { attemptPayload } from "../task/payload-keys.ts";
import { eventReceived } from "../task/waiting-transitions.ts";
import { busEventsSince, type EventWait, removeWait } from "../store/event-log.ts";
import { parkedFor, loadParked, removeParked } from "../store/parking-lot.ts";
import { savePayload } from "../store/payload-store.ts";
import { patternOf } from "../../events/event-pattern.ts";
import { type BusEvent, toEnvelope } from "../bus-event.ts";
import { isFinished } from "../execution.ts";

/** Whether an event is what a task waits for. */
export const isAwaited = (wait: EventWait, event: BusEvent): boolean =>
  event.time >= wait.since && patternOf(wait.pattern)(toEnvelope(event));

/** Looks for the event among those that came before the wait, and hands it over. */
export async function lookBack(runtime: Stores & Engine & Clock, wait: EventWait): Promise<void> {
  const until = isoNow(runtime);
  for await (const event of busEventsSince(runtime.executions, wait.tenant, { since: wait.since, until })) {
    if (isAwaited(wait, event)) return deliverEvent(runtime, wait, event);
  }
}

/**
 * Hands a task the event that it waits for: recorded with the row, then the parked message goes out, then the wait is
 * forgotten. Cut off anywhere, a repeat completes it; a second event changes nothing.
 */
export async function deliverEvent(runtime: Stores & Engine & Clock, wait: TaskRef, event: BusEvent): Promise<void> {
  const { executions } = runtime;
  const execution = await runtime.execution(wait.tenant, wait.execution);
  const record = await loadTask(executions, wait);
  if (record === undefined || isFinished(execution.status)) return removeWait(executions, wait);
  if (record.state === "parked" && record.reason === "event") {
    const detail = await savePayload(runtime.payloads, attemptPayload({ ...wait, attempt: record.attempt }, "event"), event.detail);
    const { source, detailType, id } = event;
    const transition = eventReceived(record, { detail, source, detailType, eventId: id, at: isoNow(runtime) });
    const moved = await commitTransition(executions, { head: execution, transition });
    if (moved === "stale") return deliverEvent(runtime, wait, event);
  }
  const parked = await loadParked(executions, wait);
  if (parked?.on === parkedFor("event")) {
    await runtime.mail.task(parked.message, 0);
    await removeParked(executions, parked);
  }
  await removeWait(executions, wait);
}
