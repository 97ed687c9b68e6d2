import { DatabaseSync } from "node:sqlite";
import type { StatementSync } from "node:sqlite";

/**
 * One SQLite file whose writes are grouped: everything that one turn of the event loop changes is one transaction.
 * A killed process loses at most the turn that nobody was told about: answers wait for `committed`.
 */
export class TurnDatabase {
  readonly #sql: DatabaseSync;
  #isOpen = false;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** @param syncs - whether a commit waits for the disk. */
  constructor(path: string, schema: string, syncs = false) {
    this.#sql = new DatabaseSync(path);
    this.#sql.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${syncs ? "FULL" : "NORMAL"}; PRAGMA busy_timeout = 5000;`,
    );
    this.#sql.exec("PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216;");
    this.#sql.exec(schema);
  }

  /** Compiles a statement; run writes only between `begin` and the end of the turn. */
  prepare(sql: string): StatementSync {
    return this.#sql.prepare(sql);
  }

  /** Opens the transaction of this turn; call it before any write. */
  begin(): void {
    if (this.#isOpen) return;
    this.#sql.exec("BEGIN IMMEDIATE");
    this.#isOpen = true;
    setImmediate(() => this.commit());
  }

  /** Resolves once all writes so far are committed. */
  committed(): Promise<void> {
    if (!this.#isOpen) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  commit(): void {
    if (!this.#isOpen) return;
    this.#sql.exec("COMMIT");
    this.#isOpen = false;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve();
  }

  close(): void {
    this.commit();
    this.#sql.close();
  }
}
