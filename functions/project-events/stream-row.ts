import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import * as z from "zod";
import { EVENT_PREFIX, TASK_PREFIX } from "../../shared/execution/store/keys.ts";
import { StoredEvent } from "../../shared/execution/execution-events.ts";

/** Where a change happened, and its place among the changes of its execution. */
interface Place {
  /** Padded, so that text order is stream order. */
  readonly sequence: string;
  readonly tenant: string;
  readonly execution: string;
  readonly at: string;
}

/** An event that was stored. */
interface NewRow extends Place {
  readonly kind: "event";
  /** Its key without what all events have in common. */
  readonly key: string;
  /** Every attribute but the table's keys. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly event: StoredEvent;
}

/** A task that went from one state to another, or changed within one. */
export interface Transition extends Place {
  readonly kind: "task";
  readonly from: string | undefined;
  readonly to: string;
}

/** A change of the executions table that somebody downstream cares about. */
export type StreamRow = NewRow | Transition;

/** Longest sequence number that DynamoDB writes. */
const SEQUENCE_DIGITS = 40;

const Image = z.record(z.string(), z.custom<AttributeValue>((value) => typeof value === "object" && value !== null));

/**
 * Reads a stream record; nothing for rows of other kinds and for deletions. Of tasks only what counting needs. Events
 * are written once: a change of one is no news, and shows when the audit trail is verified.
 */
export function readStreamRow({ dynamodb }: DynamoDBRecord): StreamRow | undefined {
  const { Keys, NewImage: image, OldImage: old, SequenceNumber = "" } = dynamodb ?? {};
  if (image === undefined) return undefined;
  const sk = Keys?.["sk"]?.S ?? "";
  const [, tenant = "", , execution = ""] = Keys?.["pk"]?.S?.split("#") ?? [];
  const place = { sequence: SequenceNumber.padStart(SEQUENCE_DIGITS, "0"), tenant, execution };
  if (sk.startsWith(EVENT_PREFIX)) {
    if (old !== undefined) return undefined;
    const { pk: _, sk: __, ...row } = unmarshall(Image.parse(image));
    const event = StoredEvent.parse(row);
    return { kind: "event", ...place, at: event.timestamp, key: sk.slice(EVENT_PREFIX.length), row, event };
  }
  if (!sk.startsWith(TASK_PREFIX)) return undefined;
  const at = image["settledAt"]?.S ?? image["dispatchedAt"]?.S ?? image["queuedAt"]?.S ?? "";
  return { kind: "task", ...place, at, from: old?.["state"]?.S, to: image["state"]?.S ?? "" };
}
