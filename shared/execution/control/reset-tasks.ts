import type { CommitOutcome } from "../../aws/group-commit.ts";
import type { Restart, TaskChange } from "../control.ts";
import { commitTransition, type ExecutionHead, loadTask } from "../store/execution-store.ts";
import { dropped, type Outline, replaced, reset, revived } from "../task/steering-transitions.ts";
import type { TaskOutline } from "../task/task-outline.ts";
import { pendingTask, type TaskTransition } from "../task/transition.ts";
import type { ControlDeps } from "./control-deps.ts";
import type { Step } from "./restart-rules.ts";

/** A step of a restart, and the run that it makes. */
export interface Resetting {
  readonly step: Step;
  readonly run: number;
  readonly restart: Restart;
}

/** Carries out a step of a restart. `stale`: the row is no longer as it was seen; look again. */
export async function changeTask(
  deps: Pick<ControlDeps, "executions" | "now">,
  head: ExecutionHead,
  resetting: Resetting,
): Promise<CommitOutcome> {
  const at = deps.now().toISOString();
  const { change } = resetting.step;
  const transition =
    change.act === "revive" ? await reviving(deps, head, { ...resetting, at }) : transitionOf(change, { ...resetting, at });
  return transition === undefined ? "stale" : commitTransition(deps.executions, { head, transition });
}

function transitionOf(
  change: Exclude<TaskChange, { act: "revive" }>,
  { step, run, restart, at }: Resetting & { at: string },
): TaskTransition {
  const { task, outline } = step;
  const before: Outline = outline ?? pendingTask(task, { run, token: "" });
  switch (change.act) {
    case "reset": {
      const input = change.input ?? keptInput(restart, outline);
      return reset(before, { run, at, reason: restart.action, decision: keptDecision(restart, outline), input });
    }
    case "skip":
      return replaced(before, { run, at, output: change.output });
    case "drop":
      return dropped(before, { run, at });
    default:
      return change satisfies never;
  }
}

/** @returns nothing when the row is no longer one that can be brought back to work. */
async function reviving(
  { executions }: Pick<ControlDeps, "executions">,
  { tenant, executionId: execution }: ExecutionHead,
  { step: { task, outline }, run, restart, at }: Resetting & { at: string },
): Promise<TaskTransition | undefined> {
  const record = await loadTask(executions, { tenant, execution, task });
  if (record?.move !== outline?.move) return undefined;
  if (record?.state !== "failed" && record?.state !== "cancelled") return undefined;
  const { child } = record;
  return child === undefined ? undefined : revived({ ...record, child }, { run, at, reason: restart.action });
}

/** What failed after a person agreed to it need not be agreed to again; what is done anew must be. */
const keptDecision = ({ others }: Restart, outline: TaskOutline | undefined) =>
  others?.rule === "failures" && outline?.decision?.verdict === "approved" && outline.state !== "completed"
    ? outline.decision
    : undefined;

/** An input that took the place of the definition's stays, except when the execution is taken back to before it. */
const keptInput = ({ others }: Restart, outline: TaskOutline | undefined) =>
  others?.rule === "since" ? undefined : outline?.input;
