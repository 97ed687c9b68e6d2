import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Mail } from "../runtime/runtime.ts";

/** Mail over SQS. The tenant is the message group, which standard queues use for fairness (invariant 6). */
export function sqsMail(sqs: SQSClient, urls: { watch: string; settle: string }): Mail {
  const send = async (url: string, message: { body: unknown; tenant: string; delaySeconds: number }): Promise<void> => {
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: JSON.stringify(message.body),
        MessageGroupId: message.tenant,
        ...(message.delaySeconds > 0 ? { DelaySeconds: message.delaySeconds } : {}),
      }),
    );
  };
  return {
    task: (body, delaySeconds) => send(body.run.queue, { body, tenant: body.run.tenant, delaySeconds }),
    watch: (body, delaySeconds) => send(urls.watch, { body, tenant: body.dispatch.tenant, delaySeconds }),
    settle: (body) => send(urls.settle, { body, tenant: body.dispatch.tenant, delaySeconds: 0 }),
  };
}
