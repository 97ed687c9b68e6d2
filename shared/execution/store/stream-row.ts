import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import * as z from "zod";
import { EVENT_PREFIX, HEAD_SORT_KEY, TASK_PREFIX } from "./keys.ts";
import { type EventOrigin, StoredEvent } from "../new-event.ts";
import { moveOf, timeOf } from "../task/transition.ts";

/** Where a change happened, and its place among the changes of its execution. */
interface Place {
  /** Padded, so that text order is stream order. */
  readonly sequence: string;
  readonly tenant: string;
  readonly execution: string;
  readonly at: string;
}

/** An event of the execution itself, stored as a row. */
export interface NewEventRow extends Place {
  readonly kind: "event";
  /** Every attribute but the table's keys. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly event: StoredEvent;
}

/** A task's row as a move left it. */
export interface TaskMove extends Place {
  readonly kind: "task";
  readonly task: string;
  /** The state that it left; absent: it had no row. */
  readonly from: string | undefined;
  readonly to: string;
  /** What was told by the moves that the row made since its former image, as `tell` writes it. */
  readonly told: readonly string[];
}

/** The head of an execution as a move that told something left it. */
export interface HeadMove extends Place {
  readonly kind: "head";
  readonly origin: EventOrigin;
  /** What was told by the moves that the head made since its former image, as `tellOfHead` writes it. */
  readonly told: readonly string[];
}

/** A change of the executions table that somebody downstream cares about. */
export type StreamRow = NewEventRow | TaskMove | HeadMove;

/** Longest sequence number that DynamoDB writes. */
const SEQUENCE_DIGITS = 40;

const Image = z.record(z.string(), z.custom<AttributeValue>((value) => typeof value === "object" && value !== null));

/**
 * Reads a stream record; nothing for rows of other kinds and for deletions. Of tasks only what counting needs, and what
 * their moves told, of heads what theirs told. Rows of events are written once: a change of one is no news, and shows when the audit trail is
 * verified.
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
    return { kind: "event", ...place, at: event.timestamp, row, event };
  }
  const seen = Number(old?.["move"]?.N ?? 0);
  const told = (image["told"]?.L ?? []).flatMap(({ S: line = "" }) => (moveOf(line) > seen ? [line] : []));
  if (sk === HEAD_SORT_KEY) {
    const origin = { tenant, executionId: execution, workflowId: image["workflowId"]?.S ?? "", traceId: image["traceId"]?.S ?? "" };
    const last = told.at(-1);
    return last === undefined ? undefined : { kind: "head", ...place, at: timeOf(last), origin, told };
  }
  if (!sk.startsWith(TASK_PREFIX)) return undefined;
  const at = image["settledAt"]?.S ?? image["dispatchedAt"]?.S ?? image["queuedAt"]?.S ?? "";
  return { kind: "task", ...place, at, task: sk.slice(TASK_PREFIX.length), from: old?.["state"]?.S, to: image["state"]?.S ?? "", told };
}
