import { createHash } from "node:crypto";
import type { CourseChange } from "../store/control-store.ts";
import { newEvent } from "../execution-events.ts";
import { statusOnEntry } from "../store/slot-writes.ts";
import { sortKeys } from "../../core/canonical-json.ts";
import type { ControlAction } from "./execution-moves.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { Steering } from "./control-deps.ts";
import type { Change } from "./course-changes.ts";

/** An act of steering. `asked`: everything it was asked with, so that its repeat is known. */
export interface Act extends Steering {
  readonly action: ControlAction;
  readonly asked: unknown;
}

const digestOf = ({ action, asked }: Act): string =>
  createHash("sha256")
    .update(JSON.stringify([action, sortKeys(asked)]))
    .digest("hex")
    .slice(0, 32);

/** Whether the run that goes on is what the very same act led to. */
export function isRepeat(act: Act, { status, run, lastControl }: Execution): boolean {
  if (lastControl === undefined || isFinished(status)) return false;
  return lastControl.run === run && lastControl.action === act.action && lastControl.digest === digestOf(act);
}

/** A change of course together with who asked for it, how and why. */
export function onRecord(
  act: Act,
  { execution, change, ...when }: { execution: Execution; change: Change; at: Date },
): CourseChange {
  const at = when.at.toISOString();
  const { run = execution.run } = change.set;
  const facts = {
    action: act.action,
    requested_by: act.by,
    run,
    ...(act.reason === undefined ? {} : { reason: act.reason }),
  };
  const controlled = newEvent("workflow.controlled", { id: `run.${run}.${act.action}.${at}`, at, facts });
  const to = statusOnEntry(execution, change.to);
  const moved = { previous_status: execution.status, new_status: to, reason: act.reason ?? act.action };
  const changed = newEvent("workflow.status_changed", { id: `run.${run}.${to}.${at}`, at, facts: moved });
  const lastControl = { action: act.action, digest: digestOf(act), run };
  return {
    to,
    set: { ...change.set, lastControl },
    events: to === execution.status ? [controlled] : [controlled, changed],
  };
}
