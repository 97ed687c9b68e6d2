import { allTasks } from "../store/execution-queries.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type Execution } from "../execution.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import { cancelAttempt, type CancelAttemptDeps } from "./end-attempt.ts";

/**
 * Ends what is still under way in an execution, some tasks at a time: each may take a call to its agent. Rows of a run
 * that began meanwhile are none of this one's.
 */
export async function cancelOpenTasks(runtime: CancelAttemptDeps, execution: Execution): Promise<void> {
  const { tenant, executionId, run } = execution;
  const isLeft = (record: TaskRecord): boolean => !isSettled(record.state) || record.recall !== undefined;
  let recalls: Promise<void>[] = [];
  for await (const record of allTasks(runtime.executions, { tenant, execution: executionId })) {
    if (isLeft(record) && record.run <= run) recalls.push(cancelAttempt(runtime, { head: execution, record }));
    if (recalls.length < EXECUTION_LIMITS.cancelsAtOnce) continue;
    await Promise.all(recalls);
    recalls = [];
  }
  await Promise.all(recalls);
}
