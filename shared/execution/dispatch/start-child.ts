import { ExecutionId } from "../../core/ids.ts";
import { childIdOf, launchChild } from "../run/child-execution.ts";
import { isoNow, type Runtime } from "../runtime/runtime.ts";
import { childStarted } from "../task/waiting-transitions.ts";
import { afterStale, attemptOf, bindingOf, commit, type DispatchContext, type DispatchOutcome, refOf } from "./dispatch-context.ts";

/** Hands a task to an execution of another workflow: recorded first, then started. Its own deadline is the child's. */
export async function startChild(runtime: Runtime, context: DispatchContext): Promise<DispatchOutcome> {
  const child = ExecutionId.parse(childIdOf({ ...refOf(context), attempt: context.record.attempt + 1 }));
  const transition = childStarted(context.record, { ...bindingOf(context), child, at: isoNow(runtime) });
  if ((await commit(runtime, context, { transition })) === "stale") return afterStale(context);
  await launchChild(runtime, attemptOf(context, transition.row));
  return "handled";
}
