import type { Stores, Engine } from "../runtime/runtime.ts";
import { type Clock, isoAfter, isoNow } from "../runtime/clock.ts";
import type { CommitOutcome } from "../../aws/group-commit.ts";
import type { Execution } from "../execution.ts";
import { started } from "../lifecycle/execution-transitions.ts";
import { commitExecution } from "../store/execution-store.ts";
import { watchExecutionLater } from "./watch-execution.ts";

/**
 * Records that a run has begun, where nothing of that is on record. Of a machine of its own that is heard from Step
 * Functions; of a graph run, who takes up its first message records it.
 *
 * @returns `stale`: the head has moved.
 */
export async function recordStart(runtime: Stores & Engine & Clock, execution: Execution): Promise<CommitOutcome> {
  if (execution.status !== "submitted" && execution.status !== "queued") return "written";
  const deadlineAt = isoAfter(runtime, execution.executionTimeoutSeconds);
  const transition = started(execution, { at: isoNow(runtime), deadlineAt });
  if ((await commitExecution(runtime.executions, { transition })) === "stale") return "stale";
  runtime.remember(transition.row);
  await watchExecutionLater(runtime, transition.row);
  return "written";
}
