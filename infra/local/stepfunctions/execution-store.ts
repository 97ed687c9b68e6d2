import type { Database } from "./database.ts";
import { toExecution, type Execution } from "./execution.ts";
import { type Change, RecordStore } from "./record-store.ts";
import { numberOf, type Row } from "./rows.ts";

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
export class ExecutionStore extends RecordStore<Execution> {
  readonly #database: Database;
  readonly #statements;

  constructor(database: Database) {
    super(database, { name: "executions", columns: COLUMNS, capacity: CACHED_EXECUTIONS });
    this.#database = database;
    const { sql } = database;
    const select = (rest: string) => sql.prepare(`SELECT ${COLUMNS} FROM executions WHERE ${rest}`);
    this.#statements = {
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
      lastEvents: sql.prepare("SELECT id, count FROM history WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"),
    };
  }

  add(execution: NewExecution): Execution {
    return this.addRecord({
      ...execution,
      id: this.nextId(),
      status: "RUNNING",
      nextEvent: 1,
      output: undefined,
      error: undefined,
      cause: undefined,
      stoppedAt: undefined,
    });
  }

  /** @throws {Error} no such execution: the caller holds a reference that cannot exist. */
  require(id: number): Execution {
    const execution = this.get(id);
    if (execution === undefined) throw new Error(`execution ${id} is not in the database`);
    return execution;
  }

  save({ id }: Execution): void {
    this.change(id, 0);
  }

  find(machine: string, name: string): Execution | undefined {
    return this.select(this.#statements.find, machine, name)[0];
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
    return this.select(this.#statements.children, frame, event);
  }

  /** Executions a frame started that still run. */
  running(frame: number): Execution[] {
    return this.select(this.#statements.running, frame);
  }

  protected override read(row: Row): Execution {
    return toExecution(row, this.#nextEvent(numberOf(row, "id")));
  }

  protected override write(execution: Execution, { isStored }: Change): void {
    if (isStored) this.#update(execution);
    else this.#insert(execution);
  }

  /** With its history, so that the name can be used again. */
  protected override erase({ id }: Execution): void {
    this.#statements.remove.run(id);
    this.#statements.removeHistory.run(id * EVENTS_PER_EXECUTION, (id + 1) * EVENTS_PER_EXECUTION - 1);
  }

  #nextEvent(id: number): number {
    const first = id * EVENTS_PER_EXECUTION;
    const row = this.#statements.lastEvents.get(first, first + EVENTS_PER_EXECUTION - 1);
    return row === undefined ? 1 : numberOf(row, "id") - first + numberOf(row, "count");
  }

  #update({ id, status, output, error, cause, stoppedAt, deadline }: Execution): void {
    this.#statements.close.run(
      status,
      output?.text ?? null,
      error ?? null,
      cause ?? null,
      stoppedAt ?? null,
      deadline ?? null,
      id,
    );
  }

  #insert(one: Execution): void {
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
      one.output?.text ?? null,
      one.error ?? null,
      one.cause ?? null,
      one.startedAt,
      one.stoppedAt ?? null,
      one.deadline ?? null,
      one.parent?.frame ?? null,
      one.parent?.event ?? null,
      one.parent?.index ?? null,
    );
  }
}
