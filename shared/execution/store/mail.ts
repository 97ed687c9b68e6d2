import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { StoreUnavailableError } from "../../core/errors.ts";
import { AWS_QUOTAS } from "../../core/limits.ts";
import type { TaskMessage } from "../messages.ts";
import type { Mail } from "../runtime/runtime.ts";
import { sqsDepth } from "./queue-depth.ts";

/** URLs of the queues beside those of tasks; a function that does not send to one leaves it out. */
export interface FollowUpQueues {
  readonly watch?: string;
  readonly settle?: string;
  readonly await?: string;
}

/** Mail over SQS. The tenant is the message group, which standard queues use for fairness (invariant 6). */
export function sqsMail(sqs: SQSClient, urls: FollowUpQueues): Mail {
  const send = async (url: string | undefined, message: { body: unknown; tenant: string; delaySeconds: number }): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify(message.body),
        MessageGroupId: message.tenant,
        ...(message.delaySeconds > 0 ? { DelaySeconds: message.delaySeconds } : {}),
      }),
    );
  };
  const sendAll = async (messages: readonly TaskMessage[]): Promise<void> => {
    const [first] = messages;
    if (first === undefined) return;
    const Entries = messages.map((body, index) => ({
      Id: String(index),
      MessageBody: JSON.stringify(body),
      MessageGroupId: body.run.tenant,
    }));
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: first.run.queue, Entries }));
    if (Failed.length > 0) throw new StoreUnavailableError(`SQS did not take ${Failed.length} of ${Entries.length} messages`);
  };
  return {
    tasks: async (messages) => {
      const size = AWS_QUOTAS.sqs.batchEntries;
      const batches = Array.from({ length: Math.ceil(messages.length / size) }, (_, index) => messages.slice(index * size, (index + 1) * size));
      await Promise.all(batches.map(sendAll));
    },
    task: (body, delaySeconds) => send(body.run.queue, { body, tenant: body.run.tenant, delaySeconds }),
    watch: (body, delaySeconds) => send(urls.watch, { body, tenant: body.dispatch.tenant, delaySeconds }),
    watchExecution: (body, delaySeconds) => send(urls.watch, { body, tenant: body.watched.tenant, delaySeconds }),
    settle: (body) => send(urls.settle, { body, tenant: body.dispatch.tenant, delaySeconds: 0 }),
    unawaited: () => (urls.await === undefined ? Promise.resolve(0) : sqsDepth(sqs)(urls.await)),
    awaitAnswer: (body) => send(urls.await, { body, tenant: body.dispatch.tenant, delaySeconds: 0 }),
  };
}
