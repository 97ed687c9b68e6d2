import type { JsonObject } from "../json.ts";
import type { DynamoEngine } from "./engine.ts";
import type { StreamRecord as StoredRecord } from "./store/stream-record.ts";
import { eventNameOf, sequenceNumberOf } from "./store/stream-record.ts";
import type { Item } from "./values/value.ts";
import { itemBytes } from "./values/value.ts";
import { toWireItem } from "./values/wire-value.ts";

/** A stream record; `position` orders all records of all tables. Images are made when they are asked for. */
export interface StreamRecord {
  readonly position: number;
  readonly eventName: string;
  readonly keys: JsonObject;
  readonly newImage: JsonObject | undefined;
  readonly oldImage: JsonObject | undefined;
  readonly sequenceNumber: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly sizeBytes: number;
  /** The item expired. */
  readonly isByService: boolean;
  /** Whether there is such an image, without making it. */
  has(image: "newImage" | "oldImage"): boolean;
}

/**
 * Lambda polls a shard four times a second, and so do we: a batch then holds what came in meanwhile.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
const POLL_MS = 250;

/** Streams of all tables, for event source mappings. Records stay until every reader that is known has read them. */
export class StreamReader {
  readonly #engine: DynamoEngine;
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(engine: DynamoEngine) {
    this.#engine = engine;
    engine.storage.onRecords = () => {
      if (this.#listeners.size > 0) this.#timer ??= setTimeout(() => this.#tell(), POLL_MS);
    };
  }

  /** Calls `listener` soon, and within a quarter of a second of any write to the database. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
    this.#timer ??= setTimeout(() => this.#tell(), 0);
  }

  /** Records of a table behind a position, oldest first. */
  read(table: string, after: number, limit: number): StreamRecord[] {
    const { storage } = this.#engine;
    const found = storage.catalog.find(table);
    if (found === undefined) return [];
    const records = storage.streams.read(found.space, { after, upTo: storage.end, limit });
    return records.map((record) => new LazyRecord(record, (item) => found.keyOf(item)));
  }

  /** Says up to where a reader has read; from the first time on, what is behind that waits for it. */
  advance(id: string, table: string, position: number): void {
    const found = this.#engine.storage.catalog.find(table);
    if (found !== undefined) this.#engine.storage.moveReader(id, found.space, position);
  }

  /** From now on records may go that every reader so far has read. */
  readersAreKnown(): void {
    this.#engine.storage.readersAreKnown();
  }

  /** The position of the newest record. */
  get end(): number {
    return this.#engine.storage.end;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#listeners.clear();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }
}

/** A record whose images become JSON once someone looks at them: filters rarely do. */
export class LazyRecord implements StreamRecord {
  readonly #record: StoredRecord;
  readonly #keyOf: (item: Item) => Item;
  #newImage: JsonObject | undefined;
  #oldImage: JsonObject | undefined;

  constructor(record: StoredRecord, keyOf: (item: Item) => Item) {
    this.#record = record;
    this.#keyOf = keyOf;
  }

  get position(): number {
    return this.#record.position;
  }

  get eventName(): string {
    return eventNameOf(this.#record);
  }

  get keys(): JsonObject {
    const item = this.#record.newItem ?? this.#record.oldItem;
    return item === undefined ? {} : toWireItem(this.#keyOf(item));
  }

  get newImage(): JsonObject | undefined {
    this.#newImage ??= this.#record.newItem && toWireItem(this.#record.newItem);
    return this.#newImage;
  }

  get oldImage(): JsonObject | undefined {
    this.#oldImage ??= this.#record.oldItem && toWireItem(this.#record.oldItem);
    return this.#oldImage;
  }

  has(image: "newImage" | "oldImage"): boolean {
    return (image === "newImage" ? this.#record.newItem : this.#record.oldItem) !== undefined;
  }

  get sequenceNumber(): string {
    return sequenceNumberOf(this.#record.position);
  }

  get createdAt(): number {
    return this.#record.createdAt;
  }

  get sizeBytes(): number {
    const { newItem, oldItem } = this.#record;
    return [newItem, oldItem].reduce((sum, item) => sum + (item === undefined ? 0 : itemBytes(item)), 0);
  }

  get isByService(): boolean {
    return this.#record.isByService;
  }
}
