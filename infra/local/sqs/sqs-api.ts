import { AwsError } from "../wire/aws-error.ts";
import type { Operation, Operations } from "../wire/operation.ts";
import { operationRefusing } from "../wire/operation.ts";
import { moveDeadLetters } from "./message-move.ts";
import { md5, md5OfAttributes } from "./message.ts";
import { describeQueue } from "./queue-attributes.ts";
import type { Queue } from "./queue.ts";
import { parseQueueSettings } from "./queue-settings.ts";
import { receiveMessages } from "./sqs-receive.ts";
import type { SendFields } from "./sqs-requests.ts";
import { SqsRequest } from "./sqs-requests.ts";
import type { SqsService } from "./sqs-service.ts";

const MAX_BATCH = 10;

/** SQS has a code of its own for values outside their range. */
const operation = operationRefusing("InvalidParameterValue");

/** The operations of SQS. Each answers only when what it changed is durable. */
export function sqsOperations(sqs: SqsService): Operations {
  const all = { ...queueOperations(sqs), ...messageOperations(sqs), ...moveOperations(sqs) };
  const durable = ([name, run]: [string, Operation]): [string, Operation] => [
    name,
    async (body, signal) => {
      const reply = await run(body, signal);
      // Also after a receive: the receipt counts towards the dead-letter limit.
      await sqs.database.committed();
      return reply;
    },
  ];
  return Object.fromEntries(Object.entries(all).map(durable));
}

function queueOperations(sqs: SqsService): Operations {
  const { CreateQueue, DeleteQueue, GetQueueUrl, ListQueues, GetQueueAttributes, PurgeQueue } = SqsRequest;
  const { SetQueueAttributes, TagQueue, UntagQueue, ListQueueTags } = SqsRequest;
  return {
    CreateQueue: operation(CreateQueue, ({ QueueName, Attributes, tags }) => {
      const queue = sqs.hasQueue(QueueName) ? sqs.queue(QueueName) : sqs.declareQueue(QueueName, Attributes);
      return tagQueue(sqs, queue, tags);
    }),
    DeleteQueue: operation(DeleteQueue, ({ QueueUrl }) => sqs.deleteQueue(sqs.queue(QueueUrl))),
    GetQueueUrl: operation(GetQueueUrl, ({ QueueName }) => ({ QueueUrl: sqs.queue(QueueName).url })),
    ListQueues: operation(ListQueues, ({ QueueNamePrefix }) => ({
      QueueUrls: sqs.queues.filter(({ name }) => name.startsWith(QueueNamePrefix)).map(({ url }) => url),
    })),
    GetQueueAttributes: operation(GetQueueAttributes, ({ QueueUrl, AttributeNames }) => ({
      Attributes: describeQueue(sqs.queue(QueueUrl), AttributeNames),
    })),
    SetQueueAttributes: operation(SetQueueAttributes, ({ QueueUrl, Attributes }) => {
      const queue = sqs.queue(QueueUrl);
      queue.settings = parseQueueSettings({ ...queue.settings.raw, ...Attributes });
      sqs.saveQueue(queue);
    }),
    PurgeQueue: operation(PurgeQueue, ({ QueueUrl }) => sqs.queue(QueueUrl).purge()),
    TagQueue: operation(TagQueue, ({ QueueUrl, Tags }) => void tagQueue(sqs, sqs.queue(QueueUrl), Tags)),
    UntagQueue: operation(UntagQueue, ({ QueueUrl, TagKeys }) => {
      for (const key of TagKeys) delete sqs.queue(QueueUrl).tags[key];
      sqs.saveQueue(sqs.queue(QueueUrl));
    }),
    ListQueueTags: operation(ListQueueTags, ({ QueueUrl }) => ({ Tags: sqs.queue(QueueUrl).tags })),
  };
}

function tagQueue(sqs: SqsService, queue: Queue, tags: Readonly<Record<string, string>>): { QueueUrl: string } {
  Object.assign(queue.tags, tags);
  sqs.saveQueue(queue);
  return { QueueUrl: queue.url };
}

