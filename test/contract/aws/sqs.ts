import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { type Behaviour, eventually, refusal } from "./behaviour.ts";
import type { Aws } from "./clients.ts";

const REFERENCE = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference";

async function withQueue<Found>(
  aws: Aws,
  attributes: Record<string, string>,
  use: (url: string) => Promise<Found>,
): Promise<Found> {
  const { QueueUrl = "" } = await aws.sqs.send(
    new CreateQueueCommand({ QueueName: aws.name("probe"), Attributes: attributes }),
  );
  try {
    return await use(QueueUrl);
  } finally {
    await aws.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  }
}

const receive = ({ sqs }: Aws, QueueUrl: string): Promise<Message> =>
  eventually(async () => {
    const request = { QueueUrl, WaitTimeSeconds: 1, MessageSystemAttributeNames: ["All" as const] };
    return (await sqs.send(new ReceiveMessageCommand(request))).Messages?.[0];
  });

/** What we build on in SQS. */
export const SQS_BEHAVIOURS: readonly Behaviour[] = [
  {
    name: "SQS refuses a queue that is not there",
    source: `${REFERENCE}/API_GetQueueUrl.html`,
    observe: (aws) => refusal(aws.sqs.send(new GetQueueUrlCommand({ QueueName: aws.name("absent") }))),
    expected: "QueueDoesNotExist",
  },
  {
    name: "SQS carries the message group of a standard queue to the consumer",
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html",
    observe: (aws) =>
      withQueue(aws, {}, async (QueueUrl) => {
        await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", MessageGroupId: "tenant-a" }));
        const { Attributes: { MessageGroupId, ApproximateReceiveCount } = {} } = await receive(aws, QueueUrl);
        return { MessageGroupId, ApproximateReceiveCount };
      }),
    expected: { MessageGroupId: "tenant-a", ApproximateReceiveCount: "1" },
  },
  {
    name: "SQS shows a message again when its visibility timeout is over, counted",
    source: `${REFERENCE}/API_ReceiveMessage.html`,
    observe: (aws) =>
      withQueue(aws, { VisibilityTimeout: "1" }, async (QueueUrl) => {
        await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
        await receive(aws, QueueUrl);
        return (await receive(aws, QueueUrl)).Attributes?.ApproximateReceiveCount;
      }),
    expected: "2",
  },
  {
    name: "SQS moves a message to the dead-letter queue when it was received too often",
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    observe: (aws) =>
      withQueue(aws, {}, async (dead) => {
        const { Attributes } = await aws.sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ["QueueArn"] }),
        );
        const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 1 });
        return withQueue(aws, { VisibilityTimeout: "1", RedrivePolicy }, async (QueueUrl) => {
          await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
          await receive(aws, QueueUrl);
          return eventually(async () => {
            await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }));
            const { Messages } = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl: dead }));
            return Messages?.[0]?.Body;
          });
        });
      }),
    expected: "poison",
  },
  {
    name: "SQS refuses a batch with the same id twice",
    source: `${REFERENCE}/API_SendMessageBatch.html`,
    observe: (aws) =>
      withQueue(aws, {}, (QueueUrl) => {
        const Entries = [1, 2].map(() => ({ Id: "same", MessageBody: "m" }));
        return refusal(aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
      }),
    expected: "BatchEntryIdsNotDistinct",
  },
  {
    name: "SQS refuses a batch of more than ten",
    source: `${REFERENCE}/API_SendMessageBatch.html`,
    observe: (aws) =>
      withQueue(aws, {}, (QueueUrl) => {
        const Entries = Array.from({ length: 11 }, (_, index) => ({ Id: `m${index}`, MessageBody: "m" }));
        return refusal(aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
      }),
    expected: "TooManyEntriesInBatchRequest",
  },
  {
    name: "SQS takes 1 MiB in a message, and no byte more",
    source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html",
    observe: (aws) =>
      withQueue(aws, {}, async (QueueUrl) => {
        const send = (bytes: number) =>
          refusal(aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(bytes) })));
        return { "1 MiB": await send(1_048_576), "1 MiB + 1": await send(1_048_577) };
      }),
    expected: { "1 MiB": "accepted", "1 MiB + 1": "InvalidParameterValue" },
  },
  {
    name: "SQS delays for 15 minutes at most",
    source: `${REFERENCE}/API_SendMessage.html`,
    observe: (aws) =>
      withQueue(aws, {}, (QueueUrl) =>
        refusal(aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "m", DelaySeconds: 901 }))),
      ),
    expected: "InvalidParameterValue",
  },
  {
    name: "SQS deletes a message twice without complaint",
    source: `${REFERENCE}/API_DeleteMessage.html`,
    observe: (aws) =>
      withQueue(aws, {}, async (QueueUrl) => {
        await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "m" }));
        const { ReceiptHandle } = await receive(aws, QueueUrl);
        const remove = () => refusal(aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
        return [await remove(), await remove()];
      }),
    expected: ["accepted", "accepted"],
  },
  {
    name: "SQS refuses a receipt that it never gave",
    source: `${REFERENCE}/API_DeleteMessage.html`,
    observe: (aws) =>
      withQueue(aws, {}, (QueueUrl) =>
        refusal(aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "made-up" }))),
      ),
    expected: "ReceiptHandleIsInvalid",
  },
];
