import { createHash } from "node:crypto";
import { statusOnEntry } from "../admission/admission.ts";
import { controlled, type ExecutionTransition } from "../lifecycle/execution-transitions.ts";
import { sortKeys } from "../../core/canonical-json.ts";
import type { SteeringEdge } from "../lifecycle/execution-actions.ts";
import { type Execution, isFinished } from "../execution.ts";
import type { Steering } from "./control-deps.ts";
import type { Change } from "./course-changes.ts";

/** An act of steering. `asked`: everything it was asked with, so that its repeat is known. */
export interface ControlCommand extends Steering {
  readonly action: SteeringEdge;
  readonly asked: unknown;
}

const digestOf = ({ action, asked }: ControlCommand): string =>
  createHash("sha256")
    .update(JSON.stringify([action, sortKeys(asked)]))
    .digest("hex")
    .slice(0, 32);

/** Whether the run that goes on is what the very same act led to. */
export function isRepeat(act: ControlCommand, { status, run, lastControl }: Execution): boolean {
  if (lastControl === undefined || isFinished(status)) return false;
  return lastControl.run === run && lastControl.action === act.action && lastControl.digest === digestOf(act);
}

/** A change of course together with who asked for it, how and why. */
export function onRecord(
  act: ControlCommand,
  { execution, change, at }: { execution: Execution; change: Change; at: Date },
): ExecutionTransition {
  const { action, by, reason } = act;
  const steering = { action, by, reason, digest: digestOf(act), at: at.toISOString() };
  return controlled(execution, { steering, to: statusOnEntry(execution, change.to), set: change.set });
}
