import type { Database } from "./database.ts";
import { attemptsText, toFrame, type Frame } from "./frame.ts";
import { RecordCache } from "./record-cache.ts";
import { numberOf, numberOrNone, textOf, type Row } from "./rows.ts";

interface Entry {
  readonly id: number;
  readonly frame: Frame;
  isStored: boolean;
  isRemoved: boolean;
  isInputChanged: boolean;
  isProgressChanged: boolean;
  isJoinChanged: boolean;
}

const UNCHANGED = { isRemoved: false, isInputChanged: false, isProgressChanged: false, isJoinChanged: false };
const CACHED_FRAMES = 1_024;
const COLUMNS = `id, execution, parent, position, flow, input, state, phase, entered_at, attempts, task_event,
  last_event, deadline, times_out_at, heartbeat_ms`;
const DESCENDANTS = `WITH RECURSIVE below (id) AS (
  SELECT id FROM frames WHERE parent = ? UNION ALL SELECT frames.id FROM frames JOIN below ON frames.parent = below.id
) SELECT id FROM below`;

/** Frames as rows, with those in use in memory. A parked frame costs no memory once the cache is full. */
export class FrameStore {
  readonly #database: Database;
  readonly #cache = new RecordCache<Entry>(CACHED_FRAMES);
  readonly #statements;
  #lastId: number;
  /** The earliest deadline set since the last `takeEarliest`. */
  #earliest = Infinity;

  constructor(database: Database) {
    this.#database = database;
    const { sql } = database;
    this.#statements = {
      get: sql.prepare(`SELECT ${COLUMNS} FROM frames WHERE id = ?`),
      getJoin: sql.prepare("SELECT total, started, done, failed FROM joins WHERE frame = ?"),
      put: sql.prepare(`INSERT OR REPLACE INTO frames (${COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`),
      progress: sql.prepare(
        `UPDATE frames SET phase = ?, task_event = ?, last_event = ?, deadline = ?, times_out_at = ?, attempts = ?
         WHERE id = ?`,
      ),
      remove: sql.prepare("DELETE FROM frames WHERE id = ?"),
      putJoin: sql.prepare("INSERT OR REPLACE INTO joins (frame, total, started, done, failed) VALUES (?,?,?,?,?)"),
      removeJoin: sql.prepare("DELETE FROM joins WHERE frame = ?"),
      children: sql.prepare("SELECT id FROM frames WHERE parent = ? ORDER BY position"),
      below: sql.prepare(DESCENDANTS),
      root: sql.prepare("SELECT id FROM frames WHERE execution = ? AND parent IS NULL"),
      due: sql.prepare("SELECT id FROM frames WHERE deadline <= ? ORDER BY deadline, id LIMIT 500"),
      next: sql.prepare("SELECT min(deadline) AS deadline FROM frames WHERE deadline IS NOT NULL"),
      resumable: sql.prepare("SELECT id FROM frames WHERE phase IN ('ready', 'sending') ORDER BY id"),
    };
    const last = sql.prepare("SELECT coalesce(max(id), 0) AS id FROM frames").get();
    this.#lastId = last === undefined ? 0 : numberOf(last, "id");
    database.addWriter(() => this.#flush());
  }

  /** Adds a frame that is about to enter `state`. */
  add(place: Pick<Frame, "execution" | "parent" | "position" | "flow" | "state" | "input" | "lastEvent">): Frame {
    const frame: Frame = {
      id: ++this.#lastId,
      ...place,
      phase: "ready",
      enteredAt: 0,
      attempts: [],
      taskEvent: 0,
      deadline: undefined,
      timesOutAt: undefined,
      heartbeatMs: undefined,
      join: undefined,
    };
    const entry: Entry = { ...UNCHANGED, id: frame.id, frame, isStored: false, isInputChanged: true };
    this.#cache.keep(entry);
    this.#change(entry);
    return frame;
  }

  get(id: number): Frame | undefined {
    return this.#entry(id)?.frame;
  }

  /** Notes that everything of a frame may have changed, its input included. */
  save(frame: Frame): void {
    const entry = this.#entry(frame.id);
    if (entry === undefined) return;
    entry.isInputChanged = true;
    this.#change(entry);
  }

