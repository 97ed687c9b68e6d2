import { Deadlines } from "../state/deadlines.ts";
import type { Records } from "../state/records.ts";
import { parseSchedule } from "./schedule-expression.ts";
import type { ScheduleTimes } from "./schedule-expression.ts";

export interface Schedule {
  /** Unique; the last run is remembered under it. */
  readonly name: string;
  readonly expression: string;
  /** Called at each time with that time, in milliseconds since 1970. */
  fire(at: number): void;
}

interface Running {
  readonly schedule: Schedule;
  readonly times: ScheduleTimes;
}

/** Fires schedules. Times that passed while the cloud was down are made up for once, not one by one. */
export class Scheduler {
  readonly #records: Records;
  readonly #schedules: Running[] = [];
  readonly #deadlines = new Deadlines<Running>((running, at) => this.#fire(running, at));

  constructor(records: Records) {
    this.#records = records;
  }

  /** @throws {SyntaxError} the expression is not a schedule. */
  add(schedule: Schedule): void {
    const startedAt = Number(this.#records.get("schedule", schedule.name) ?? Date.now());
    this.#schedules.push({ schedule, times: parseSchedule(schedule.expression, startedAt) });
    this.#records.put("schedule", schedule.name, String(startedAt));
  }

  start(): void {
    for (const running of this.#schedules) {
      const last = Number(this.#records.get("schedule", running.schedule.name) ?? Date.now());
      this.#arm(running, last);
    }
  }

  stop(): void {
    this.#deadlines.stop();
  }

  #arm(running: Running, after: number): void {
    const next = running.times.next(after);
    if (next !== undefined) this.#deadlines.add(next, running);
  }

  #fire(running: Running, at: number): void {
    running.schedule.fire(at);
    this.#records.put("schedule", running.schedule.name, String(at));
    this.#arm(running, Math.max(at, Date.now() - 1));
  }
}
