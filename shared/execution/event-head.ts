import * as z from "zod";
import { EVENT_SOURCE } from "../events/envelope.ts";

/** What every event of an execution carries beside its own facts. `version` is the schema's: it grows by fields, never changes one. */
export const EventHead = z.object({
  version: z.literal(1),
  /** Equal for repeats of the same event: consumers de-duplicate by it. */
  event_id: z.string(),
  tenant: z.string(),
  workflow_id: z.string(),
  execution_id: z.string(),
  trace_id: z.string(),
  timestamp: z.iso.datetime(),
});
export type EventHead = z.infer<typeof EventHead>;

/** Ties a schema to the name it travels under; producer, consumer and rule read this one object. */
export const defineEvent = <const Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) => ({
  type,
  detail: EventHead.extend(shape),
  pattern: { source: [EVENT_SOURCE], detailType: [type] },
});
