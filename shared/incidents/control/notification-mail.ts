import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { chunksOf } from "../../aws/chunks.ts";
import { StoreUnavailableError } from "../../core/errors.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { CHANNEL_LIMITS } from "../limits.ts";
import type { NotificationOrder } from "../messages.ts";

/** Sends orders to the queue of notifications. The tenant is the message group, which standard queues use for fairness. */
export const notificationMail = (sqs: SQSClient, QueueUrl: string) => ({
  /** @throws {StoreUnavailableError} SQS did not take some. */
  send: async (orders: readonly NotificationOrder[]): Promise<void> => {
    for (const chunk of chunksOf(orders, AWS_QUOTAS.sqs.batchEntries)) {
      const Entries = chunk.map((order, index) => ({ Id: String(index), MessageBody: JSON.stringify(order), MessageGroupId: order.tenant }));
      const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      if (Failed.length > 0) throw new StoreUnavailableError(`SQS did not take ${Failed.length} of ${Entries.length} notifications`);
    }
  },
  /** The same order again, so many seconds later, or as late as SQS allows. */
  later: async (order: NotificationOrder, seconds: number): Promise<void> => {
    const DelaySeconds = Math.min(Math.max(Math.ceil(seconds), 0), CHANNEL_LIMITS.delaySeconds);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(order), MessageGroupId: order.tenant, DelaySeconds }));
  },
});
