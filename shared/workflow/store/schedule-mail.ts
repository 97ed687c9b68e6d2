import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { StoreUnavailableError } from "../../core/errors.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import { TenantId } from "../../core/ids.ts";

/** Asks for a look at a schedule. */
export const LookMessage = z.object({ tenant: TenantId, schedule: z.string() });
export type LookMessage = z.output<typeof LookMessage>;

/** A look, and how long to wait for it. */
export interface LookOrder extends LookMessage {
  readonly delaySeconds: number;
}

/** Sends up to ten looks to the queue of schedules. The tenant is the message group, which standard queues use for fairness. */
export const lookSender =
  (sqs: SQSClient, QueueUrl: string) =>
  /** @throws {StoreUnavailableError} SQS did not take some. */
  async (orders: readonly LookOrder[]): Promise<void> => {
    const Entries = orders.map(({ tenant, schedule, delaySeconds }, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify({ tenant, schedule } satisfies LookMessage),
      MessageGroupId: tenant,
      DelaySeconds: Math.min(Math.max(Math.ceil(delaySeconds), 0), AWS_QUOTAS.sqs.delaySeconds),
    }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed.length > 0) throw new StoreUnavailableError(`SQS did not take ${Failed.length} of ${Entries.length} looks at schedules`);
  };
