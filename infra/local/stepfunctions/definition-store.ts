import { hash } from "node:crypto";
import type { Database } from "./database.ts";
import { parseDefinition, type Definition } from "./definition.ts";
import { numberOf, textOf } from "./rows.ts";

const CACHED_DEFINITIONS = 64;

/** Definition texts, each stored once. An execution keeps the definition it started with. */
export class DefinitionStore {
  readonly #database: Database;
  readonly #parsed = new Map<number, Definition>();
  readonly #statements;

  constructor(database: Database) {
    this.#database = database;
    const { sql } = database;
    this.#statements = {
      find: sql.prepare("SELECT id FROM definitions WHERE sha = ?"),
      put: sql.prepare("INSERT INTO definitions (sha, text) VALUES (?,?)"),
      get: sql.prepare("SELECT text FROM definitions WHERE id = ?"),
    };
  }

  /** The id of a definition that was checked before. */
  save(text: string): number {
    const sha = hash("sha256", text, "hex");
    const known = this.#statements.find.get(sha);
    if (known !== undefined) return numberOf(known, "id");
    this.#database.begin();
    return Number(this.#statements.put.run(sha, text).lastInsertRowid);
  }

  text(id: number): string {
    const row = this.#statements.get.get(id);
    if (row === undefined) throw new Error(`definition ${id} is not in the database`);
    return textOf(row, "text");
  }

  get(id: number): Definition {
    const known = this.#parsed.get(id);
    if (known !== undefined) return known;
    const definition = parseDefinition(this.text(id));
    const [oldest] = this.#parsed.keys();
    if (oldest !== undefined && this.#parsed.size >= CACHED_DEFINITIONS) this.#parsed.delete(oldest);
    this.#parsed.set(id, definition);
    return definition;
  }
}
