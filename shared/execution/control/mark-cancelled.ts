import type { Stores } from "../runtime/runtime.ts";
import type { Clock } from "../runtime/clock.ts";
import { commitExecution, type ExecutionHead, loadExecution } from "../store/execution-store.ts";
import { NotFoundError, StoreUnavailableError } from "../../core/errors.ts";
import { type Execution, isFinished } from "../execution.ts";
import { cancelChange } from "./course-changes.ts";
import { onRecord } from "./record-change.ts";

const TRIES = 8;

/**
 * Puts on record that a child ends with its parent. Nothing of it starts from then on; the sweep recalls what is under
 * way, unless somebody does so before.
 *
 * @throws {StoreUnavailableError} another change of its course is not carried out yet.
 */
export async function markCancelled(
  deps: Pick<Stores, "executions"> & Pick<Clock, "now">,
  { parent, child }: { parent: ExecutionHead; child: string },
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const execution = await findChild(deps, parent, child);
    if (execution === undefined || isFinished(execution.status) || execution.pending?.compensate !== undefined) return;
    if (execution.pending !== undefined) break;
    const reason = `its parent ${parent.executionId} is over`;
    const act = {
      tenant: parent.tenant,
      execution: child,
      by: "orchestrator",
      reason,
      action: "cancel" as const,
      asked: reason,
    };
    const at = deps.now();
    const transition = onRecord(act, { execution, change: cancelChange(execution, at), at });
    if ((await commitExecution(deps.executions, { transition })) === "written") return;
  }
  throw new StoreUnavailableError(`${child} is changing its course just now`);
}

async function findChild(
  deps: Pick<Stores, "executions">,
  { tenant }: ExecutionHead,
  child: string,
): Promise<Execution | undefined> {
  try {
    return await loadExecution(deps.executions, tenant, child);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
