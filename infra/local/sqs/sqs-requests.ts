import * as z from "zod";

const attribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});
const queueUrl = { QueueUrl: z.string() };
const send = {
  MessageBody: z.string(),
  DelaySeconds: z.number().int().min(0).max(900).optional(),
  MessageAttributes: z.record(z.string(), attribute).optional(),
  MessageGroupId: z.string().max(128).optional(),
  MessageDeduplicationId: z.string().max(128).optional(),
};
const visibility = { ReceiptHandle: z.string(), VisibilityTimeout: z.number().int().min(0).max(43_200) };
const entries = <Entry extends z.ZodRawShape>(entry: Entry) => z.array(z.object({ Id: z.string(), ...entry }));
const attributes = z.record(z.string(), z.string());

/** Requests of the AWS JSON protocol of SQS, as far as the embedded cloud answers them. */
export const SqsRequest = {
  CreateQueue: z.object({ QueueName: z.string(), Attributes: attributes.default({}), tags: attributes.default({}) }),
  DeleteQueue: z.object(queueUrl),
  GetQueueUrl: z.object({ QueueName: z.string() }),
  ListQueues: z.object({ QueueNamePrefix: z.string().default("") }),
  GetQueueAttributes: z.object({ ...queueUrl, AttributeNames: z.array(z.string()).default([]) }),
  SetQueueAttributes: z.object({ ...queueUrl, Attributes: attributes }),
  PurgeQueue: z.object(queueUrl),
  TagQueue: z.object({ ...queueUrl, Tags: attributes }),
  UntagQueue: z.object({ ...queueUrl, TagKeys: z.array(z.string()) }),
  ListQueueTags: z.object(queueUrl),
  SendMessage: z.object({ ...queueUrl, ...send }),
  SendMessageBatch: z.object({ ...queueUrl, Entries: entries(send) }),
  ReceiveMessage: z.object({
    ...queueUrl,
    MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
    WaitTimeSeconds: z.number().int().min(0).max(20).optional(),
    VisibilityTimeout: z.number().int().min(0).max(43_200).optional(),
    AttributeNames: z.array(z.string()).default([]),
    MessageSystemAttributeNames: z.array(z.string()).default([]),
    MessageAttributeNames: z.array(z.string()).default([]),
  }),
  DeleteMessage: z.object({ ...queueUrl, ReceiptHandle: z.string() }),
  DeleteMessageBatch: z.object({ ...queueUrl, Entries: entries({ ReceiptHandle: z.string() }) }),
  ChangeMessageVisibility: z.object({ ...queueUrl, ...visibility }),
  ChangeMessageVisibilityBatch: z.object({ ...queueUrl, Entries: entries(visibility) }),
  ListDeadLetterSourceQueues: z.object(queueUrl),
  StartMessageMoveTask: z.object({ SourceArn: z.string(), DestinationArn: z.string().optional() }),
  ListMessageMoveTasks: z.object({ SourceArn: z.string() }),
} as const;

export type SendFields = Omit<z.infer<typeof SqsRequest.SendMessage>, "QueueUrl">;
export type ReceiveFields = z.infer<typeof SqsRequest.ReceiveMessage>;
