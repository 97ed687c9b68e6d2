import { setImmediate as nextTurn } from "node:timers/promises";
import type { TablePlace } from "./operations/table-description.ts";
import { DynamoRefusal } from "./refusal.ts";
import { expiryOf } from "./store/index-entries.ts";
import type { StorageOptions } from "./store/storage.ts";
import { Storage } from "./store/storage.ts";
import type { Table } from "./table/table.ts";
import type { Troubles } from "./trouble.ts";
import { noTrouble } from "./trouble.ts";
import { CancellationRefusal } from "./write-refusal.ts";

export interface EngineOptions extends StorageOptions {
  readonly place: TablePlace;
  /** @default - none */
  readonly troubles?: Troubles;
  /** Hears what went wrong behind the scenes. @default - silence */
  readonly log?: (line: string) => void;
}

/** What a call does, for the trouble that may befall it: none befalls definitions of tables. */
export interface Call {
  readonly kind: "table" | "read" | "write" | "transaction";
  /** Items of a transaction. */
  readonly count?: number;
}

const SWEEP_MS = 60_000;
const SWEEP_ITEMS = 200;

/**
 * DynamoDB in this process, as far as programs see it: its doors turn their requests into operations on the storage.
 * A call is carried out at once, by itself, and answered as soon as the log holds everything it has seen or done.
 */
export class DynamoEngine {
  readonly storage: Storage;
  readonly place: TablePlace;
  readonly #troubles: Troubles;
  readonly #log: (line: string) => void;
  readonly #sweeping: NodeJS.Timeout;
  #calls = 0;

  constructor({ place, troubles = noTrouble, log = () => {}, ...options }: EngineOptions) {
    this.storage = new Storage(options);
    this.place = place;
    this.#troubles = troubles;
    this.#log = log;
    this.storage.saving.onFailure = (error) => log(`DynamoDB's file is behind its log: ${String(error)}`);
    this.#sweeping = setInterval(() => void this.#sweep(), SWEEP_MS);
    this.#sweeping.unref();
  }

  /** Carries out an operation. @throws {DynamoRefusal} it is refused. @throws {Error} the log cannot be written. */
  async answer<Reply>(call: Call, act: (storage: Storage) => Reply): Promise<Reply> {
    this.#disturb(call);
    const reply = act(this.storage);
    await this.storage.committed();
    return reply;
  }

  /** Deletes what has expired, which AWS does within days. */
  async expire(): Promise<void> {
    this.storage.save();
    this.storage.expireStreams();
    for (const table of this.storage.catalog.all()) {
      if (table.ttlAttribute === undefined) continue;
      while (this.#expireSome(table)) {
        await this.storage.committed();
        this.storage.save();
        await nextTurn();
      }
    }
  }

  close(): void {
    clearInterval(this.#sweeping);
    this.storage.close();
  }

  #expireSome(table: Table): boolean {
    const places = this.storage.expired(table, SWEEP_ITEMS);
    const now = Date.now() / 1000;
    for (const place of places) {
      const oldItem = this.storage.rows.get(table.space, place);
      const expires = oldItem && expiryOf(table, oldItem);
      if (oldItem === undefined || expires === undefined || expires > now) continue;
      this.storage.write([{ table, place, oldItem, newItem: undefined, newText: undefined, isByService: true }]);
    }
    return places.length > 0;
  }

  async #sweep(): Promise<void> {
    try {
      await this.expire();
    } catch (error) {
      this.#log(`expired items stay: ${String(error)}`);
    }
  }

  #disturb({ kind, count = 1 }: Call): void {
    if (kind === "table") return;
    const trouble = this.#troubles((this.#calls += 1));
    if (trouble === "throttle") throw throttled();
    if (trouble === undefined || kind === "read") return;
    if (kind === "write")
      throw new DynamoRefusal("TransactionConflictException", "Transaction is ongoing for the item");
    const first = this.#calls % count;
    const reasons = Array.from({ length: count }, (_, at) =>
      at === first
        ? { Code: "TransactionConflict" as const, Message: "Transaction is ongoing for the item" }
        : { Code: "None" as const },
    );
    throw new CancellationRefusal(reasons);
  }
}

const throttled = (): DynamoRefusal =>
  new DynamoRefusal(
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.",
  );
