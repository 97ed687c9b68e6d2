import * as z from "zod";
import { tryParseJson } from "../json.ts";
import type { Meter } from "../meter.ts";
import type { Message } from "../sqs/message.ts";
import { md5, receiptHandle } from "../sqs/message.ts";
import type { Queue } from "../sqs/queue.ts";
import { systemAttributes } from "../sqs/sqs-receive.ts";
import type { RecordFilter } from "./event-filter.ts";
import type { LambdaService } from "./lambda-service.ts";

export interface QueueMappingSettings {
  readonly queue: Queue;
  readonly functionName: string;
  readonly batchSize: number;
  /** How long a batch that is not full waits for more. */
  readonly windowMs: number;
  readonly maxConcurrency: number;
  readonly reportsItemFailures: boolean;
  readonly filter: RecordFilter | undefined;
  readonly region: string;
  /** Lambda receives and deletes in batches. @default - nobody counts */
  readonly meter?: Meter | undefined;
  readonly log: (line: string) => void;
}

/** What a handler returns that reports failures item by item. */
export const BatchResponse = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullish();

const NO_MESSAGES_MS = Infinity;

/** Requests that Lambda makes for a batch. */
const RECEIVE_AND_DELETE = 2;

/**
 * On AWS every batch has a processor of its own; here all share one thread, and beyond so many batches at once each only
 * makes the others late. One that takes longer than the time below waits for somebody else, such as an agent, and counts
 * no more.
 */
const MOST_FRESH = 8;
const FRESH_MS = 5000;

/** Feeds the messages of a queue to a function; what fails is visible again after the visibility timeout. */
export class QueueMapping {
  readonly #settings: QueueMappingSettings;
  readonly #lambda: LambdaService;
  readonly #abort = new AbortController();
  #active = 0;
  #fresh = 0;
  #slotFreed: (() => void) | undefined;

  constructor(settings: QueueMappingSettings, lambda: LambdaService) {
    this.#settings = settings;
    this.#lambda = lambda;
  }

  start(): void {
    void this.#poll();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      if (this.#active >= this.#settings.maxConcurrency || this.#fresh >= MOST_FRESH) {
        await new Promise<void>((resolve) => (this.#slotFreed = resolve));
        continue;
      }
      const batch = await this.#receiveBatch();
      if (batch.length === 0) continue;
      this.#active += 1;
      void this.#processSafely(batch);
    }
  }

  /** Whatever goes wrong with a batch, the next one is processed; its messages come again. */
  async #processSafely(batch: readonly Message[]): Promise<void> {
    const stopCounting = this.#countFresh();
    try {
      await this.#process(batch);
    } catch (error) {
      this.#settings.log(`${this.#settings.queue.name} → ${this.#settings.functionName}: ${String(error)}`);
    } finally {
      this.#active -= 1;
      stopCounting();
      this.#slotFreed?.();
    }
  }

  /** @returns ends the counting; by itself it does so after a while. */
  #countFresh(): () => void {
    this.#fresh += 1;
    const end = (): void => {
      clearTimeout(timer);
      if (!isFresh) return;
      isFresh = false;
      this.#fresh -= 1;
      this.#slotFreed?.();
    };
    let isFresh = true;
    const timer = setTimeout(end, FRESH_MS).unref();
    return end;
  }

  async #receiveBatch(): Promise<readonly Message[]> {
    const { queue, batchSize, windowMs } = this.#settings;
    const receive = (max: number, waitMs: number): Promise<readonly Message[]> =>
      queue.receive({ max, waitMs, isInProcess: true, signal: this.#abort.signal });
    const batch = [...(await receive(batchSize, NO_MESSAGES_MS))];
    const end = Date.now() + windowMs;
    while (batch.length > 0 && batch.length < batchSize && Date.now() < end && !this.#abort.signal.aborted) {
      batch.push(...(await receive(batchSize - batch.length, end - Date.now())));
    }
    return batch;
  }

  async #process(batch: readonly Message[]): Promise<void> {
    this.#settings.meter?.add("sqs_requests", RECEIVE_AND_DELETE);
    const wanted = batch.filter((message) => this.#isWanted(message));
    if (wanted.length === 0) return;
    const payload = JSON.stringify({ Records: wanted.map((message) => this.#toRecord(message)) });
    const outcome = await this.#lambda.invoke(this.#settings.functionName, payload);
    if (outcome.functionError !== undefined) {
      const { queue, functionName, log } = this.#settings;
      log(`${queue.name} → ${functionName}: ${wanted.length} messages failed: ${outcome.payload}`);
      return;
    }
    const failed = this.#settings.reportsItemFailures ? failedItems(outcome.payload) : new Set<string>();
    if (failed === "all") return;
    for (const message of wanted) {
      if (!failed.has(message.messageId)) this.#settings.queue.delete(receiptHandle(message));
    }
  }

  /** A message the filter does not let pass is deleted, as on AWS. */
  #isWanted(message: Message): boolean {
    const { filter, queue } = this.#settings;
    if (filter === undefined) return true;
    const body = tryParseJson(message.body) ?? message.body;
    if (filter({ body, messageId: message.messageId })) return true;
    queue.delete(receiptHandle(message));
    return false;
  }

  #toRecord(message: Message): object {
    const { queue, region } = this.#settings;
    return {
      messageId: message.messageId,
      receiptHandle: receiptHandle(message),
      body: message.body,
      attributes: systemAttributes(queue, message),
      messageAttributes: toRecordAttributes(message),
      md5OfBody: md5(message.body),
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: region,
    };
  }
}

function toRecordAttributes({ attributes }: Message): object {
  const entries = Object.entries(attributes ?? {}).map(([name, attribute]) => [
    name,
    {
      stringValue: attribute.StringValue,
      binaryValue: attribute.BinaryValue,
      stringListValues: [],
      binaryListValues: [],
      dataType: attribute.DataType,
    },
  ]);
  return Object.fromEntries(entries);
}

/** Ids that failed; an answer that does not have the shape, or an empty id, fails the whole batch. */
export function failedItems(payload: string): Set<string> | "all" {
  const response = BatchResponse.safeParse(tryParseJson(payload));
  if (!response.success) return "all";
  const ids = (response.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
  return ids.includes("") ? "all" : new Set(ids);
}
