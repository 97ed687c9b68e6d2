import type { Failure } from "../../core/failure.ts";
import type { Write } from "../../aws/group-commit.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { isStillWithheld } from "../attempt/withholding.ts";
import { waitsFor } from "../run/graph-run.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { parkedFor, parkedWrite, removeParked } from "../store/parking-lot.ts";
import type { ParkReason } from "../task/task-record.ts";
import { parked } from "../task/waiting-transitions.ts";
import { afterStale, bindingOf, commit, type DispatchContext, type DispatchOutcome } from "./dispatch-context.ts";

/** Why a task is parked, and what its row remembers meanwhile. */
export interface Parking {
  readonly reason: ParkReason;
  readonly waitSince?: string | undefined;
  readonly waitUntil?: string | undefined;
  readonly failure?: Failure | undefined;
  readonly also?: readonly Write[];
}

/**
 * Parks a task whose inputs are there until its reason is removed: state, event and parked message in one transaction. A
 * task that is parked for it already only keeps the newer message.
 */
export async function parkTask(runtime: Runtime, context: DispatchContext, parking: Parking): Promise<DispatchOutcome> {
  const { also = [], ...why } = parking;
  const { reason } = why;
  const { task, execution, record } = context;
  const message = { ...context.message, seen: waitsFor(context.message.run, task).length };
  const at = isoNow(runtime);
  const transition = parked(record, { ...bindingOf(context), ...why, at });
  const { workflowId } = execution;
  const lot = parkedWrite(runtime.executions, { reason, message, workflowId, at });
  if ((await commit(runtime, context, { transition, also: [lot, ...also] })) === "stale") return afterStale(context);
  if ((reason === "paused" || reason === "hold") && !(await isStillWithheld(runtime, execution))) {
    // Not at once: until its view of the head is older than a second, a dispatcher would park it again.
    await runtime.mail.task(message, EXECUTION_LIMITS.executionCacheSeconds);
    await removeParked(runtime.executions, { on: parkedFor(reason), message });
  }
  return "handled";
}
