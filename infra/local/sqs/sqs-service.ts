import { createHash, randomUUID } from "node:crypto";
import type { StatementSync } from "node:sqlite";
import * as z from "zod";
import { AwsError } from "../wire/aws-error.ts";
import type { TurnDatabase } from "../state/turn-database.ts";
import type { Message, MessageAttributes } from "./message.ts";
import { messageBytes } from "./message.ts";
import { MessageStore } from "./message-store.ts";
import { Queue } from "./queue.ts";
import { parseQueueSettings } from "./queue-settings.ts";
import type { Turbulence } from "./turbulence.ts";

const DEDUPLICATION_MS = 5 * 60_000;

export interface SendRequest {
  readonly body: string;
  readonly attributes?: MessageAttributes | undefined;
  /** @default - the queue's delay */
  readonly delayMs?: number | undefined;
  readonly groupId?: string | undefined;
  readonly dedupId?: string | undefined;
}

export interface SentMessage {
  readonly messageId: string;
  readonly sequenceNumber: string;
}

/** Where the service pretends to run; `endpoint` gives queue URLs their host. */
export interface SqsPlace {
  readonly region: string;
  readonly accountId: string;
  readonly endpoint: string;
}

const QueueRow = z.object({ name: z.string(), attributes: z.string(), tags: z.string(), created_at: z.number() });
const TextMap = z.record(z.string(), z.string());

/** All queues. A send or delete is durable once the database says `committed`. */
export class SqsService {
  readonly database: TurnDatabase;
  readonly #place: SqsPlace;
  readonly #turbulence: Turbulence;
  readonly #store: MessageStore;
  readonly #queues = new Map<string, Queue>();
  readonly #saveQueue: StatementSync;
  readonly #findDuplicate: StatementSync;
  readonly #saveDuplicate: StatementSync;
  #nextSeq = 1;

