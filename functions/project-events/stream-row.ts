import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import * as z from "zod";
import { EVENT_PREFIX, TASK_PREFIX } from "../../shared/aws/keys.ts";
import { StoredEvent } from "../../shared/events/execution-events.ts";

/** A task that went from one state to another, or changed within one. */
export interface Transition {
  readonly kind: "task";
  /** Padded, so that text order is stream order. */
  readonly sequence: string;
  readonly tenant: string;
  readonly execution: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly at: string;
}

/** A change of the executions table that somebody downstream cares about. */
export type StreamRow = { readonly kind: "event"; readonly event: StoredEvent } | Transition;

/** Longest sequence number that DynamoDB writes. */
const SEQUENCE_DIGITS = 40;

const Image = z.record(z.string(), z.custom<AttributeValue>((value) => typeof value === "object" && value !== null));

/** Reads a stream record; nothing for rows of other kinds and for deletions. Of tasks only what counting needs. */
export function readStreamRow({ dynamodb }: DynamoDBRecord): StreamRow | undefined {
  const { Keys, NewImage: image, OldImage: old, SequenceNumber = "" } = dynamodb ?? {};
  if (image === undefined) return undefined;
  const sk = Keys?.["sk"]?.S ?? "";
  if (sk.startsWith(EVENT_PREFIX)) return { kind: "event", event: StoredEvent.parse(unmarshall(Image.parse(image))) };
  if (!sk.startsWith(TASK_PREFIX)) return undefined;
  const [, tenant = "", , execution = ""] = Keys?.["pk"]?.S?.split("#") ?? [];
  return {
    kind: "task",
    sequence: SequenceNumber.padStart(SEQUENCE_DIGITS, "0"),
    tenant,
    execution,
    from: old?.["state"]?.S,
    to: image["state"]?.S ?? "",
    at: image["settledAt"]?.S ?? image["dispatchedAt"]?.S ?? image["queuedAt"]?.S ?? "",
  };
}