  /** Notes that a frame changed, but neither its state nor its input: a small write. */
  saveProgress(frame: Frame): void {
    const entry = this.#entry(frame.id);
    if (entry === undefined) return;
    entry.isProgressChanged = true;
    this.#change(entry);
  }

  /** Notes that only the join counters changed. */
  saveJoin(frame: Frame): void {
    const entry = this.#entry(frame.id);
    if (entry === undefined) return;
    entry.isJoinChanged = true;
    this.#change(entry);
  }

  remove(id: number): void {
    const entry = this.#entry(id);
    if (entry === undefined) return;
    entry.isRemoved = true;
    this.#change(entry);
  }

  /** Children in the order of their position. */
  children(parent: number): Frame[] {
    this.#database.writePending();
    return this.#load(this.#statements.children.all(parent));
  }

  /** Everything below a frame, each parent before its children. */
  descendants(parent: number): Frame[] {
    this.#database.writePending();
    return this.#load(this.#statements.below.all(parent));
  }

  /** The frame that an execution started with. */
  root(execution: number): Frame | undefined {
    this.#database.writePending();
    return this.#load(this.#statements.root.all(execution))[0];
  }

  /** Up to 500 frames whose deadline has come. */
  due(now: number): Frame[] {
    this.#database.writePending();
    return this.#load(this.#statements.due.all(now));
  }

  /** Frames that a crash interrupted: ready to run, or with a call that may not have gone out. */
  resumable(): Frame[] {
    return this.#load(this.#statements.resumable.all());
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

  /** Drops frames that are not in use; only between turns, when nobody holds one. */
  trim(): void {
    this.#cache.trim();
  }

  #load(rows: readonly Row[]): Frame[] {
    return rows.flatMap((row) => this.get(numberOf(row, "id")) ?? []);
  }

  #change(entry: Entry): void {
    this.#cache.markChanged(entry);
    this.#database.touch();
  }

  #entry(id: number): Entry | undefined {
    const known = this.#cache.get(id);
    if (known !== undefined) return known.isRemoved ? undefined : known;
    const row = this.#statements.get.get(id);
    if (row === undefined) return undefined;
    const join = textOf(row, "phase") === "joining" ? this.#statements.getJoin.get(id) : undefined;
    const entry: Entry = { ...UNCHANGED, id, frame: toFrame(row, join), isStored: true };
    this.#cache.keep(entry);
    return entry;
  }

  #flush(): void {
    if (!this.#cache.hasChanges) return;
    this.#database.begin();
    this.#cache.flush((entry) => this.#write(entry));
  }

  #write(entry: Entry): void {
    const { frame } = entry;
    if (entry.isRemoved) {
      this.#cache.forget(frame.id);
      if (entry.isStored) this.#statements.remove.run(frame.id);
      if (entry.isStored && frame.join !== undefined) this.#statements.removeJoin.run(frame.id);
      return;
    }
    if (frame.deadline !== undefined) this.#earliest = Math.min(this.#earliest, frame.deadline);
    if (entry.isInputChanged || !entry.isStored) this.#put(frame);
    else if (entry.isProgressChanged) this.#putProgress(frame);
    if (entry.isJoinChanged) this.#putJoin(frame);
    entry.isStored = true;
    Object.assign(entry, UNCHANGED);
  }

  #put(frame: Frame): void {
    this.#statements.put.run(
      frame.id,
      frame.execution,
      frame.parent ?? null,
      frame.position,
      frame.flow,
      frame.input.text,
      frame.state,
      frame.phase,
      frame.enteredAt,
      attemptsText(frame),
      frame.taskEvent,
      frame.lastEvent,
      frame.deadline ?? null,
      frame.timesOutAt ?? null,
      frame.heartbeatMs ?? null,
    );
  }

  #putProgress(frame: Frame): void {
    this.#statements.progress.run(
      frame.phase,
      frame.taskEvent,
      frame.lastEvent,
      frame.deadline ?? null,
      frame.timesOutAt ?? null,
      attemptsText(frame),
      frame.id,
    );
  }

  #putJoin({ id, join }: Frame): void {
    if (join === undefined) this.#statements.removeJoin.run(id);
    else this.#statements.putJoin.run(id, join.total, join.started, join.done, join.failed);
  }
}
