import type { Database } from "./database.ts";
import { attemptsText, toFrame, type Frame } from "./frame.ts";
import { type Change, RecordStore } from "./record-store.ts";
import { numberOf, textOf, type Row } from "./rows.ts";

/** What of a frame changed. */
const INPUT = 1;
const PROGRESS = 2;
const JOIN = 4;

const CACHED_FRAMES = 1_024;
const COLUMNS = `id, execution, parent, position, flow, input, state, phase, entered_at, attempts, task_event,
  last_event, deadline, times_out_at, heartbeat_ms`;
const DESCENDANTS = `WITH RECURSIVE below (id) AS (
  SELECT id FROM frames WHERE parent = ? UNION ALL SELECT frames.id FROM frames JOIN below ON frames.parent = below.id
) SELECT id FROM below`;

/** Frames as rows, with those in use in memory. A parked frame costs no memory once the cache is full. */
export class FrameStore extends RecordStore<Frame> {
  readonly #statements;

  constructor(database: Database) {
    super(database, { name: "frames", columns: COLUMNS, capacity: CACHED_FRAMES });
    const { sql } = database;
    this.#statements = {
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
      resumable: sql.prepare("SELECT id FROM frames WHERE phase IN ('ready', 'sending') ORDER BY id"),
    };
  }

  /** Adds a frame that is about to enter `state`. */
  add(place: Pick<Frame, "execution" | "parent" | "position" | "flow" | "state" | "input" | "lastEvent">): Frame {
    return this.addRecord({
      id: this.nextId(),
      ...place,
      phase: "ready",
      enteredAt: 0,
      attempts: [],
      taskEvent: 0,
      deadline: undefined,
      timesOutAt: undefined,
      heartbeatMs: undefined,
      join: undefined,
    });
  }

  /** Notes that everything of a frame may have changed, its input included. */
  save({ id }: Frame): void {
    this.change(id, INPUT);
  }

  /** Notes that a frame changed, but neither its state nor its input: a small write. */
  saveProgress({ id }: Frame): void {
    this.change(id, PROGRESS);
  }

  /** Notes that only the join counters changed. */
  saveJoin({ id }: Frame): void {
    this.change(id, JOIN);
  }

  /** Children in the order of their position. */
  children(parent: number): Frame[] {
    return this.select(this.#statements.children, parent);
  }

  /** Everything below a frame, each parent before its children. */
  descendants(parent: number): Frame[] {
    return this.select(this.#statements.below, parent);
  }

  /** The frame that an execution started with. */
  root(execution: number): Frame | undefined {
    return this.select(this.#statements.root, execution)[0];
  }

  /** Frames that a crash interrupted: ready to run, or with a call that may not have gone out. */
  resumable(): Frame[] {
    return this.select(this.#statements.resumable);
  }

  protected override read(row: Row): Frame {
    const isJoining = textOf(row, "phase") === "joining";
    return toFrame(row, isJoining ? this.#statements.getJoin.get(numberOf(row, "id")) : undefined);
  }

  protected override erase({ id, join }: Frame): void {
    this.#statements.remove.run(id);
    if (join !== undefined) this.#statements.removeJoin.run(id);
  }

  protected override write(frame: Frame, { bits, isStored }: Change): void {
    if ((bits & INPUT) !== 0 || !isStored) this.#put(frame);
    else if ((bits & PROGRESS) !== 0) this.#putProgress(frame);
    if ((bits & JOIN) !== 0) this.#putJoin(frame);
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
