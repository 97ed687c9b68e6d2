import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  PurgeQueueCommand,
  PurgeQueueInProgress,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
  UnsupportedOperation,
} from "@aws-sdk/client-sqs";
import { ConflictError, NotFoundError } from "../../core/errors.ts";
import { sqsDepth } from "../../execution/store/queue-depth.ts";
import type { DeadLetter } from "../dead-letter.ts";
import { deadLetterQueueOf } from "../dead-letter-queues.ts";
import { DEAD_LETTER_LIMITS } from "../limits.ts";

/** What an operator does with messages that failed for good; queues by their names in the runbook. */
export interface DeadLetterDesk {
  /** How many wait, approximately. */
  readonly waiting: (name: string) => Promise<number>;
  /** As many as there are, and as many as are asked for; while somebody else looks, fewer. */
  readonly look: (name: string, most: number) => Promise<readonly DeadLetter[]>;
  /** @throws {NotFoundError} it is not among those that are looked through. */
  readonly find: (name: string, messageId: string) => Promise<DeadLetter>;
  /** @throws {NotFoundError} as `find`. */
  readonly drop: (name: string, messageId: string) => Promise<void>;
  /** @throws {ConflictError} the queue was emptied within the last minute. */
  readonly dropAll: (name: string) => Promise<void>;
  /**
   * Sends one back to its work queue, and only then takes it away: cut off in between, it is there twice.
   *
   * @throws {NotFoundError} as `find`.
   * @throws {ConflictError} messages of this queue cannot go back.
   */
  readonly redrive: (name: string, messageId: string) => Promise<void>;
  /** @throws {ConflictError} messages of this queue cannot go back, or are on their way. */
  readonly redriveAll: (name: string) => Promise<void>;
}

type Held = Message & { readonly MessageId: string; readonly ReceiptHandle: string; readonly Body: string };

/** The dead-letter queues of the deployment whose resources are named `<prefix>-…`. */
export function deadLetterDesk(sqs: SQSClient, prefix: string): DeadLetterDesk {
  const urls = new Map<string, Promise<string>>();
  const urlOf = (queue: string): Promise<string> => {
    const url = urls.get(queue) ?? findUrl(sqs, `${prefix}-${queue}`);
    urls.set(queue, url);
    url.catch(() => urls.delete(queue));
    return url;
  };
  const deadUrl = (name: string): Promise<string> => urlOf(deadLetterQueueOf(name).queue);
  const depth = sqsDepth(sqs);
  return {
    waiting: async (name) => depth(await deadUrl(name)),
    look: async (name, most) => withMessages(sqs, { url: await deadUrl(name), most }, async (held) => held.map(letterOf)),
    find: async (name, id) => withMessage(sqs, { url: await deadUrl(name), name, id }, async (held) => letterOf(held)),
    drop: async (name, id) => {
      const url = await deadUrl(name);
      await withMessage(sqs, { url, name, id }, (held) => remove(sqs, url, held));
    },
    dropAll: async (name) => purge(sqs, { url: await deadUrl(name), name }),
    redrive: async (name, id) => {
      const [to, url] = await Promise.all([urlOf(sourceOf(name)), deadUrl(name)]);
      await withMessage(sqs, { url, name, id }, async (held) => {
        await sqs.send(new SendMessageCommand({ QueueUrl: to, ...againOf(held, to) }));
        await remove(sqs, url, held);
      });
    },
    redriveAll: async (name) => {
      sourceOf(name);
      await moveAll(sqs, { url: await deadUrl(name), name });
    },
  };
}

async function findUrl(sqs: SQSClient, QueueName: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl === undefined) throw new Error(`SQS gave no URL of '${QueueName}'`);
  return QueueUrl;
}

function sourceOf(name: string): string {
  const { source } = deadLetterQueueOf(name);
  if (source === undefined) throw new ConflictError(`messages of '${name}' come from no work queue and cannot go back; its entry in the runbook says what to do`);
  return source;
}

