import { transitionWrites } from "../store/execution-store.ts";
import { tokenOfRun } from "../store/run-token.ts";
import { isGraphRun } from "../run/graph-run.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Follow } from "../runtime/attempt.ts";
import { hasToken } from "../attempt/release.ts";
import { sendAttempt } from "../attempt/send-attempt.ts";
import { runGraphOf } from "../../workflow/plan/run-graph.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { TaskRecord } from "../task/task-record.ts";
import { parseItemName } from "../task/for-each.ts";
import { endsRun, isPlainCall } from "../task/task-rules.ts";
import { withholding } from "../attempt/withholding.ts";
import { withoutRow } from "./dispatch-context.ts";
import { dispatchTask } from "./dispatch-task.ts";
import { prepareStart } from "./start-agent.ts";

/**
 * A runtime for one message that goes on with a graph run in place, until `until` (epoch milliseconds): what a
 * settled task starts is recorded in the same transaction and sent at once, without a trip through the queue.
 *
 * The message that began it is deleted only when all of this is done, so a crash in between brings it back: its task
 * is settled by then, and what follows is looked at again.
 */
export function continuing(
  runtime: Runtime,
  until = runtime.now().getTime() + EXECUTION_LIMITS.continueSeconds * 1000,
): Runtime {
  const hasTime = (): boolean => runtime.now().getTime() < until;
  const here: Runtime = {
    ...runtime,
    next: async (messages) => {
      const mine = hasTime() ? messages.slice(0, EXECUTION_LIMITS.continuedTasks) : [];
      const others = messages.slice(mine.length);
      await Promise.all([...mine.map((message) => dispatchTask(here, message)), runtime.next(others)]);
    },
    follow: (attempt, settled) => (hasTime() ? prepareFollow(here, attempt, settled) : Promise.resolve(NOTHING)),
  };
  return here;
}

const NOTHING: Follow = { tasks: new Set(), writes: [], launch: () => Promise.resolve() };

/** Those tasks that need nothing but this one, as far as one transaction takes them. */
async function prepareFollow(runtime: Runtime, attempt: Attempt, settled: TaskRecord): Promise<Follow> {
  const { run, view, task, head } = attempt;
  if (!hasToken(settled)) return NOTHING;
  const execution = await runtime.execution(run.tenant, run.execution);
  const isAlone = execution.budgetRoot === undefined && settled.state !== "skipped" && parseItemName(task.id) === undefined;
  // In a newer run its own walk comes by.
  if (!isGraphRun(run) || execution.run > run.run || !isAlone || endsRun(task, settled) || (await withholding(runtime, execution)) !== undefined) return NOTHING;
  const followers = (runGraphOf(view.plan).triggers.get(task.id) ?? []).flatMap((id) => {
    const follower = view.tasks.get(id);
    return follower?.needs.length === 1 && isPlainCall(follower) ? [follower] : [];
  });
  const given = new Map([[task.id, settled]]);
  const started = await Promise.all(
    followers.slice(0, EXECUTION_LIMITS.followedTasks).map(async (follower) => {
      const message = { run, task: follower.id, token: tokenOfRun(run, settled.token) };
      return prepareStart(runtime, withoutRow(runtime, { message, execution, view, task: follower }), given);
    }),
  );
  const ready = started.filter((start) => start !== undefined);
  return {
    tasks: new Set(ready.map(({ attempt: { record } }) => record.task)),
    writes: ready.flatMap((start) => transitionWrites(runtime.executions, head, start.transition)),
    launch: async () => {
      await Promise.all(ready.map((start) => sendAttempt(runtime, start.attempt, start)));
    },
  };
}
