import { Doc, isJsonArray, parseJson } from "./json.ts";
import { numberOf, numberOrNone, textOf, textOrNone, type Row } from "./rows.ts";

/**
 * What a frame is doing: `ready` to run its state; `sending` a task whose call is not acknowledged; `waiting` for the
 * answer; `nested` in executions it started; `sleeping` in a Wait; `retrying` after a failure; `joining` its children;
 * `done`, holding its output for the parent.
 */
export type Phase = "ready" | "sending" | "waiting" | "nested" | "sleeping" | "retrying" | "joining" | "done";

/** Progress of a Parallel or Map state; a row of its own, so that a child's end does not rewrite the parent. */
export interface Join {
  readonly total: number;
  started: number;
  done: number;
  failed: number;
}

/** One line of control: an execution, a branch or an item. A run of states reuses it. */
export interface Frame {
  readonly id: number;
  readonly execution: number;
  readonly parent: number | undefined;
  /** Which branch or item of the parent. */
  readonly position: number;
  readonly flow: number;
  state: string;
  phase: Phase;
  /** Raw input of the state; the output once the phase is `done`. */
  input: Doc;
  /** When the state was entered, in ms; 0 before that. */
  enteredAt: number;
  /** Attempts used, one count for each retrier. */
  attempts: number[];
  /** Id of the history event that scheduled the present task; 0 without a task. */
  taskEvent: number;
  /** Id of the history event that precedes the next one. */
  lastEvent: number;
  /** When something happens unless something else does before, in ms. */
  deadline: number | undefined;
  timesOutAt: number | undefined;
  heartbeatMs: number | undefined;
  join: Join | undefined;
}

/** The column that holds `attempts`; NULL for none, the usual case. */
export const attemptsText = ({ attempts }: Frame): string | null =>
  attempts.length === 0 ? null : JSON.stringify(attempts);

/** Reads a frame from its row and the row of its join. */
export function toFrame(row: Row, join: Row | undefined): Frame {
  const attempts = parseJson(textOrNone(row, "attempts") ?? "[]");
  return {
    id: numberOf(row, "id"),
    execution: numberOf(row, "execution"),
    parent: numberOrNone(row, "parent"),
    position: numberOf(row, "position"),
    flow: numberOf(row, "flow"),
    state: textOf(row, "state"),
    phase: toPhase(textOf(row, "phase")),
    input: Doc.fromText(textOf(row, "input")),
    enteredAt: numberOf(row, "entered_at"),
    attempts: isJsonArray(attempts) ? attempts.map(Number) : [],
    taskEvent: numberOf(row, "task_event"),
    lastEvent: numberOf(row, "last_event"),
    deadline: numberOrNone(row, "deadline"),
    timesOutAt: numberOrNone(row, "times_out_at"),
    heartbeatMs: numberOrNone(row, "heartbeat_ms"),
    join:
      join === undefined
        ? undefined
        : {
            total: numberOf(join, "total"),
            started: numberOf(join, "started"),
            done: numberOf(join, "done"),
            failed: numberOf(join, "failed"),
          },
  };
}

const PHASES: readonly Phase[] = ["ready", "sending", "waiting", "nested", "sleeping", "retrying", "joining", "done"];

function toPhase(text: string): Phase {
  const phase = PHASES.find((one) => one === text);
  if (phase === undefined) throw new TypeError(`unknown frame phase '${text}'`);
  return phase;
}