/**
 * Holds messages while `use` runs: SQS shows none without hiding it. All come back at once afterwards, and by themselves
 * when this process dies. `isEnough`: no more are needed.
 */
async function withMessages<Result>(
  sqs: SQSClient,
  { url, most, isEnough = () => false }: { url: string; most: number; isEnough?: (message: Held) => boolean },
  use: (held: readonly Held[]) => Promise<Result>,
): Promise<Result> {
  const held: Held[] = [];
  try {
    while (held.length < most) {
      const messages = await receive(sqs, url, most - held.length);
      held.push(...messages);
      if (messages.length === 0 || messages.some(isEnough)) break;
    }
    return await use(held);
  } finally {
    await giveBack(sqs, url, held);
  }
}

async function receive(sqs: SQSClient, QueueUrl: string, wanted: number): Promise<Held[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(wanted, DEAD_LETTER_LIMITS.batch),
      VisibilityTimeout: DEAD_LETTER_LIMITS.holdSeconds,
      // Without waiting SQS asks only some of its servers, and may say that there is nothing.
      WaitTimeSeconds: DEAD_LETTER_LIMITS.waitSeconds,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  return Messages.filter(isWhole);
}

const isWhole = (message: Message): message is Held =>
  message.MessageId !== undefined && message.ReceiptHandle !== undefined && message.Body !== undefined;

async function giveBack(sqs: SQSClient, QueueUrl: string, held: readonly Held[]): Promise<void> {
  for (let from = 0; from < held.length; from += DEAD_LETTER_LIMITS.batch) {
    const chunk = held.slice(from, from + DEAD_LETTER_LIMITS.batch);
    // One that was taken away is refused in the reply, which is as it should be.
    const Entries = chunk.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 0 }));
    await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }
}

async function withMessage<Result>(
  sqs: SQSClient,
  { url, name, id }: { url: string; name: string; id: string },
  use: (message: Held) => Promise<Result>,
): Promise<Result> {
  const isIt = ({ MessageId }: Held): boolean => MessageId === id;
  return withMessages(sqs, { url, most: DEAD_LETTER_LIMITS.searched, isEnough: isIt }, (held) => {
    const found = held.find(isIt);
    if (found === undefined) throw new NotFoundError(`message of ${name}`, id);
    return use(found);
  });
}

async function remove(sqs: SQSClient, QueueUrl: string, { ReceiptHandle }: Held): Promise<void> {
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
}

/** The message as it was sent; repeats of one redrive are one message of a FIFO queue. */
function againOf({ MessageId, Body, MessageAttributes, Attributes }: Held, to: string) {
  const group = Attributes?.MessageGroupId;
  return {
    MessageBody: Body,
    ...(MessageAttributes === undefined ? {} : { MessageAttributes }),
    ...(group === undefined ? {} : { MessageGroupId: group }),
    ...(to.endsWith(".fifo") ? { MessageDeduplicationId: MessageId } : {}),
  };
}

async function purge(sqs: SQSClient, { url, name }: { url: string; name: string }): Promise<void> {
  try {
    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));
  } catch (error) {
    if (!(error instanceof PurgeQueueInProgress)) throw error;
    throw new ConflictError(`'${name}' was emptied within the last minute; try again after it`, { cause: error });
  }
}

async function moveAll(sqs: SQSClient, { url, name }: { url: string; name: string }): Promise<void> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["QueueArn"] }));
  try {
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.QueueArn }));
  } catch (error) {
    if (!(error instanceof UnsupportedOperation)) throw error;
    throw new ConflictError(`messages of '${name}' are on their way back already; try again when it is empty`, { cause: error });
  }
}

/** Attributes that are no text are left out. */
function letterOf({ MessageId, Attributes, MessageAttributes = {}, Body }: Held): DeadLetter {
  const attributes = Object.entries(MessageAttributes).flatMap(([name, { StringValue }]) => (StringValue === undefined ? [] : [[name, StringValue]]));
  return { messageId: MessageId, system: Attributes ?? {}, attributes: Object.fromEntries(attributes), body: Body };
}
