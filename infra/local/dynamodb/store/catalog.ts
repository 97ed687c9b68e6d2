import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as z from "zod";
import { DynamoRefusal } from "../refusal.ts";
import { TableDefinition } from "../table/table-schema.ts";
import type { StoredTable } from "../table/table.ts";
import { Table } from "../table/table.ts";

const Stored = z.object({
  definition: TableDefinition,
  id: z.string(),
  space: z.number(),
  indexSpaces: z.record(z.string(), z.number()),
  createdAt: z.number(),
  ttlAttribute: z.string().optional(),
  streamLabel: z.string().optional(),
});

/** Tables by name. */
export class Catalog {
  readonly #tables = new Map<string, Table>();
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  constructor(sql: DatabaseSync) {
    this.#put = sql.prepare("INSERT OR REPLACE INTO tables (name, stored) VALUES (?, ?)");
    this.#remove = sql.prepare("DELETE FROM tables WHERE name = ?");
    for (const row of sql.prepare("SELECT stored FROM tables").all()) {
      const { ttlAttribute, streamLabel, ...stored } = Stored.parse(JSON.parse(String(row["stored"])));
      const table = new Table({ ...stored, ttlAttribute, streamLabel });
      this.#tables.set(table.name, table);
    }
  }

  /** @throws {DynamoRefusal} there is no such table. */
  get(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined) throw notFound(name);
    return table;
  }

  find(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  bySpace(space: number): Table | undefined {
    return this.all().find((table) => table.space === space);
  }

  /** In the order of their names. */
  all(): Table[] {
    return [...this.#tables.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** A number behind those of all tables and indexes. */
  freeSpace(): number {
    const used = this.all().flatMap(({ space, stored }) => [space, ...Object.values(stored.indexSpaces)]);
    return Math.max(0, ...used) + 1;
  }

  put(stored: StoredTable): void {
    this.#tables.set(stored.definition.TableName, new Table(stored));
  }

  remove(name: string): void {
    this.#tables.delete(name);
  }

  /** In the file; part of a transaction. */
  putStored(stored: StoredTable): void {
    this.#put.run(stored.definition.TableName, JSON.stringify(stored));
  }

  /** From the file; part of a transaction. */
  removeStored(name: string): void {
    this.#remove.run(name);
  }
}

const notFound = (name: string): Error =>
  new DynamoRefusal("ResourceNotFoundException", `Requested resource not found: Table: ${name} not found`);
