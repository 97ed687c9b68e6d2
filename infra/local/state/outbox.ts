import type { StatementSync } from "node:sqlite";
import * as z from "zod";
import { Deadlines } from "./deadlines.ts";
import type { TurnDatabase } from "./turn-database.ts";

const Row = z.object({
  id: z.number(),
  kind: z.string(),
  target: z.string(),
  payload: z.string(),
  created_at: z.number(),
  attempts: z.number(),
  due_at: z.number(),
  options: z.string(),
});

/** Something to be delivered at least once. `options` is JSON text whose meaning its courier knows. */
export interface OutboxEntry {
  readonly id: number;
  readonly target: string;
  readonly payload: string;
  readonly options: string;
  readonly createdAt: number;
  /** Deliveries that failed so far. */
  attempts: number;
}

/** Delivers the entries of one kind. */
export interface Courier {
  /** Rejects when the delivery failed. */
  deliver(entry: OutboxEntry): Promise<void>;
  /** How long to wait before the next attempt, in milliseconds; `undefined` gives up. */
  retryDelayMs(entry: OutboxEntry): number | undefined;
  /** Hears of an entry that is given up. */
  giveUp(entry: OutboxEntry, error: unknown): void;
}

export type CourierKind = "lambda" | "rule-target";

/** Deliveries that survive a kill: an entry is a row until its courier delivered it or gave it up. */
export class Outbox {
  readonly #database: TurnDatabase;
  readonly #couriers = new Map<string, Courier>();
  readonly #retries = new Deadlines<{ kind: string; entry: OutboxEntry }>(
    ({ kind, entry }) => void this.#deliver(kind, entry),
  );
  readonly #insert: StatementSync;
  readonly #remove: StatementSync;
  readonly #postpone: StatementSync;
  #nextId: number;
  #isStopped = false;

  constructor(database: TurnDatabase) {
    this.#database = database;
    this.#insert = database.prepare(
      "INSERT INTO outbox (id, kind, target, payload, created_at, due_at, options) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#remove = database.prepare("DELETE FROM outbox WHERE id = ?");
    this.#postpone = database.prepare("UPDATE outbox SET attempts = ?, due_at = ? WHERE id = ?");
    this.#nextId = Number(database.prepare("SELECT max(id) AS id FROM outbox").get()?.["id"] ?? 0) + 1;
  }

  setCourier(kind: CourierKind, courier: Courier): void {
    this.#couriers.set(kind, courier);
  }

  /** Accepts a delivery. It is durable with the present turn, and tried right after. */
  add(kind: CourierKind, entry: Pick<OutboxEntry, "target" | "payload" | "options">): void {
    const now = Date.now();
    const full = { ...entry, id: this.#nextId++, createdAt: now, attempts: 0 };
    this.#database.begin();
    this.#insert.run(full.id, kind, entry.target, entry.payload, now, now, entry.options);
    void this.#database.committed().then(() => this.#deliver(kind, full));
  }

  /** Resolves once all entries so far are durable. */
  committed(): Promise<void> {
    return this.#database.committed();
  }

  /** Takes up what a former process left. */
  resume(): void {
    for (const row of this.#database.prepare("SELECT * FROM outbox ORDER BY id").all()) {
      const { id, kind, target, payload, options, created_at: createdAt, attempts, due_at: dueAt } = Row.parse(row);
      this.#retries.add(dueAt, { kind, entry: { id, target, payload, options, createdAt, attempts } });
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#retries.stop();
  }

  async #deliver(kind: string, entry: OutboxEntry): Promise<void> {
    const courier = this.#couriers.get(kind);
    if (courier === undefined || this.#isStopped) return;
    try {
      await courier.deliver(entry);
    } catch (error) {
      this.#onFailure(courier, { kind, entry }, error);
      return;
    }
    if (!this.#isStopped) this.#forget(entry);
  }

  #onFailure(courier: Courier, { kind, entry }: { kind: string; entry: OutboxEntry }, error: unknown): void {
    if (this.#isStopped) return;
    entry.attempts += 1;
    const delay = courier.retryDelayMs(entry);
    if (delay === undefined) {
      courier.giveUp(entry, error);
      this.#forget(entry);
      return;
    }
    const dueAt = Date.now() + delay;
    this.#database.begin();
    this.#postpone.run(entry.attempts, dueAt, entry.id);
    this.#retries.add(dueAt, { kind, entry });
  }

  #forget(entry: OutboxEntry): void {
    this.#database.begin();
    this.#remove.run(entry.id);
  }
}
