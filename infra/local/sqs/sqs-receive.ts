import { AwsError } from "../wire/aws-error.ts";
import type { Message, MessageAttributes } from "./message.ts";
import { md5, md5OfAttributes, receiptHandle } from "./message.ts";
import type { Queue } from "./queue.ts";
import type { ReceiveFields } from "./sqs-requests.ts";

/** Answers `ReceiveMessage`; waits as long as the request or the queue says. */
export async function receiveMessages(queue: Queue, request: ReceiveFields, signal: AbortSignal): Promise<object> {
  const messages = await queue.receive({
    max: request.MaxNumberOfMessages,
    waitMs: request.WaitTimeSeconds === undefined ? queue.settings.receiveWaitMs : request.WaitTimeSeconds * 1000,
    visibilityMs: request.VisibilityTimeout === undefined ? undefined : request.VisibilityTimeout * 1000,
    signal,
  });
  if (signal.aborted) {
    // The caller hung up while it waited: nobody will ever delete what it was given.
    for (const message of messages) queue.changeVisibility(receiptHandle(message), 0);
    throw new AwsError("RequestAborted", "the caller hung up");
  }
  return messages.length === 0 ? {} : { Messages: messages.map((message) => toWire(queue, message, request)) };
}

function toWire(queue: Queue, message: Message, request: ReceiveFields): object {
  const names = [...request.AttributeNames, ...request.MessageSystemAttributeNames];
  const attributes = pick(systemAttributes(queue, message), names);
  const custom = pick(message.attributes ?? {}, request.MessageAttributeNames);
  return {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle(message),
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(Object.keys(attributes).length > 0 && { Attributes: attributes }),
    ...(Object.keys(custom).length > 0 && {
      MessageAttributes: custom,
      MD5OfMessageAttributes: md5OfAttributes(custom),
    }),
  };
}

/** The attributes SQS itself gives a message, as `ReceiveMessage` and event source mappings show them. */
export function systemAttributes(queue: Queue, message: Message): Record<string, string> {
  return {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: "AIDALOCAL",
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? message.sentAt),
    ...(message.groupId !== undefined && { MessageGroupId: message.groupId }),
    ...(message.dedupId !== undefined && { MessageDeduplicationId: message.dedupId }),
    ...(queue.isFifo && { SequenceNumber: String(message.seq).padStart(20, "0") }),
    ...(message.sourceArn !== undefined && { DeadLetterQueueSourceArn: message.sourceArn }),
  };
}

type Attribute = MessageAttributes[string] | string;

function pick<Value extends Attribute>(
  all: Readonly<Record<string, Value>>,
  names: readonly string[],
): Record<string, Value> {
  const isWanted = (name: string): boolean =>
    names.some((wanted) => {
      if (wanted === "All" || wanted === ".*" || wanted === name) return true;
      return wanted.endsWith(".*") && name.startsWith(wanted.slice(0, -2));
    });
  return Object.fromEntries(Object.entries(all).filter(([name]) => isWanted(name)));
}
