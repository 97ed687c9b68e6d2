import type { Logger } from "@aws-lambda-powertools/logger";
import { ChangeMessageVisibilityBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { SQSEvent } from "aws-lambda";

/** For how long messages stay with their receiver, and how often that is prolonged. */
export interface MessageLease {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly seconds: number;
  readonly everySeconds: number;
  readonly logger: Pick<Logger, "warn">;
}

/**
 * Keeps a batch of messages from other receivers while work on it goes on, a short while at a time. Lambda wants a queue
 * whose messages stay away for as long as a function may run; so prolonged, they come back soon after a crash instead.
 */
export async function keepMessages<Result>(lease: MessageLease, event: SQSEvent, work: () => Promise<Result>): Promise<Result> {
  const renew = async (): Promise<void> => {
    try {
      await prolong(lease, event);
    } catch (error) {
      // Somebody else may get the messages too; rows decide whose work counts.
      lease.logger.warn("messages were not kept", { error });
    }
  };
  const timer = setInterval(() => void renew(), lease.everySeconds * 1000);
  try {
    await renew();
    return await work();
  } finally {
    clearInterval(timer);
  }
}

async function prolong({ sqs, queueUrl, seconds, logger }: MessageLease, { Records }: SQSEvent): Promise<void> {
  const Entries = Records.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }));
  const { Failed = [] } = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries }));
  if (Failed.length > 0) logger.warn("some messages were not kept", { failed: Failed.length, reason: Failed[0]?.Message });
}
