import type { StreamReader, StreamRecord } from "../dynamodb/stream-reader.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Records } from "../state/records.ts";
import type { RecordFilter } from "./event-filter.ts";
import type { LambdaService } from "./lambda-service.ts";
import { failedItems } from "./queue-mapping.ts";

export interface StreamMappingSettings {
  /** Unique; the checkpoint is kept under it. */
  readonly id: string;
  readonly table: string;
  readonly streamArn: string;
  readonly viewType: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly startsAtEnd: boolean;
  /** @default - until the records expire */
  readonly maxRetries: number | undefined;
  readonly bisectsOnError: boolean;
  readonly reportsItemFailures: boolean;
  readonly filter: RecordFilter | undefined;
  readonly onFailureArn: string | undefined;
  readonly region: string;
  readonly log: (line: string) => void;
}

export interface StreamMappingServices {
  readonly lambda: LambdaService;
  readonly reader: StreamReader;
  readonly records: Records;
  sendToDestination(arn: string, body: string): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;

/** Feeds a table's stream to a function, in order: a batch that fails is tried again before any later record. */
export class StreamMapping {
  readonly #settings: StreamMappingSettings;
  readonly #services: StreamMappingServices;
  #position = 0;
  #isRunning = false;
  #isStopped = false;
  #hasNews = false;

  constructor(settings: StreamMappingSettings, services: StreamMappingServices) {
    this.#settings = settings;
    this.#services = services;
  }

  start(): void {
    const { records, reader } = this.#services;
    const stored = records.get("stream-checkpoint", this.#settings.id);
    const start = stored === undefined ? (this.#settings.startsAtEnd ? reader.end : 0) : Number(stored);
    // A checkpoint may outlive records that a loss of power took; their positions are given again.
    this.#checkpoint(Math.min(start, reader.end));
    reader.onChange(() => this.#wake());
  }

  stop(): void {
    this.#isStopped = true;
  }

  #wake(): void {
    this.#hasNews = true;
    if (!this.#isRunning) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#drainAll();
    } catch (error) {
      if (this.#isStopped) return;
      this.#settings.log(`${this.#settings.table} → ${this.#settings.functionName}: ${String(error)}`);
      setTimeout(() => this.#wake(), MAX_RETRY_MS);
    } finally {
      this.#isRunning = false;
    }
  }

  async #drainAll(): Promise<void> {
    while (this.#hasNews && !this.#isStopped) {
      this.#hasNews = false;
      const batch = await this.#nextBatch();
      if (batch.length === 0) continue;
      this.#hasNews = true;
      await this.#process(batch, 0);
      const last = batch.at(-1);
      if (last !== undefined && !this.#isStopped) this.#checkpoint(last.position);
    }
  }

  async #nextBatch(): Promise<readonly StreamRecord[]> {
    const { table, batchSize, windowMs } = this.#settings;
    const read = (): StreamRecord[] => this.#services.reader.read(table, this.#position, batchSize);
    const batch = read();
    if (batch.length === 0 || batch.length === batchSize || windowMs === 0) return batch;
    await new Promise((done) => setTimeout(done, windowMs));
    return this.#isStopped ? [] : read();
  }

  /** Returns when every record was processed, given up or filtered out. */
  async #process(batch: readonly StreamRecord[], attempt: number): Promise<void> {
    const wanted = batch
      .map((record) => ({ record, event: this.#toEvent(record) }))
      .filter(({ event }) => this.#settings.filter?.(event) ?? true);
    if (wanted.length === 0 || this.#isStopped) return;
    const payload = JSON.stringify({ Records: wanted.map(({ event }) => event) });
    const { payload: reply, functionError } = await this.#services.lambda.invoke(this.#settings.functionName, payload);
    if (this.#isStopped) return;
    const failed =
      functionError !== undefined ? "all" : this.#settings.reportsItemFailures ? failedItems(reply) : new Set<string>();
    const records = wanted.map(({ record }) => record);
    const first = failed === "all" ? 0 : records.findIndex(({ sequenceNumber }) => failed.has(sequenceNumber));
    if (first < 0) return;
    await this.#retry(records.slice(first), attempt + 1);
  }

  async #retry(records: readonly StreamRecord[], attempt: number): Promise<void> {
    const { bisectsOnError, maxRetries } = this.#settings;
    if (maxRetries !== undefined && attempt > maxRetries) return this.#giveUp(records, attempt);
    await new Promise((done) => setTimeout(done, Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), MAX_RETRY_MS)));
    if (!bisectsOnError || records.length === 1) return this.#process(records, attempt);
    const half = Math.ceil(records.length / 2);
    await this.#process(records.slice(0, half), attempt);
    await this.#process(records.slice(half), attempt);
  }

  async #giveUp(records: readonly StreamRecord[], attempt: number): Promise<void> {
    const { onFailureArn, streamArn, functionName } = this.#settings;
    if (onFailureArn === undefined) return;
    const [first, last] = [records[0], records.at(-1)];
    const body = {
      version: "1.0",
      timestamp: new Date().toISOString(),
      requestContext: {
        functionArn: functionName,
        condition: "RetryAttemptsExhausted",
        approximateInvokeCount: attempt,
      },
      DDBStreamBatchInfo: {
        shardId: "shardId-00000001",
        startSequenceNumber: first?.sequenceNumber,
        endSequenceNumber: last?.sequenceNumber,
        batchSize: records.length,
        streamArn,
      },
    };
    await this.#services.sendToDestination(onFailureArn, JSON.stringify(body));
  }

  #checkpoint(position: number): void {
    this.#position = position;
    const { id, table } = this.#settings;
    this.#services.records.put("stream-checkpoint", id, String(position));
    this.#services.reader.advance(id, table, position);
  }

  /** Images and sizes are made only if a filter or the function asks for them. */
  #toEvent(record: StreamRecord): JsonObject {
    const { viewType, streamArn, region } = this.#settings;
    const hasOld = viewType.endsWith("OLD_IMAGES") || viewType === "OLD_IMAGE";
    const images = {
      ...(viewType.startsWith("NEW") && { NewImage: "newImage" as const }),
      ...(hasOld && { OldImage: "oldImage" as const }),
    };
    const dynamodb: Record<string, Json> = {
      ApproximateCreationDateTime: record.createdAt,
      Keys: record.keys,
      SequenceNumber: record.sequenceNumber,
      StreamViewType: viewType,
    };
    Object.defineProperty(dynamodb, "SizeBytes", { enumerable: true, get: () => record.sizeBytes });
    for (const [name, image] of Object.entries(images))
      if (record.has(image)) Object.defineProperty(dynamodb, name, { enumerable: true, get: () => record[image] });
    return {
      eventID: String(record.position),
      eventName: record.eventName,
      eventVersion: "1.1",
      eventSource: "aws:dynamodb",
      awsRegion: region,
      dynamodb,
      eventSourceARN: streamArn,
      ...(record.isByService && { userIdentity: { type: "Service", principalId: "dynamodb.amazonaws.com" } }),
    };
  }
}
