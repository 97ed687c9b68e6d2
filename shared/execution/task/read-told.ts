import * as z from "zod";
import { type EventOrigin, storedEvent, type StoredEvent } from "../new-event.ts";
import { eventId } from "./transition.ts";

/** Type, last part of the id, and facts; a mark where the facts name no task. */
const ToldEvent = z.tuple([z.string(), z.string(), z.record(z.string(), z.unknown())], z.literal("bare"));
/** Move, attempt, time, events. */
const Line = z.tuple([z.int(), z.int(), z.string(), z.array(ToldEvent)]);

/** What a move told. */
export interface ToldMove {
  readonly task: string;
  readonly move: number;
  readonly events: readonly StoredEvent[];
}

/** What a line tells, with everything that the row implies put back. Nothing for what is no line. */
export function readTold(origin: EventOrigin, task: string, line: string): ToldMove | undefined {
  const { data } = Line.safeParse(jsonOf(line));
  if (data === undefined) return undefined;
  const [move, attempt, at, told] = data;
  const events = told.map(([type, name, facts, bare]) => {
    const whole = bare === undefined ? { task_id: task, attempt, ...facts } : facts;
    return storedEvent(origin, { id: eventId({ task, move }, name), type, at, facts: whole });
  });
  return { task, move, events };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
