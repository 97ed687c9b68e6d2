import type { Database } from "./database.ts";
import { toExecution, type Execution } from "./execution.ts";
import { RecordCache } from "./record-cache.ts";
import { numberOf, numberOrNone, type Row } from "./rows.ts";

/** Which executions `list` answers, newest first, with ids below `before`. */
export interface ExecutionQuery {
  readonly machine: string;
  readonly status: string | undefined;
  readonly qualifier: string | undefined;
  readonly before: number;
  readonly limit: number;
}

/** Executions with more events than this would collide in the history table. */
export const EVENTS_PER_EXECUTION = 32_768;
const CACHED_EXECUTIONS = 256;
const COLUMNS = `id, machine, name, qualifier, version, definition, flow, role_arn, status, input, output, error, cause,
  started_at, stopped_at, deadline, parent_frame, parent_event, parent_index`;

type NewExecution = Omit<Execution, "id" | "status" | "output" | "error" | "cause" | "stoppedAt" | "nextEvent">;

/** Executions as rows, with those in use in memory. */
export class ExecutionStore {
  readonly #database: Database;
  readonly #cache = new RecordCache<Execution>(CACHED_EXECUTIONS);
  readonly #stored = new WeakSet<Execution>();
  readonly #statements;
  #lastId: number;
  #earliest = Infinity;

  constructor(database: Database) {
    this.#database = database;
    const { sql } = database;
    const select = (rest: string) => sql.prepare(`SELECT ${COLUMNS} FROM executions WHERE ${rest}`);
    this.#statements = {
      get: select("id = ?"),
      put: sql.prepare(`INSERT INTO executions (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`),
      close: sql.prepare(
        "UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped_at = ?, deadline = ? WHERE id = ?",
      ),
      find: sql.prepare("SELECT id FROM executions WHERE machine = ? AND name = ?"),
      remove: sql.prepare("DELETE FROM executions WHERE id = ?"),
      removeHistory: sql.prepare("DELETE FROM history WHERE id BETWEEN ? AND ?"),
      list: select(
        `machine = ? AND id < ? AND (? IS NULL OR status = ?) AND (? IS NULL OR qualifier = ?)
         ORDER BY id DESC LIMIT ?`,
      ),
      children: sql.prepare(
        "SELECT id FROM executions WHERE parent_frame = ? AND parent_event = ? ORDER BY parent_index",
      ),
      running: sql.prepare("SELECT id FROM executions WHERE parent_frame = ? AND status = 'RUNNING' ORDER BY id"),
      due: sql.prepare("SELECT id FROM executions WHERE deadline <= ? ORDER BY deadline LIMIT 500"),
      next: sql.prepare("SELECT min(deadline) AS deadline FROM executions WHERE deadline IS NOT NULL"),
      lastEvents: sql.prepare("SELECT id, count FROM history WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"),
    };
    const last = sql.prepare("SELECT coalesce(max(id), 0) AS id FROM executions").get();
    this.#lastId = last === undefined ? 0 : numberOf(last, "id");
    database.addWriter(() => this.#flush());
  }

  add(execution: NewExecution): Execution {
    const added: Execution = {
      ...execution,
      id: ++this.#lastId,
      status: "RUNNING",
      nextEvent: 1,
      output: undefined,
      error: undefined,
      cause: undefined,
      stoppedAt: undefined,
    };
    this.#cache.keep(added);
    this.save(added);
    return added;
  }

  get(id: number): Execution | undefined {
    const known = this.#cache.get(id);
    if (known !== undefined) return known;
    const row = this.#statements.get.get(id);
    if (row === undefined) return undefined;
    const execution = toExecution(row, this.#nextEvent(id));
    this.#stored.add(execution);
    this.#cache.keep(execution);
    return execution;
  }

  /** @throws {Error} no such execution: the caller holds a reference that cannot exist. */
  require(id: number): Execution {
    const execution = this.get(id);
    if (execution === undefined) throw new Error(`execution ${id} is not in the database`);
    return execution;
  }

  save(execution: Execution): void {
    this.#cache.markChanged(execution);
    this.#database.touch();
  }

  find(machine: string, name: string): Execution | undefined {
    this.#database.writePending();
    return this.#load(this.#statements.find.all(machine, name))[0];
  }

  /** Forgets a closed execution and its history, so that its name can be used again. */
  remove({ id }: Execution): void {
    this.#database.begin();
    this.#statements.remove.run(id);
    this.#statements.removeHistory.run(id * EVENTS_PER_EXECUTION, (id + 1) * EVENTS_PER_EXECUTION - 1);
    this.#cache.forget(id);
  }

  list({ machine, before, limit, ...filter }: ExecutionQuery): Execution[] {
    this.#database.writePending();
    const [status, qualifier] = [filter.status ?? null, filter.qualifier ?? null];
    return this.#statements.list
      .all(machine, before, status, status, qualifier, qualifier, limit)
      .map((row) => toExecution(row, 0));
  }

  /** Executions one task or Map run started, in the order of their index. */
  children(frame: number, event: number): Execution[] {
    this.#database.writePending();
    return this.#load(this.#statements.children.all(frame, event));
  }

  /** Executions a frame started that still run. */
  running(frame: number): Execution[] {
    this.#database.writePending();
    return this.#load(this.#statements.running.all(frame));
  }

  /** Up to 500 executions whose deadline has come. */
  due(now: number): Execution[] {
    this.#database.writePending();
    return this.#load(this.#statements.due.all(now));
  }

  nextDeadline(): number {
    this.#database.writePending();
    const row = this.#statements.next.get();
    return (row === undefined ? undefined : numberOrNone(row, "deadline")) ?? Infinity;
  }

  /** The earliest deadline set since the last call. */
  takeEarliest(): number {
    const earliest = this.#earliest;
    this.#earliest = Infinity;
    return earliest;
  }

  /** Drops executions that are not in use; only between turns, when nobody holds one. */
  trim(): void {
    this.#cache.trim();
  }

  #load(rows: readonly Row[]): Execution[] {
    return rows.flatMap((row) => this.get(numberOf(row, "id")) ?? []);
  }

  #nextEvent(id: number): number {
    const first = id * EVENTS_PER_EXECUTION;
    const row = this.#statements.lastEvents.get(first, first + EVENTS_PER_EXECUTION - 1);
    return row === undefined ? 1 : numberOf(row, "id") - first + numberOf(row, "count");
  }

  #flush(): void {
    if (!this.#cache.hasChanges) return;
    this.#database.begin();
    this.#cache.flush((execution) => this.#write(execution));
  }

  #write(one: Execution): void {
    if (one.deadline !== undefined) this.#earliest = Math.min(this.#earliest, one.deadline);
    const [output, error, cause] = [one.output?.text ?? null, one.error ?? null, one.cause ?? null];
    const [stoppedAt, deadline] = [one.stoppedAt ?? null, one.deadline ?? null];
    if (this.#stored.has(one)) {
      this.#statements.close.run(one.status, output, error, cause, stoppedAt, deadline, one.id);
      return;
    }
    this.#statements.put.run(
      one.id,
      one.machine,
      one.name,
      one.qualifier ?? null,
      one.version ?? null,
      one.definition,
      one.flow,
      one.roleArn,
      one.status,
      one.input.text,
      output,
      error,
      cause,
      one.startedAt,
      stoppedAt,
      deadline,
      one.parent?.frame ?? null,
      one.parent?.event ?? null,
      one.parent?.index ?? null,
    );
    this.#stored.add(one);
  }
}
