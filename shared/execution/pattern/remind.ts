import type { PatternRun } from "../../patterns/pattern-run.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { waitsFor } from "../run/graph-run.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Engine } from "../runtime/runtime.ts";
import { itemName } from "../task/for-each.ts";
import { hasSettled } from "../task/task-rules.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { InstanceRows } from "./pattern-news.ts";

/**
 * A look that brought no news: somebody may have died between a turn and its messages, or a newer run has to bring the
 * instances along. Those that nobody works on get their messages again, which dispatching tolerates.
 */
export async function remind(
  runtime: Engine & Clock,
  attempt: Attempt,
  { pattern, rows }: { pattern: PatternRun; rows: InstanceRows },
): Promise<void> {
  const { run, task, record } = attempt;
  const idle = pattern.open.filter(({ n }) => {
    const row = rows.get(n);
    return row !== undefined && !hasSettled(row) && (row.run < run.run || isIdle(row));
  });
  await runtime.mail.tasks(idle.map(({ n }) => ({ run, task: itemName(task.id, n), token: record.token, seen: 0 })));
  await lookAgain(runtime, attempt, pattern);
}

const isIdle = (row: TaskRecord): boolean =>
  row.state === "queued" && row.notBefore === undefined && row.wait === undefined;

/** Has the pattern looked at when the next of its waits is over, or its time. */
export async function lookAgain(
  runtime: Engine & Clock,
  { run, task, record }: Attempt,
  pattern: PatternRun,
): Promise<void> {
  const times = [
    ...pattern.open.flatMap(({ until }) => (until === undefined ? [] : [until])),
    ...(record.deadlineAt === undefined ? [] : [record.deadlineAt]),
  ];
  if (times.length === 0) return;
  const left = Math.min(...times.map((at) => Date.parse(at))) - runtime.now().getTime();
  const seconds = Math.min(Math.max(Math.ceil(left / 1000), 1), EXECUTION_LIMITS.longestDelaySeconds);
  await runtime.mail.task({ run, task: task.id, token: record.token, seen: waitsFor(run, task).length }, seconds);
}