function messageOperations(sqs: SqsService): Operations {
  const { SendMessage, SendMessageBatch, ReceiveMessage, DeleteMessage, DeleteMessageBatch } = SqsRequest;
  const { ChangeMessageVisibility, ChangeMessageVisibilityBatch } = SqsRequest;
  return {
    SendMessage: operation(SendMessage, ({ QueueUrl, ...fields }) => sendMessage(sqs, sqs.queue(QueueUrl), fields)),
    SendMessageBatch: operation(SendMessageBatch, ({ QueueUrl, Entries }) => {
      const queue = sqs.queue(QueueUrl);
      return forEachEntry(Entries, (entry) => sendMessage(sqs, queue, entry));
    }),
    ReceiveMessage: operation(ReceiveMessage, (request, signal) =>
      receiveMessages(sqs.queue(request.QueueUrl), request, signal),
    ),
    DeleteMessage: operation(DeleteMessage, ({ QueueUrl, ReceiptHandle }) => sqs.queue(QueueUrl).delete(ReceiptHandle)),
    DeleteMessageBatch: operation(DeleteMessageBatch, ({ QueueUrl, Entries }) => {
      const queue = sqs.queue(QueueUrl);
      return forEachEntry(Entries, ({ ReceiptHandle }) => queue.delete(ReceiptHandle));
    }),
    ChangeMessageVisibility: operation(ChangeMessageVisibility, ({ QueueUrl, ReceiptHandle, VisibilityTimeout }) =>
      sqs.queue(QueueUrl).changeVisibility(ReceiptHandle, VisibilityTimeout * 1000),
    ),
    ChangeMessageVisibilityBatch: operation(ChangeMessageVisibilityBatch, ({ QueueUrl, Entries }) => {
      const queue = sqs.queue(QueueUrl);
      return forEachEntry(Entries, ({ ReceiptHandle, VisibilityTimeout }) =>
        queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1000),
      );
    }),
  };
}

function moveOperations(sqs: SqsService): Operations {
  const { ListDeadLetterSourceQueues, StartMessageMoveTask, ListMessageMoveTasks } = SqsRequest;
  return {
    ListDeadLetterSourceQueues: operation(ListDeadLetterSourceQueues, ({ QueueUrl }) => {
      const { arn } = sqs.queue(QueueUrl);
      const sources = sqs.queues.filter(({ settings }) => settings.redrive?.deadLetterTargetArn === arn);
      return { queueUrls: sources.map(({ url }) => url) };
    }),
    StartMessageMoveTask: operation(StartMessageMoveTask, ({ SourceArn, DestinationArn }) =>
      moveDeadLetters(sqs, SourceArn, DestinationArn),
    ),
    // A move is over by the time its request is answered.
    ListMessageMoveTasks: operation(ListMessageMoveTasks, () => ({ Results: [] })),
  };
}

function sendMessage(sqs: SqsService, queue: Queue, fields: SendFields): object {
  const { messageId, sequenceNumber } = sqs.send(queue, {
    body: fields.MessageBody,
    attributes: fields.MessageAttributes,
    delayMs: fields.DelaySeconds === undefined ? undefined : fields.DelaySeconds * 1000,
    groupId: fields.MessageGroupId,
    dedupId: fields.MessageDeduplicationId,
  });
  const attributes = fields.MessageAttributes ?? {};
  return {
    MessageId: messageId,
    MD5OfMessageBody: md5(fields.MessageBody),
    ...(Object.keys(attributes).length > 0 && { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    ...(queue.isFifo && { SequenceNumber: sequenceNumber }),
  };
}

/** Each entry succeeds or fails alone, as the batch requests of SQS promise. */
function forEachEntry<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  act: (entry: Entry) => unknown,
): object {
  if (entries.length === 0)
    throw new AwsError("AWS.SimpleQueueService.EmptyBatchRequest", "the batch holds no entries");
  if (entries.length > MAX_BATCH) {
    throw new AwsError(
      "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
      `at most ${MAX_BATCH} entries are allowed`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError("AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "two entries have the same Id");
  }
  const [Successful, Failed]: [object[], object[]] = [[], []];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...Object(act(entry)) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: error.code, Message: error.message });
    }
  }
  return { Successful, Failed };
}
