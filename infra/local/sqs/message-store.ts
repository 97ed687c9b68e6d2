import type { StatementSync } from "node:sqlite";
import * as z from "zod";
import type { TurnDatabase } from "../state/turn-database.ts";
import type { Message } from "./message.ts";

const Row = z.object({
  seq: z.number(),
  queue: z.string(),
  message_id: z.string(),
  body: z.string(),
  attributes: z.string().nullable(),
  group_id: z.string().nullable(),
  dedup_id: z.string().nullable(),
  source_arn: z.string().nullable(),
  sent_at: z.number(),
  visible_at: z.number(),
  receive_count: z.number(),
  first_received_at: z.number().nullable(),
  in_process: z.number(),
});

const StoredAttributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);

/** A message read back at start. A consumer of our own died with us, so what it held is visible at once. */
export interface StoredMessage {
  readonly queue: string;
  readonly message: Message;
  readonly wasHeldInProcess: boolean;
}

/** The rows behind the messages. Writes join the transaction of the turn. */
export class MessageStore {
  readonly #database: TurnDatabase;
  readonly #insert: StatementSync;
  readonly #receive: StatementSync;
  readonly #show: StatementSync;
  readonly #remove: StatementSync;
  readonly #purge: StatementSync;

  constructor(database: TurnDatabase) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO messages (seq, queue, message_id, body, attributes, group_id, dedup_id, source_arn, sent_at, visible_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#receive = database.prepare(
      "UPDATE messages SET visible_at = ?, receive_count = ?, first_received_at = ?, in_process = ? WHERE seq = ?",
    );
    this.#show = database.prepare("UPDATE messages SET visible_at = ? WHERE seq = ?");
    this.#remove = database.prepare("DELETE FROM messages WHERE seq = ?");
    this.#purge = database.prepare("DELETE FROM messages WHERE queue = ?");
  }

  insert(queue: string, message: Message): void {
    this.#database.begin();
    const attributes = message.attributes === undefined ? null : JSON.stringify(message.attributes);
    const { seq, messageId, body, groupId, dedupId, sourceArn, sentAt, visibleAt } = message;
    const optional = [groupId ?? null, dedupId ?? null, sourceArn ?? null];
    this.#insert.run(seq, queue, messageId, body, attributes, ...optional, sentAt, visibleAt);
  }

  saveReceipt(message: Message, isInProcess: boolean): void {
    this.#database.begin();
    const { visibleAt, receiveCount, firstReceivedAt, seq } = message;
    this.#receive.run(visibleAt, receiveCount, firstReceivedAt ?? null, isInProcess ? 1 : 0, seq);
  }

  saveVisibility(message: Message): void {
    this.#database.begin();
    this.#show.run(message.visibleAt, message.seq);
  }

  remove(message: Message): void {
    this.#database.begin();
    this.#remove.run(message.seq);
  }

  purge(queue: string): void {
    this.#database.begin();
    this.#purge.run(queue);
  }

  /** All messages in the order they were sent. */
  load(): readonly StoredMessage[] {
    return this.#database
      .prepare("SELECT * FROM messages ORDER BY seq")
      .all()
      .map((row) => {
        const stored = Row.parse(row);
        return { queue: stored.queue, message: toMessage(stored), wasHeldInProcess: stored.in_process === 1 };
      });
  }
}

function toMessage(row: z.infer<typeof Row>): Message {
  return {
    seq: row.seq,
    messageId: row.message_id,
    body: row.body,
    attributes: row.attributes === null ? undefined : StoredAttributes.parse(JSON.parse(row.attributes)),
    groupId: row.group_id ?? undefined,
    dedupId: row.dedup_id ?? undefined,
    sourceArn: row.source_arn ?? undefined,
    sentAt: row.sent_at,
    state: row.receive_count > 0 ? "in-flight" : "delayed",
    visibleAt: row.visible_at,
    receiveCount: row.receive_count,
    firstReceivedAt: row.first_received_at ?? undefined,
  };
}
