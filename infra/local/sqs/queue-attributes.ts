import type { Queue } from "./queue.ts";

/** The attributes `GetQueueAttributes` reports: those asked for, or all. */
export function describeQueue(queue: Queue, names: readonly string[]): Record<string, string> {
  const { visible, inFlight, delayed } = queue.counts;
  const createdAt = String(Math.floor(queue.createdAt / 1000));
  const all: Record<string, string> = {
    DelaySeconds: "0",
    VisibilityTimeout: "30",
    MessageRetentionPeriod: "345600",
    ReceiveMessageWaitTimeSeconds: "0",
    MaximumMessageSize: "1048576",
    SqsManagedSseEnabled: "true",
    ...queue.settings.raw,
    QueueArn: queue.arn,
    CreatedTimestamp: createdAt,
    LastModifiedTimestamp: createdAt,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ...(queue.isFifo && { FifoQueue: "true" }),
  };
  if (names.includes("All")) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
