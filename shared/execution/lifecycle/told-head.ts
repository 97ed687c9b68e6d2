import * as z from "zod";
import { type EventOrigin, type NewEvent, storedEvent } from "../new-event.ts";
import type { ToldMove } from "../task/read-told.ts";
import { type Telling, withinRow } from "../task/transition.ts";

/**
 * What the moves of an execution's head told, as the head carries it: lines as rows of tasks have them, one per move that
 * told something, with the run in the attempt's place. Most moves tell a change of status and nothing else, so that is
 * written as `"running>completed"`: a head in the ordinary course of its life stays below a kilobyte.
 */

/** The task that moves of the head are named by among those of tasks, whose names are never empty. */
export const HEAD_TASK = "";

type Mover = { readonly run: number; readonly move: number };

/** Type, last part of the id, and facts. */
type ToldEvent = readonly [type: string, name: string, facts: NewEvent["facts"]];

const STATUS_CHANGED = "workflow.status_changed";

/** Names an event of an execution: its run and the move that tells it, so that they sort as they came. */
export const eventId = ({ run, move }: Mover, name: string): string => `run.${run}.${String(move).padStart(6, "0")}.${name}`;

/** Adds what a move tells to the lines that the head carries. */
export function tellOfHead(before: readonly string[], row: Mover, events: readonly NewEvent[]): Telling {
  if (events.length === 0) return { told: before, spilled: [] };
  const told = events.map(({ type, id, facts }) => shortened([type, id.slice(eventId(row, "").length), facts]));
  return withinRow([...before, JSON.stringify([row.move, row.run, events[0]?.at ?? "", told])]);
}

/** A change of status that says nothing but from what to what. */
function shortened(told: ToldEvent): ToldEvent | string {
  const [, , { previous_status: from, new_status: to }] = told;
  const short = `${String(from)}>${String(to)}`;
  return JSON.stringify(statusTold(short)) === JSON.stringify(told) ? short : told;
}

function statusTold(short: string): ToldEvent {
  const [from = "", to = ""] = short.split(">");
  return [STATUS_CHANGED, from === "none" ? to : `to_${to}`, { previous_status: from, new_status: to }];
}

const Told = z.union([z.string().transform(statusTold), z.tuple([z.string(), z.string(), z.record(z.string(), z.unknown())])]);
/** Move, run, time, events. */
const Line = z.tuple([z.int(), z.int(), z.string(), z.array(Told)]);

/** What a line of a head tells, with everything that the head implies put back. Nothing for what is no line. */
export function readToldOfHead(origin: EventOrigin, line: string): ToldMove | undefined {
  const { data } = Line.safeParse(jsonOf(line));
  if (data === undefined) return undefined;
  const [move, run, at, told] = data;
  const events = told.map(([type, name, facts]) => storedEvent(origin, { id: eventId({ run, move }, name), type, at, facts }));
  return { task: HEAD_TASK, move, events };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
