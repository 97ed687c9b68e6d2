import type { Stores } from "../runtime/runtime.ts";
import { loadExecution } from "../store/execution-store.ts";
import type { Execution } from "../execution.ts";

/** Why nothing of an execution may start now: it is paused, or a hold covers it. At most a second old. */
export async function withholding(
  runtime: Pick<Stores, "hold">,
  { status, tenant, workflowId }: Execution,
): Promise<"paused" | "hold" | undefined> {
  if (status === "paused") return "paused";
  return (await runtime.hold(tenant, workflowId)) === undefined ? undefined : "hold";
}

/** The same, asked of the tables themselves: for whoever has just parked a task and may have come too late. */
export async function isStillWithheld(runtime: Stores, { tenant, executionId }: Execution): Promise<boolean> {
  const execution = await loadExecution(runtime.executions, tenant, executionId);
  if (execution.status === "paused") return true;
  return (await runtime.hold(tenant, execution.workflowId, "fresh")) !== undefined;
}
