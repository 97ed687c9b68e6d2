/** What AWS bills for, by the unit that it is billed in. */
export type Billed =
  | "dynamodb_write_units"
  | "dynamodb_read_units"
  | "sqs_requests"
  | "events"
  | "state_transitions"
  | "lambda_requests"
  | "lambda_gb_seconds"
  | "api_requests"
  | "http_requests";

/** What was used so far. */
export interface Amounts {
  /** What was not used is missing. */
  readonly billed: Readonly<Partial<Record<Billed, number>>>;
  /** Calls of each operation, such as `DynamoDB_20120810.GetItem`, and of each function, such as `invoke:a2a-dev-dispatch-task`. */
  readonly calls: Readonly<Record<string, number>>;
}

/**
 * Counts what AWS would bill for, as AWS counts it. Nothing is estimated: what this cloud cannot see (S3, logs, the
 * polling of empty queues, data transfer) is missing.
 */
export class Meter {
  readonly #billed = new Map<Billed, number>();
  readonly #calls = new Map<string, number>();

  add(what: Billed, amount = 1): void {
    this.#billed.set(what, (this.#billed.get(what) ?? 0) + amount);
  }

  /** A call of a service, with its body as it travels. */
  call(target: string, body: string): void {
    this.#count(target);
    if (target.startsWith("AmazonSQS.")) this.add("sqs_requests", chunksOf(body));
  }

  /** @param gbSeconds - memory by time, begun milliseconds counted whole. */
  invocation(name: string, gbSeconds: number): void {
    this.#count(`invoke:${name}`);
    this.add("lambda_requests");
    this.add("lambda_gb_seconds", gbSeconds);
  }

  get amounts(): Amounts {
    return { billed: Object.fromEntries(this.#billed), calls: Object.fromEntries(this.#calls) };
  }

  #count(name: string): void {
    this.#calls.set(name, (this.#calls.get(name) ?? 0) + 1);
  }
}

const CHUNK_BYTES = 64 * 1024;

/** SQS and EventBridge bill each begun 64 KB as a request of its own. */
export const chunksOf = (body: string): number => Math.max(1, Math.ceil(Buffer.byteLength(body) / CHUNK_BYTES));
