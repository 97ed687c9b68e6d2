import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBRecord } from "aws-lambda";
import * as z from "zod";
import { EVENT_PREFIX, TASK_PREFIX } from "../../shared/aws/keys.ts";

/** A change of the executions table that somebody downstream cares about. */
export interface StreamRow {
  readonly kind: "event" | "task";
  /** Padded, so that text order is stream order. */
  readonly sequence: string;
  readonly image: Readonly<Record<string, unknown>>;
  readonly oldImage: Readonly<Record<string, unknown>> | undefined;
}

/** Longest sequence number that DynamoDB writes. */
const SEQUENCE_DIGITS = 40;

const Image = z.record(z.string(), z.custom<AttributeValue>((value) => typeof value === "object" && value !== null));

/** Reads a stream record; nothing for rows of other kinds and for deletions. */
export function readStreamRow({ dynamodb }: DynamoDBRecord): StreamRow | undefined {
  const sk = dynamodb?.Keys?.["sk"]?.S ?? "";
  const kind = sk.startsWith(EVENT_PREFIX) ? "event" : sk.startsWith(TASK_PREFIX) ? "task" : undefined;
  if (kind === undefined || dynamodb?.NewImage === undefined) return undefined;
  return {
    kind,
    sequence: (dynamodb.SequenceNumber ?? "").padStart(SEQUENCE_DIGITS, "0"),
    image: unmarshall(Image.parse(dynamodb.NewImage)),
    oldImage: dynamodb.OldImage === undefined ? undefined : unmarshall(Image.parse(dynamodb.OldImage)),
  };
}
