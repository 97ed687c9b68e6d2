import { PutEventsCommand } from "@aws-sdk/client-eventbridge";
import * as z from "zod";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { EVENT_SOURCE, POSTED_EVENT_SOURCE, WORKFLOW_EVENT_SOURCE } from "../../../../shared/events/envelope.ts";
import { EVENT_LIMITS } from "../../../../shared/events/limits.ts";
import { EventPosted } from "../../../../shared/execution/views/events.ts";
import { route } from "../../route.ts";

/** Names that only the services themselves may speak under. */
const isReserved = (source: string): boolean =>
  source.startsWith("aws.") || source === EVENT_SOURCE || source === WORKFLOW_EVENT_SOURCE;

const PostedEvent = z.strictObject({
  detail_type: z.string().min(1).max(128),
  source: z
    .string()
    .min(1)
    .max(256)
    .default(POSTED_EVENT_SOURCE)
    .refine((source) => !isReserved(source), { error: `must not be 'aws.…', '${EVENT_SOURCE}' or '${WORKFLOW_EVENT_SOURCE}'` }),
  detail: z
    .record(z.string(), z.unknown())
    .default({})
    .refine((detail) => Buffer.byteLength(JSON.stringify(detail)) <= EVENT_LIMITS.postedEventBytes, {
      error: `must not be longer than ${EVENT_LIMITS.postedEventBytes} bytes as JSON`,
    }),
});

const post = route({
  method: "POST",
  path: "/api/v1/events",
  operationId: "postEvent",
  summary: "Put an event on the bus: tasks may wait for it, workflows start with it",
  permission: "event:publish",
  body: PostedEvent,
  reply: EventPosted,
  status: 202,
  run: async ({ deps, caller, body }) => {
    // The tenant is the caller's, whatever the detail says.
    const Detail = JSON.stringify({ ...body.detail, tenant: caller.tenant });
    const entry = { EventBusName: deps.busName, Source: body.source, DetailType: body.detail_type, Detail, Time: deps.now() };
    const { Entries, FailedEntryCount = 0 } = await deps.bus.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount > 0) throw new StoreUnavailableError("the bus did not take the event");
    return { body: { event_id: Entries?.[0]?.EventId } };
  },
});

/** Events from outside. */
export const EVENT_ROUTES = [post];
