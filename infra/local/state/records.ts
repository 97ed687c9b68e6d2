import type { StatementSync } from "node:sqlite";
import type { TurnDatabase } from "./turn-database.ts";

/** What a record belongs to; one kind never sees the keys of another. */
export type RecordKind = "secret" | "custom-resource" | "stream-checkpoint" | "schedule" | "port" | "parameter";

/** Small durable facts by kind and key: secrets, checkpoints, last runs, properties of custom resources. */
export class Records {
  readonly #database: TurnDatabase;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #keys: StatementSync;

  constructor(database: TurnDatabase) {
    this.#database = database;
    this.#get = database.prepare("SELECT value FROM records WHERE kind = ? AND key = ?");
    this.#put = database.prepare("INSERT OR REPLACE INTO records (kind, key, value) VALUES (?, ?, ?)");
    this.#remove = database.prepare("DELETE FROM records WHERE kind = ? AND key = ?");
    this.#keys = database.prepare("SELECT key FROM records WHERE kind = ?");
  }

  get(kind: RecordKind, key: string): string | undefined {
    const value = this.#get.get(kind, key)?.["value"];
    return typeof value === "string" ? value : undefined;
  }

  put(kind: RecordKind, key: string, value: string): void {
    this.#database.begin();
    this.#put.run(kind, key, value);
  }

  remove(kind: RecordKind, key: string): void {
    this.#database.begin();
    this.#remove.run(kind, key);
  }

  keys(kind: RecordKind): readonly string[] {
    return this.#keys.all(kind).map(({ key }) => String(key));
  }
}
