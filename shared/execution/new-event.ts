import * as z from "zod";
import { maskPrivate } from "../privacy/find-private.ts";
import { EventHead } from "./event-head.ts";
import type { ExecutionEventFacts, ExecutionEventType } from "./execution-events.ts";

/** An event as the store keeps it: head, name and facts. */
export const StoredEvent = EventHead.extend({ type: z.string(), facts: z.record(z.string(), z.unknown()) });
export type StoredEvent = z.infer<typeof StoredEvent>;

/** An event about to be stored, together with the state it tells of (invariant 4). */
export interface NewEvent {
  readonly id: string;
  readonly type: ExecutionEventType;
  readonly at: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

const Words = z.object({ error: z.looseObject({ message: z.string() }).optional().catch(undefined), reason: z.string().optional().catch(undefined) });

/** What people and agents said in their own words, without personal data and secrets: a log outlives its payloads. */
function withoutPrivate(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (!("error" in facts) && !("reason" in facts)) return facts;
  const { error, reason } = Words.parse(facts);
  return {
    ...facts,
    ...(error === undefined ? {} : { error: { ...error, message: maskPrivate(error.message) } }),
    ...(reason === undefined ? {} : { reason: maskPrivate(reason) }),
  };
}

/** Types the facts of an event by its name. `id` must be equal when the same thing is told twice. */
export function newEvent<Type extends ExecutionEventType>(
  type: Type,
  { id, at, facts }: { id: string; at: string; facts: ExecutionEventFacts<Type> },
): NewEvent {
  return { id, type, at, facts: withoutPrivate(facts) };
}

/** The execution that an event is about. */
export interface EventOrigin {
  readonly tenant: string;
  readonly executionId: string;
  readonly workflowId: string;
  readonly traceId: string;
}

/** An event under its head, as everything downstream knows it. */
export const storedEvent = (
  origin: EventOrigin,
  { id, type, at, facts }: Omit<NewEvent, "type"> & { readonly type: string },
): StoredEvent => ({
  version: 1,
  event_id: id,
  type,
  tenant: origin.tenant,
  workflow_id: origin.workflowId,
  execution_id: origin.executionId,
  trace_id: origin.traceId,
  timestamp: at,
  facts,
});
