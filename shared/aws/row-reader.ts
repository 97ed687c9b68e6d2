import { BatchGetCommand, type DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { StoreUnavailableError } from "../core/errors.ts";
import type { Key } from "./key.ts";

type Row = Record<string, unknown>;

interface Wanted {
  readonly key: Key;
  readonly readers: { resolve: (row: Row | undefined) => void; reject: (error: unknown) => void }[];
}

/** Keys that one BatchGetItem takes. */
const KEYS_PER_CALL = 100;
const ROUNDS = 6;

/**
 * Reads rows of one table with strong consistency, those asked for in the same turn together, and each of them once.
 *
 * A read begins after it was asked for, so it sees whatever was written before.
 */
export class RowReader {
  readonly #db: DynamoDBDocumentClient;
  readonly #table: string;
  #wanted = new Map<string, Wanted>();

  constructor(db: DynamoDBDocumentClient, table: string) {
    this.#db = db;
    this.#table = table;
  }

  /** @returns nothing when there is no such row. */
  read(key: Key): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      // Settles of one transaction resolve one after another; a turn of the event loop gathers them.
      if (this.#wanted.size === 0) setImmediate(() => void this.#readAll());
      const name = nameOf(key);
      const wanted = this.#wanted.get(name) ?? { key, readers: [] };
      wanted.readers.push({ resolve, reject });
      this.#wanted.set(name, wanted);
    });
  }

  async #readAll(): Promise<void> {
    const all = [...this.#wanted.values()];
    this.#wanted = new Map();
    const groups: Wanted[][] = [];
    for (let start = 0; start < all.length; start += KEYS_PER_CALL) groups.push(all.slice(start, start + KEYS_PER_CALL));
    await Promise.all(groups.map((group) => this.#readGroup(group)));
  }

  async #readGroup(group: readonly Wanted[]): Promise<void> {
    try {
      const rows = await this.#fetch(group.map(({ key }) => ({ ...key })));
      for (const { key, readers } of group) for (const { resolve } of readers) resolve(rows.get(nameOf(key)));
    } catch (error) {
      for (const { readers } of group) for (const { reject } of readers) reject(error);
    }
  }

  async #fetch(keys: Row[]): Promise<Map<string, Row>> {
    const rows = new Map<string, Row>();
    let left: Row[] = keys;
    for (let round = 0; left.length > 0; round += 1) {
      if (round === ROUNDS) throw new StoreUnavailableError("batch reads stay unprocessed");
      if (round > 0) await new Promise((resolve) => setTimeout(resolve, 2 ** round * 10));
      const request = { [this.#table]: { Keys: left, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await this.#db.send(new BatchGetCommand({ RequestItems: request }));
      for (const row of Responses?.[this.#table] ?? []) rows.set(nameOf(row), row);
      left = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
    return rows;
  }
}

const nameOf = ({ pk, sk }: { readonly pk?: unknown; readonly sk?: unknown }): string => `${String(pk)} ${String(sk)}`;
