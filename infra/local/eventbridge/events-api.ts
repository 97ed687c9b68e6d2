import * as z from "zod";
import type { CloudServices } from "../cloud-services.ts";
import { chunksOf } from "../meter.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Operations } from "../wire/operation.ts";
import { operation } from "../wire/operation.ts";
import type { EventBuses } from "./event-bus.ts";
import { PutEventsEntry } from "./event.ts";

const PutEvents = z.object({ Entries: z.array(z.unknown()).min(1).max(10) });

/** The operations of EventBridge that handlers call. */
export function eventsOperations({ buses, outbox, meter }: Pick<CloudServices, "buses" | "outbox" | "meter">): Operations {
  return {
    PutEvents: operation(PutEvents, async ({ Entries: entries }) => {
      const Entries = entries.map((entry) => putEntry(buses, entry));
      for (const entry of entries) meter?.add("events", chunksOf(JSON.stringify(entry)));
      await outbox.committed();
      return { FailedEntryCount: Entries.filter((entry) => "ErrorCode" in entry).length, Entries };
    }),
  };
}

function putEntry(buses: EventBuses, entry: unknown): object {
  const parsed = PutEventsEntry.safeParse(entry);
  if (!parsed.success) {
    return {
      ErrorCode: "InvalidArgument",
      ErrorMessage: `Parameter ${parsed.error.issues[0]?.path.join(".") ?? ""} is not valid.`,
    };
  }
  try {
    return buses.put(parsed.data);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { ErrorCode: error.code, ErrorMessage: error.message };
  }
}
