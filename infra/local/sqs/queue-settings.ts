import * as z from "zod";
import { AwsError } from "../wire/aws-error.ts";
import { tryParseJson } from "../json.ts";

const RedrivePolicy = z.object({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

const seconds = (max: number): z.ZodType<number> => z.coerce.number().int().min(0).max(max);

const Attributes = z.object({
  DelaySeconds: seconds(900).default(0),
  VisibilityTimeout: seconds(43_200).default(30),
  MessageRetentionPeriod: seconds(1_209_600).default(345_600),
  ReceiveMessageWaitTimeSeconds: seconds(20).default(0),
  MaximumMessageSize: z.coerce.number().int().min(1024).max(1_048_576).default(1_048_576),
  RedrivePolicy: z.string().optional(),
  ContentBasedDeduplication: z.enum(["true", "false"]).default("false"),
});

/** What the attributes of a queue mean. */
export interface QueueSettings {
  /** As given, so that `GetQueueAttributes` and a restart see the same. */
  readonly raw: Readonly<Record<string, string>>;
  readonly delayMs: number;
  readonly visibilityMs: number;
  readonly retentionMs: number;
  readonly receiveWaitMs: number;
  readonly maxBytes: number;
  readonly redrive: { readonly deadLetterTargetArn: string; readonly maxReceiveCount: number } | undefined;
  readonly isContentDeduplicated: boolean;
}

/** @throws {AwsError} an attribute has a value SQS refuses. */
export function parseQueueSettings(raw: Readonly<Record<string, string>>): QueueSettings {
  const parsed = Attributes.safeParse(raw);
  if (!parsed.success) {
    const name = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new AwsError("InvalidAttributeValue", `invalid value for the parameter ${name}`);
  }
  const { data } = parsed;
  return {
    raw,
    delayMs: data.DelaySeconds * 1000,
    visibilityMs: data.VisibilityTimeout * 1000,
    retentionMs: data.MessageRetentionPeriod * 1000,
    receiveWaitMs: data.ReceiveMessageWaitTimeSeconds * 1000,
    maxBytes: data.MaximumMessageSize,
    redrive: parseRedrive(data.RedrivePolicy),
    isContentDeduplicated: data.ContentBasedDeduplication === "true",
  };
}

function parseRedrive(text: string | undefined): QueueSettings["redrive"] {
  if (text === undefined || text === "") return undefined;
  const policy = RedrivePolicy.safeParse(tryParseJson(text));
  if (!policy.success) throw new AwsError("InvalidAttributeValue", "invalid value for the parameter RedrivePolicy");
  return policy.data;
}
