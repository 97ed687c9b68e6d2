import type { PayloadRef } from "../../../execution/payload.ts";
import { loadTask, type TaskRef } from "../../../execution/store/execution-store.ts";
import type { ActionDeps } from "../delivery.ts";

/** Where the output of a task lies that has one. */
export const findTaskOutput = async ({ executions }: Pick<ActionDeps, "executions">, task: TaskRef): Promise<PayloadRef | undefined> =>
  (await loadTask(executions, task))?.output;
