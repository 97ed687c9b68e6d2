import { loadTask, moveTask, newEvent, type TaskRef } from "../store/execution-store.ts";
import { busEventsSince, type EventWait, removeWait } from "../store/event-log.ts";
import { heldFor, loadParked, unparkTask } from "../store/parking-lot.ts";
import { savePayload } from "../store/payload-store.ts";
import { patternOf } from "../../events/event-pattern.ts";
import { type BusEvent, toEnvelope } from "../../events/bus-event.ts";
import { isFinished } from "../execution.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";

/** Whether an event is what a task waits for. */
export const isAwaited = (wait: EventWait, event: BusEvent): boolean =>
  event.time >= wait.since && patternOf(wait.pattern)(toEnvelope(event));

/** Looks for the event among those that came before the wait, and hands it over. */
export async function lookBack(runtime: Runtime, wait: EventWait): Promise<void> {
  const until = isoNow(runtime);
  for await (const event of busEventsSince(runtime.executions, wait.tenant, { since: wait.since, until })) {
    if (isAwaited(wait, event)) return deliverEvent(runtime, wait, event);
  }
}

/**
 * Hands a task the event that it waits for: recorded with the row, then the parked message goes out, then the wait is
 * forgotten. Cut off anywhere, a repeat completes it; a second event changes nothing.
 */
export async function deliverEvent(runtime: Runtime, wait: TaskRef, event: BusEvent): Promise<void> {
  const { executions } = runtime;
  const execution = await runtime.execution(wait.tenant, wait.execution);
  const record = await loadTask(executions, wait);
  if (record === undefined || isFinished(execution.status)) return removeWait(executions, wait);
  if (record.state === "parked" && record.reason === "event") {
    const key = `T/${wait.tenant}/X/${wait.execution}/${wait.task}/${record.attempt}/event`;
    const facts = {
      task_id: wait.task,
      attempt: record.attempt,
      source: event.source,
      detail_type: event.detailType,
      matched_event_id: event.id,
    };
    const moved = await moveTask(executions, execution, {
      task: wait.task,
      from: ["parked"],
      attempt: record.attempt,
      holds: { run: record.run },
      set: { state: "queued", reason: undefined, waitUntil: undefined, event: await savePayload(runtime.payloads, key, event.detail) },
      events: [newEvent("task.event_received", { id: `${wait.task}.${record.attempt}.event`, at: isoNow(runtime), facts })],
    });
    if (moved === "stale") return deliverEvent(runtime, wait, event);
  }
  const parked = await loadParked(executions, wait);
  if (parked?.on === heldFor("event")) {
    await runtime.mail.task(parked.message, 0);
    await unparkTask(executions, parked);
  }
  await removeWait(executions, wait);
}
