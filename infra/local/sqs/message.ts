import { createHash } from "node:crypto";

/** One user-defined attribute of a message, in wire form. `BinaryValue` is base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** A message in a queue. `visibleAt` is when it may next be received, in milliseconds since 1970. */
export interface Message {
  readonly seq: number;
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes | undefined;
  readonly groupId: string | undefined;
  readonly dedupId: string | undefined;
  readonly sourceArn: string | undefined;
  readonly sentAt: number;
  state: "delayed" | "ready" | "in-flight" | "gone";
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number | undefined;
}

/** Names one receipt of a message; an older receipt of the same message differs. */
export function receiptHandle(message: Message): string {
  return `${message.seq}.${message.receiveCount}.${message.messageId}`;
}

/** Reads a receipt handle; `undefined` when it is not one of ours. */
export function parseReceipt(handle: string): { seq: number; receiveCount: number; messageId: string } | undefined {
  const [, seq, receiveCount, messageId] = /^(\d+)\.(\d+)\.(.+)$/.exec(handle) ?? [];
  if (messageId === undefined) return undefined;
  return { seq: Number(seq), receiveCount: Number(receiveCount), messageId };
}

/** The `MD5OfBody` of SQS, hexadecimal. */
export function md5(text: string | Buffer): string {
  return createHash("md5").update(text).digest("hex");
}

/**
 * The `MD5OfMessageAttributes` of SQS: names sorted, each name, type and value with its length in front.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function md5OfAttributes(attributes: MessageAttributes): string {
  const parts: Buffer[] = [];
  const push = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    push(Buffer.from(name));
    push(Buffer.from(attribute.DataType));
    const isBinary = attribute.DataType.startsWith("Binary");
    parts.push(Buffer.of(isBinary ? 2 : 1));
    push(isBinary ? Buffer.from(attribute.BinaryValue ?? "", "base64") : Buffer.from(attribute.StringValue ?? ""));
  }
  return md5(Buffer.concat(parts));
}

/** Bytes a message counts for against the size limit: body, and names, types and values of its attributes. */
export function messageBytes(body: string, attributes: MessageAttributes | undefined): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + Buffer.byteLength(StringValue ?? "");
    bytes += Buffer.byteLength(BinaryValue ?? "", "base64");
  }
  return bytes;
}
