import { DatabaseSync } from "node:sqlite";
import type { Clock } from "./clock.ts";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions (id INTEGER PRIMARY KEY, sha TEXT NOT NULL UNIQUE, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS machines (
  name TEXT PRIMARY KEY, definition INTEGER NOT NULL, role_arn TEXT NOT NULL, config TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, revision INTEGER NOT NULL, last_version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS versions (
  machine TEXT NOT NULL, version INTEGER NOT NULL, definition INTEGER NOT NULL, role_arn TEXT NOT NULL,
  revision INTEGER NOT NULL, description TEXT, created_at INTEGER NOT NULL, PRIMARY KEY (machine, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS aliases (
  machine TEXT NOT NULL, name TEXT NOT NULL, description TEXT, routing TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (machine, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tags (arn TEXT PRIMARY KEY, tags TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS executions (
  id INTEGER PRIMARY KEY, machine TEXT NOT NULL, name TEXT NOT NULL, qualifier TEXT, version INTEGER,
  definition INTEGER NOT NULL, flow INTEGER NOT NULL, role_arn TEXT NOT NULL, status TEXT NOT NULL,
  input TEXT NOT NULL, output TEXT, error TEXT, cause TEXT, started_at INTEGER NOT NULL, stopped_at INTEGER,
  deadline INTEGER, parent_frame INTEGER, parent_event INTEGER, parent_index INTEGER
);
CREATE UNIQUE INDEX IF NOT EXISTS executions_name ON executions (machine, name);
CREATE INDEX IF NOT EXISTS executions_machine ON executions (machine);
CREATE INDEX IF NOT EXISTS executions_parent ON executions (parent_frame) WHERE parent_frame IS NOT NULL;
CREATE INDEX IF NOT EXISTS executions_deadline ON executions (deadline) WHERE deadline IS NOT NULL;
CREATE TABLE IF NOT EXISTS frames (
  id INTEGER PRIMARY KEY, execution INTEGER NOT NULL, parent INTEGER, position INTEGER NOT NULL,
  flow INTEGER NOT NULL, input TEXT NOT NULL, state TEXT NOT NULL, phase TEXT NOT NULL, entered_at INTEGER NOT NULL,
  attempts TEXT, task_event INTEGER NOT NULL, last_event INTEGER NOT NULL,
  deadline INTEGER, times_out_at INTEGER, heartbeat_ms INTEGER
);
CREATE INDEX IF NOT EXISTS frames_parent ON frames (parent) WHERE parent IS NOT NULL;
CREATE INDEX IF NOT EXISTS frames_execution ON frames (execution) WHERE parent IS NULL;
CREATE INDEX IF NOT EXISTS frames_deadline ON frames (deadline) WHERE deadline IS NOT NULL;
CREATE INDEX IF NOT EXISTS frames_resume ON frames (id) WHERE phase IN ('ready', 'sending');
CREATE TABLE IF NOT EXISTS joins (
  frame INTEGER PRIMARY KEY, total INTEGER NOT NULL, started INTEGER NOT NULL,
  done INTEGER NOT NULL, failed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS history (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, events TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS status_outbox (id INTEGER PRIMARY KEY, event TEXT NOT NULL);
`;

/**
 * One SQLite file whose writes are grouped: everything that one turn of the event loop changes is one transaction.
 *
 * 1. Nothing leaves the process before the change that caused it is committed: `afterCommit`, `committed`.
 * 2. Records are written late, by the writers; whoever queries rows calls `writePending` first.
 */
export class Database {
  readonly sql: DatabaseSync;
  readonly #clock: Clock;
  readonly #writers: (() => void)[] = [];
  #beforeCommit: () => boolean = () => false;
  #afterCommit: () => void = () => {};
  #effects: (() => void)[] = [];
  #cancelTurn: (() => void) | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;
  #isOpenTransaction = false;

  constructor(path: string, clock: Clock, syncs = false) {
    this.sql = new DatabaseSync(path);
    this.#clock = clock;
    this.sql.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${syncs ? "FULL" : "NORMAL"}; PRAGMA busy_timeout = 5000;`,
    );
    this.sql.exec("PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;");
    this.sql.exec(SCHEMA);
  }

  /** Registers what `writePending` calls, in this order, to turn changed records into rows. */
  addWriter(write: () => void): void {
    this.#writers.push(write);
  }

  /** Sets what a turn does before its commit (true: it needs another turn) and between its commit and its effects. */
  setTurn(work: () => boolean, after: () => void): void {
    this.#beforeCommit = work;
    this.#afterCommit = after;
  }

  /** Makes sure a commit follows soon. */
  touch(): void {
    this.#cancelTurn ??= this.#clock.setTimer(this.#clock.now(), () => this.#endTurn());
  }

  /** Runs `effect` once the present changes are committed. */
  afterCommit(effect: () => void): void {
    this.#effects.push(effect);
    this.touch();
  }

  /** Resolves once the present changes are committed. */
  committed(): Promise<void> {
    this.touch();
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  /** Opens the transaction of this turn; call it before any write. */
  begin(): void {
    if (this.#isOpenTransaction) return;
    this.sql.exec("BEGIN");
    this.#isOpenTransaction = true;
    this.touch();
  }

  /** Brings the rows up to date with the records, inside the transaction of this turn. */
  writePending(): void {
    for (const write of this.#writers) write();
  }

  /** Commits what is pending. Effects not released by then are made again by the next engine. */
  close(): void {
    this.#cancelTurn?.();
    this.#commit();
    this.#waiting?.resolve();
    this.sql.close();
  }

  #endTurn(): void {
    let isMoreToDo = true;
    try {
      isMoreToDo = this.#beforeCommit();
      this.#commit();
    } finally {
      this.#cancelTurn = undefined;
    }
    if (isMoreToDo) this.touch();
    this.#afterCommit();
    this.#release();
  }

  #commit(): void {
    this.writePending();
    if (this.#isOpenTransaction) this.sql.exec("COMMIT");
    this.#isOpenTransaction = false;
  }

  #release(): void {
    const [effects, waiting] = [this.#effects, this.#waiting];
    this.#effects = [];
    this.#waiting = undefined;
    waiting?.resolve();
    for (const effect of effects) effect();
  }
}