  /** @param turbulence What becomes of messages of standard queues. @default - nothing out of the ordinary */
  constructor(database: TurnDatabase, place: SqsPlace, turbulence: Turbulence = () => ({ lateMs: 0, againMs: undefined })) {
    this.database = database;
    this.#place = place;
    this.#turbulence = turbulence;
    this.#store = new MessageStore(database);
    this.#saveQueue = database.prepare(
      "INSERT OR REPLACE INTO queues (name, attributes, tags, created_at) VALUES (?, ?, ?, ?)",
    );
    this.#findDuplicate = database.prepare(
      "SELECT message_id, seq FROM deduplication WHERE queue = ? AND scope = ? AND expires_at > ?",
    );
    this.#saveDuplicate = database.prepare(
      "INSERT OR REPLACE INTO deduplication (queue, scope, message_id, seq, expires_at) VALUES (?, ?, ?, ?, ?)",
    );
    this.#load();
  }

  get queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  /** Creates a queue, or gives an existing one new attributes; its messages stay. */
  declareQueue(name: string, attributes: Readonly<Record<string, string>>): Queue {
    const existing = this.#queues.get(name);
    const queue = existing ?? this.#open(name, { attributes, createdAt: Date.now() });
    queue.settings = parseQueueSettings(attributes);
    this.saveQueue(queue);
    return queue;
  }

  saveQueue(queue: Queue): void {
    this.database.begin();
    this.#saveQueue.run(queue.name, JSON.stringify(queue.settings.raw), JSON.stringify(queue.tags), queue.createdAt);
  }

  deleteQueue(queue: Queue): void {
    queue.purge();
    queue.stop();
    this.#queues.delete(queue.name);
    this.database.prepare("DELETE FROM queues WHERE name = ?").run(queue.name);
  }

  /** Finds a queue by URL, ARN or name. @throws {AwsError} there is none. */
  queue(reference: string): Queue {
    const name = reference.slice(Math.max(reference.lastIndexOf("/"), reference.lastIndexOf(":")) + 1);
    const queue = this.#queues.get(name);
    if (queue !== undefined) return queue;
    throw new AwsError("QueueDoesNotExist", `the queue ${name} does not exist`);
  }

  hasQueue(name: string): boolean {
    return this.#queues.has(name);
  }

  /** Appends a message. @throws {AwsError} it is too large, or lacks what a FIFO queue needs. */
  send(queue: Queue, request: SendRequest): SentMessage {
    if (messageBytes(request.body, request.attributes) > queue.settings.maxBytes) {
      const limit = `the message must be shorter than ${queue.settings.maxBytes} bytes`;
      throw new AwsError("InvalidParameterValue", `one or more parameters are invalid. Reason: ${limit}`);
    }
    if (request.body === "")
      throw new AwsError("MissingParameter", "the request must contain the parameter MessageBody");
    if (!queue.isFifo) return this.#append(queue, request, undefined);
    if (request.groupId === undefined) {
      throw new AwsError("MissingParameter", "the request must contain the parameter MessageGroupId");
    }
    const dedupId = request.dedupId ?? contentId(queue, request.body);
    const duplicate = this.#findDuplicate.get(queue.name, dedupId, Date.now());
    if (duplicate !== undefined) {
      return { messageId: String(duplicate["message_id"]), sequenceNumber: sequenceNumber(Number(duplicate["seq"])) };
    }
    return this.#append(queue, request, dedupId);
  }

  stop(): void {
    for (const queue of this.#queues.values()) queue.stop();
  }

  /** Puts a message that exists elsewhere (a dead letter on its way back or out) into `queue`. */
  move(queue: Queue, message: Message, sourceArn: string | undefined): void {
    const now = Date.now();
    const fresh = { ...message, seq: this.#nextSeq++, state: "delayed" as const, receiveCount: 0 };
    queue.add({ ...fresh, sentAt: now, visibleAt: now, firstReceivedAt: undefined, sourceArn });
  }

  #append(queue: Queue, request: SendRequest, dedupId: string | undefined): SentMessage {
    const now = Date.now();
    const message: Message = {
      seq: this.#nextSeq++,
      messageId: randomUUID(),
      body: request.body,
      attributes: request.attributes,
      groupId: request.groupId,
      dedupId,
      sourceArn: undefined,
      sentAt: now,
      state: "delayed",
      visibleAt: now + (request.delayMs ?? queue.settings.delayMs),
      receiveCount: 0,
      firstReceivedAt: undefined,
    };
    if (queue.isFifo) queue.add(message);
    else this.#addInTurbulence(queue, message);
    if (dedupId !== undefined) {
      this.#saveDuplicate.run(queue.name, dedupId, message.messageId, message.seq, now + DEDUPLICATION_MS);
    }
    return { messageId: message.messageId, sequenceNumber: sequenceNumber(message.seq) };
  }

  #addInTurbulence(queue: Queue, message: Message): void {
    const { lateMs, againMs } = this.#turbulence(message.seq);
    const visibleAt = message.visibleAt + lateMs;
    queue.add({ ...message, visibleAt });
    if (againMs !== undefined) queue.add({ ...message, seq: this.#nextSeq++, visibleAt: visibleAt + againMs });
  }

  #open(
    name: string,
    { attributes, createdAt }: { attributes: Readonly<Record<string, string>>; createdAt: number },
  ): Queue {
    const { region, accountId, endpoint } = this.#place;
    const identity = {
      name,
      arn: `arn:aws:sqs:${region}:${accountId}:${name}`,
      url: `${endpoint}/${accountId}/${name}`,
      createdAt,
      settings: parseQueueSettings(attributes),
    };
    const queue = new Queue(identity, {
      store: this.#store,
      sendToDeadLetterQueue: (from, message) => this.#sendToDeadLetterQueue(from, message),
    });
    this.#queues.set(name, queue);
    return queue;
  }

  #sendToDeadLetterQueue(from: Queue, message: Message): void {
    const target = from.settings.redrive?.deadLetterTargetArn.split(":").at(-1) ?? "";
    const queue = this.#queues.get(target);
    if (queue !== undefined) this.move(queue, message, from.arn);
  }

  #load(): void {
    for (const row of this.database.prepare("SELECT * FROM queues").all()) {
      const { name, attributes, tags, created_at: createdAt } = QueueRow.parse(row);
      const queue = this.#open(name, { attributes: TextMap.parse(JSON.parse(attributes)), createdAt });
      Object.assign(queue.tags, TextMap.parse(JSON.parse(tags)));
    }
    const last = this.database.prepare(
      "SELECT max(seq) AS seq FROM (SELECT seq FROM messages UNION SELECT seq FROM deduplication)",
    );
    this.#nextSeq = Number(last.get()?.["seq"] ?? 0) + 1;
    this.database.begin();
    this.database.prepare("DELETE FROM deduplication WHERE expires_at < ?").run(Date.now());
    for (const stored of this.#store.load()) this.#queues.get(stored.queue)?.restore(stored);
  }
}

const sequenceNumber = (seq: number): string => String(seq).padStart(20, "0");

function contentId(queue: Queue, body: string): string {
  if (queue.settings.isContentDeduplicated) return createHash("sha256").update(body).digest("hex");
  const reason = "the queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided";
  throw new AwsError("InvalidParameterValue", reason);
}
