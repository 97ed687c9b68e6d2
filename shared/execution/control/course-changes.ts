import type { HeadFields } from "../lifecycle/execution-transitions.ts";
import { parkedFor } from "../store/parking-lot.ts";
import type { Execution, ExecutionStatus, PendingChange } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { checkpointId } from "./checkpoints.ts";

/** What becomes of an execution's head. The events of every change, who and why, are added where it is written. */
export interface Change {
  readonly to: ExecutionStatus;
  readonly set: HeadFields;
}

/** Nothing new starts; what agents have goes on. */
export function pauseChange({ run }: Execution, at: Date): Change {
  const pausedAt = at.toISOString();
  const pending: PendingChange = {
    id: `pause.${pausedAt}`,
    run,
    follow: "pause",
    checkpoint: checkpointId(at, "pause"),
  };
  return { to: "paused", set: { pausedAt, pending } };
}

/** Goes on where it was paused. The time it stood still is not counted. */
export function resumeChange(execution: Execution, at: Date): Change {
  const { run, startedAt = at.toISOString() } = execution;
  const pending: PendingChange = {
    id: `resume.${at.toISOString()}`,
    run,
    follow: "resume",
    release: [parkedFor("paused")],
  };
  return {
    to: "running",
    set: { startedAt, pauses: pausesUntil(execution, at), deadlineAt: deadlineAfterPause(execution, at), pending },
  };
}

/** The pauses of an execution, with the one that ends `at`. */
export function pausesUntil({ pauses = [], pausedAt }: Execution, at: Date): NonNullable<Execution["pauses"]> {
  const ended = pausedAt === undefined ? [] : [{ from: pausedAt, to: at.toISOString() }];
  return [...pauses, ...ended].slice(-EXECUTION_LIMITS.rememberedPauses);
}

/** An execution's deadline, moved on by the pause that ends `at`. */
export function deadlineAfterPause({ deadlineAt, pausedAt, executionTimeoutSeconds }: Execution, at: Date): string {
  if (deadlineAt === undefined) return new Date(at.getTime() + executionTimeoutSeconds * 1000).toISOString();
  const stood = pausedAt === undefined ? 0 : at.getTime() - Date.parse(pausedAt);
  return new Date(Date.parse(deadlineAt) + stood).toISOString();
}

/** Over and done with: what is under way is recalled. */
export function cancelChange({ run, startedAt, submittedAt }: Execution, at: Date): Change {
  const completedAt = at.toISOString();
  const pending: PendingChange = { id: `cancel.${completedAt}`, run, follow: "cancel" };
  return { to: "cancelled", set: { startedAt: startedAt ?? submittedAt, completedAt, pausedAt: undefined, pending } };
}

/** What was done is undone first, in a run of its own; then it is cancelled. */
export function compensationChange({ run }: Execution, at: Date): Change {
  const compensateSince = at.toISOString();
  const pending: PendingChange = { id: `undo.${compensateSince}`, run: run + 1, compensate: "cancelled", compensateSince };
  return { to: "running", set: { run: run + 1, pausedAt: undefined, pending } };
}
