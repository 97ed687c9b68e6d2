import { fold, type Folded } from "../../patterns/fold-news.ts";
import { beginPattern } from "../../patterns/pattern-run.ts";
import { preparePlanned } from "../../patterns/planned-pattern.ts";
import type { PatternTask } from "../../workflow/plan/plan.ts";
import { cancelAttempt } from "../attempt/end-attempt.ts";
import { settleAttempt } from "../attempt/settle-attempt.ts";
import { type Attempt, refOf } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { loadTask } from "../store/execution-store.ts";
import { loadPattern, type PatternRow } from "../store/pattern-store.ts";
import { itemName } from "../task/for-each.ts";
import { commitTurn } from "./commit-turn.ts";
import { concludePattern } from "./conclude-pattern.ts";
import { type InstanceRows, loadInstances, newsOf, type PatternAttempt } from "./pattern-news.ts";
import { lookAgain, remind } from "./remind.ts";

/**
 * Takes the turns of a pattern that are due. A message only asks for it: what happened, and what is to be done, is read
 * from rows, so the sweep brings about what a lost message did not.
 *
 * 1. What a pattern hears, what it begins and what is told of it are one transaction, on condition that no other turn was
 *    meanwhile and that its task is still at work. Who comes second looks again.
 * 2. What follows from a turn (messages to instances, agents called off, the end of the task) is carried out after it. Who
 *    dies before that leaves a look that finds no news: it sends again what nobody works on.
 */
export async function turnPattern(runtime: Runtime, attempt: Attempt): Promise<void> {
  const { task, record } = attempt;
  if (task.kind !== "pattern" || record.state !== "running") return;
  while ((await takeTurn(runtime, { ...attempt, task })) === "again");
}

type Outcome = "again" | "done";

async function takeTurn(runtime: Runtime, attempt: PatternAttempt): Promise<Outcome> {
  const { task, record } = attempt;
  const prepared = preparePlanned(task.pattern);
  if (prepared === undefined) return failUnknown(runtime, attempt, task);
  const before = await loadPattern(runtime, refOf(attempt));
  const isFresh = before === undefined || before.attempt < record.attempt;
  const pattern = isFresh
    ? beginPattern(prepared, { fuel: task.pattern.maxCalls, first: before?.run.next ?? 0 })
    : before.run;
  if (pattern.end !== undefined) {
    await concludePattern(runtime, attempt, { end: pattern.end, gives: prepared.gives });
    return "done";
  }
  const rows = await loadInstances(runtime, attempt, pattern.open);
  const news = await newsOf(runtime, attempt, { pattern, rows });
  const folded = fold(prepared, pattern, news);
  if (folded.heard.length === 0) {
    await remind(runtime, attempt, { pattern, rows });
    return "done";
  }
  const after: PatternRow = { attempt: record.attempt, turn: (before?.turn ?? 0) + 1, run: folded.run };
  if ((await commitTurn(runtime, attempt, { row: after, ...folded, rows })) === "stale")
    return isAtWork(runtime, attempt);
  await carryOut(runtime, attempt, { ...folded, rows, isFresh });
  return folded.run.end !== undefined || folded.heard.length < news.length ? "again" : "done";
}

async function failUnknown(
  runtime: Runtime,
  attempt: Attempt,
  { pattern: { name, version } }: PatternTask,
): Promise<"done"> {
  const message = `this deployment has no pattern '${name}' in version ${version}; submit the workflow anew`;
  await settleAttempt(runtime, attempt, {
    kind: "failed",
    failure: { code: "UnknownPattern", message },
    retryable: false,
  });
  return "done";
}

/** Another turn came first, or the task ended meanwhile. */
async function isAtWork(runtime: Runtime, attempt: Attempt): Promise<Outcome> {
  const found = await loadTask(runtime.executions, refOf(attempt));
  return found?.state === "running" && found.attempt === attempt.record.attempt ? "again" : "done";
}

async function carryOut(
  runtime: Runtime,
  attempt: Attempt,
  { run: pattern, effects, questions, rows, isFresh }: Folded & { rows: InstanceRows; isFresh: boolean },
): Promise<void> {
  const { run, task, record, head } = attempt;
  const asking = questions.filter(({ n }) => pattern.open.some((open) => open.n === n));
  await runtime.mail.tasks(asking.map(({ n }) => ({ run, task: itemName(task.id, n), token: record.token, seen: 0 })));
  for (const effect of effects) {
    const row = effect.do === "cancel" ? rows.get(effect.n) : undefined;
    if (row !== undefined) await cancelAttempt(runtime, { head, record: row });
  }
  if (isFresh || effects.some((effect) => effect.do === "wait")) await lookAgain(runtime, attempt, pattern);
}
