import { LIMITS } from "../../core/limits.ts";
import type { PatternEnd } from "../../patterns/pattern-run.ts";
import { heldIn, nameOfHeld, withHeld } from "./held.ts";
import { cancelAttempt } from "../attempt/end-attempt.ts";
import { findHeld, readHeld } from "../attempt/inputs.ts";
import type { FinalOutcome } from "../attempt/end-attempt.ts";
import { settleAttempt } from "../attempt/settle-attempt.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime, Stores } from "../runtime/runtime.ts";
import { allTasks } from "../store/execution-queries.ts";
import { hasSettled } from "../task/task-rules.ts";

/** How a pattern has ended, and which part of what it gives is the task's output. */
interface Ended {
  readonly end: PatternEnd;
  readonly gives?: "result" | undefined;
}

/** Ends the task as its pattern has ended: what is still under way is called back first. Safe to repeat. */
export async function concludePattern(runtime: Runtime, attempt: Attempt, { end, gives }: Ended): Promise<void> {
  const { run, task, head } = attempt;
  for await (const row of allTasks(
    runtime.executions,
    { tenant: run.tenant, execution: run.execution },
    `${task.id}[`,
  )) {
    if (!hasSettled(row)) await cancelAttempt(runtime, { head, record: row });
  }
  await settleAttempt(runtime, attempt, await outcomeOf(runtime, attempt, { end, gives }));
}

async function outcomeOf(runtime: Stores, attempt: Attempt, { end, gives }: Ended): Promise<FinalOutcome> {
  if (end.do === "fail") return { kind: "failed", failure: { code: end.code, message: end.message }, retryable: false };
  const held = heldIn(end.output);
  const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
  if (bytes > LIMITS.outputBytes) {
    const message = `the results of '${attempt.task.id}' have ${bytes} bytes together, more than ${LIMITS.outputBytes}; have agents answer with less`;
    return { kind: "failed", failure: { code: "OutputTooLarge", message }, retryable: false };
  }
  const values = await Promise.all(
    held.map(async (one) => {
      const ref = await findHeld(runtime, attempt, one);
      return [nameOfHeld(one), ref === undefined ? null : await readHeld(runtime, one, ref)] as const;
    }),
  );
  const output = withHeld(end.output, new Map(values));
  return { kind: "completed", output: gives === undefined ? output : Reflect.get(Object(output), gives) };
}
