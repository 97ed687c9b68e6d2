import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { chunksOf } from "./chunks.ts";
import { AWS_QUOTAS } from "../core/limits.ts";
import { type Key, keyName } from "./key.ts";
import type { Row, Table } from "./query.ts";
import { readAll } from "./read-all.ts";

interface Wanted {
  readonly key: Key;
  readonly readers: { resolve: (row: Row | undefined) => void; reject: (error: unknown) => void }[];
}

/**
 * Reads rows of one table with strong consistency, those asked for in the same turn together, and each of them once.
 *
 * A read begins after it was asked for, so it sees whatever was written before.
 */
export class RowReader {
  readonly #from: Table;
  #wanted = new Map<string, Wanted>();

  constructor(db: DynamoDBDocumentClient, table: string) {
    this.#from = { db, table };
  }

  /** @returns nothing when there is no such row. */
  read(key: Key): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      // Settles of one transaction resolve one after another; a turn of the event loop gathers them.
      if (this.#wanted.size === 0) setImmediate(() => void this.#readAll());
      const name = keyName(key);
      const wanted = this.#wanted.get(name) ?? { key, readers: [] };
      wanted.readers.push({ resolve, reject });
      this.#wanted.set(name, wanted);
    });
  }

  async #readAll(): Promise<void> {
    const all = [...this.#wanted.values()];
    this.#wanted = new Map();
    // A call that fails must not fail the readers of another.
    const groups = chunksOf(all, AWS_QUOTAS.dynamodb.batchGetItems);
    await Promise.all(groups.map((group) => this.#readGroup(group)));
  }

  async #readGroup(group: readonly Wanted[]): Promise<void> {
    try {
      const rows = await readAll(this.#from, group.map(({ key }) => key));
      for (const { key, readers } of group) for (const { resolve } of readers) resolve(rows.get(keyName(key)));
    } catch (error) {
      for (const { readers } of group) for (const { reject } of readers) reject(error);
    }
  }
}
