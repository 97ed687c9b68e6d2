import type { CommitOutcome, Write } from "../../aws/group-commit.ts";
import { present } from "../../core/present.ts";
import type { Folded, QuestionEffect } from "../../patterns/fold-news.ts";
import { newEvent } from "../new-event.ts";
import { refOf } from "../runtime/attempt.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import type { Stores } from "../runtime/runtime.ts";
import { eventWrite, transitionWrites } from "../store/execution-store.ts";
import { type PatternRow, patternWrites } from "../store/pattern-store.ts";
import { savePayload } from "../store/payload-store.ts";
import type { Asked } from "../task/asked.ts";
import { itemName } from "../task/for-each.ts";
import { taskPayload } from "../task/payload-keys.ts";
import { pendingTask } from "../task/transition.ts";
import { questionPut } from "../task/waiting-transitions.ts";
import type { InstanceRows, PatternAttempt } from "./pattern-news.ts";

/** A turn that is to be put on record: the pattern as it becomes, and the rows of what it had open. */
interface Turn extends Folded {
  readonly row: PatternRow;
  readonly rows: InstanceRows;
}

/** Puts a turn on record: the pattern's row, the rows of its new questions, and what is told of it, or nothing. */
export async function commitTurn(runtime: Stores & Clock, attempt: PatternAttempt, turn: Turn): Promise<CommitOutcome> {
  const { executions } = runtime;
  const { head } = attempt;
  const questions = await Promise.all(
    turn.questions.map((effect) => questionWrites(runtime, attempt, { effect, rows: turn.rows })),
  );
  return executions.committer.commit([
    ...(await patternWrites(runtime, refOf(attempt), turn.row)),
    ...questions.flat(),
    ...eventsOf(attempt, turn, isoNow(runtime)).map((event) => eventWrite(executions, head, event)),
  ]);
}

async function questionWrites(
  runtime: Stores & Clock,
  attempt: PatternAttempt,
  { effect, rows }: { effect: QuestionEffect; rows: InstanceRows },
): Promise<readonly Write[]> {
  const { run, task, record, head } = attempt;
  const at = isoNow(runtime);
  const name = itemName(task.id, effect.n);
  const asked =
    effect.do === "ask"
      ? await newQuestion(runtime, attempt, effect)
      : { ...present(rows.get(effect.of)?.asked), finding: effect.finding };
  const before = pendingTask(name, { run: run.run, token: record.token, queuedAt: at });
  return transitionWrites(runtime.executions, head, questionPut(before, { asked, at }));
}

async function newQuestion(
  runtime: Stores,
  { task, run }: PatternAttempt,
  { n, ask }: Extract<QuestionEffect, { do: "ask" }>,
): Promise<Asked> {
  const { id, role, kind, message, round, ofRounds, agent, exclude, thread = role } = ask;
  const at = { tenant: run.tenant, execution: run.execution, task: itemName(task.id, n) };
  return {
    id,
    pattern: task.pattern.name,
    role,
    kind,
    message: await savePayload(runtime.payloads, taskPayload(at, "asked"), message),
    round,
    ofRounds,
    agent,
    exclude: exclude === undefined || exclude.length === 0 ? undefined : [...exclude],
    thread,
  };
}

/** The log of a pattern is what its turns tell: with the rows of its instances, every step can be heard again. */
function eventsOf({ task, record }: PatternAttempt, { row, heard, steps }: Turn, at: string) {
  const { run, turn } = row;
  const facts = { task_id: task.id, attempt: record.attempt, pattern: task.pattern.name, turn };
  const named = (name: string) => ({ id: `${task.id}.turn-${turn}.${name}`, at });
  const said = heard.map((one) => ({ event: one.kind, ...("n" in one ? { instance: itemName(task.id, one.n) } : {}) }));
  const logged = steps.map(({ actions, refused, ...step }) => ({
    ...step,
    actions: [...actions],
    refused: [...refused],
  }));
  const { end, exhausted: bound } = run;
  const isNewBound =
    bound !== undefined && steps.some(({ event, refused }) => event === "exhausted" || refused.length > 0);
  const calls = task.pattern.maxCalls - run.fuel;
  const status = end?.do === "finish" ? ("completed" as const) : ("failed" as const);
  return [
    newEvent("pattern.turn", {
      ...named("heard"),
      facts: { ...facts, heard: said, steps: logged, calls_left: run.fuel },
    }),
    ...(isNewBound ? [newEvent("pattern.bound_reached", { ...named("bound"), facts: { ...facts, bound } })] : []),
    ...(end === undefined
      ? []
      : [
          newEvent("pattern.finished", {
            ...named("end"),
            facts: { ...facts, status, calls, ...(end.bound === undefined ? {} : { bound: end.bound }) },
          }),
        ]),
  ];
}
