import { contentHash } from "../../core/canonical-json.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Heard } from "../../patterns/heard.ts";
import type { OpenAction, PatternRun } from "../../patterns/pattern-run.ts";
import { type Held, isHeld, resultPartOf } from "./held.ts";
import { loadInputs, overlay, ownInput } from "../attempt/inputs.ts";
import { deadlineOf } from "../attempt/watching.ts";
import { payloadBytes, type PayloadRef } from "../payload.ts";
import type { PatternTask } from "../../workflow/plan/plan.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { type Clock, isoNow } from "../runtime/clock.ts";
import type { Stores } from "../runtime/runtime.ts";
import { isAtMostDeep } from "../scatter/json-values.ts";
import { loadTasks, taskId } from "../store/execution-store.ts";
import { itemName } from "../task/for-each.ts";
import type { SettledState, TaskIn, TaskRecord } from "../task/task-record.ts";
import { hasSettled } from "../task/task-rules.ts";

/** A task that is done by a pattern. */
export type PatternAttempt = Attempt & { readonly task: PatternTask };

/** Rows of the instances that a pattern has open, by their number. */
export type InstanceRows = ReadonlyMap<number, TaskRecord>;

/** Reads the rows of the questions that are open. */
export async function loadInstances(
  { executions }: Pick<Stores, "executions">,
  { run, task }: Attempt,
  open: readonly OpenAction[],
): Promise<InstanceRows> {
  const asking = open.filter(({ ask }) => ask !== undefined);
  const places = asking.map(({ n }) => ({
    n,
    ref: { tenant: run.tenant, execution: run.execution, task: itemName(task.id, n) },
  }));
  if (places.length === 0) return new Map();
  const rows = await loadTasks(
    executions,
    places.map(({ ref }) => ref),
  );
  return new Map(
    places.flatMap(({ n, ref }) => {
      const row = rows.get(taskId(ref));
      return row === undefined ? [] : [[n, row] as const];
    }),
  );
}

/**
 * What a pattern has not heard yet, in the order in which it happened: the rows say it, so a message that got lost
 * changes nothing.
 */
export async function newsOf(
  runtime: Stores & Clock,
  attempt: Attempt,
  { pattern, rows }: { pattern: PatternRun; rows: InstanceRows },
): Promise<readonly Heard[]> {
  const at = isoNow(runtime);
  if (pattern.steps === 0) {
    const seed = contentHash(
      JSON.stringify([attempt.run.tenant, attempt.run.execution, attempt.task.id, attempt.record.attempt]),
    );
    return [{ kind: "started", input: await goalOf(runtime, attempt), seed, at }];
  }
  const news = await Promise.all(pattern.open.map((open) => heardOf(runtime, open, rows)));
  const heard = news.filter((one) => one !== undefined).sort(inOrder);
  const execution = await runtime.execution(attempt.run.tenant, attempt.run.execution);
  const isOver = runtime.now().getTime() >= deadlineOf(attempt, execution, runtime.now().getTime());
  return isOver ? [...heard, { kind: "exhausted", bound: "max_seconds", at }] : heard;
}

type FromInstance = Extract<Heard, { n: number }>;

const inOrder = (a: FromInstance, b: FromInstance): number => (a.at === b.at ? a.n - b.n : a.at < b.at ? -1 : 1);

async function heardOf(
  runtime: Stores & Clock,
  open: OpenAction,
  rows: InstanceRows,
): Promise<FromInstance | undefined> {
  const { n, until, ask } = open;
  if (ask === undefined)
    return until !== undefined && until <= isoNow(runtime) ? { kind: "timer", n, at: until } : undefined;
  const row = rows.get(n);
  // Whoever took its row away took the question back.
  if (row === undefined) return { kind: "failed", n, agent: "", code: "Withdrawn", at: isoNow(runtime) };
  if (!hasSettled(row)) return undefined;
  const { agentId: agent = "", settledAt: at } = row;
  const output = outputOf(row);
  if (output === undefined) return { kind: "failed", n, agent, code: codeOf(row), at };
  const answer = await answerOf(runtime, row.task, { output, kind: ask.kind });
  return answer === undefined
    ? { kind: "failed", n, agent, code: "AnswerTooDeep", at }
    : { kind: "answered", n, agent, output: answer.value, at };
}

/** A person may have skipped it, with something in place of an answer. */
const outputOf = (row: TaskIn<SettledState>): PayloadRef | undefined =>
  row.state === "completed" || row.state === "skipped" ? row.output : undefined;

const codeOf = (row: TaskIn<SettledState>): string => (row.state === "failed" ? row.failure.code : row.state);

/** An answer as the pattern sees it: results that are large stay where they lie. */
async function answerOf(
  runtime: Stores,
  task: string,
  { output, kind }: { output: PayloadRef; kind: NonNullable<OpenAction["ask"]>["kind"] },
): Promise<{ readonly value: unknown } | undefined> {
  const bytes = payloadBytes(output);
  const part = isHeld(bytes, kind) ? resultPartOf(kind) : undefined;
  if (part === "whole") return { value: heldOf(task, output) };
  const value = await runtime.load(output);
  if (!isAtMostDeep(value, LIMITS.definitionDepth)) return undefined;
  if (part === undefined || typeof value !== "object" || value === null || !Object.hasOwn(value, "result"))
    return { value };
  return { value: { ...value, result: { ...heldOf(task, output), at: "result" } } };
}

/** A reference to what a task gave. */
const heldOf = (task: string, output: PayloadRef): Held => ({
  $held: task,
  bytes: payloadBytes(output),
  sha256: "key" in output ? output.sha256 : contentHash(output.json),
});

/** What a pattern is to work on: the task's input, what it depends on, and what its author says of it. */
async function goalOf(runtime: Stores, attempt: Attempt): Promise<unknown> {
  const { task, run } = attempt;
  const inputs = await loadInputs(runtime, attempt);
  const own = await ownInput(runtime, attempt, inputs);
  const { input: given } = await runtime.execution(run.tenant, run.execution);
  const isLarge = isHeld(payloadBytes(given)) && Object.keys(own).length === 0;
  const input = isLarge ? heldOf(INPUT, given) : overlay(await runtime.load(given), own);
  if (task.dependsOn.length === 0 && task.description === undefined) return input;
  const dependencies = await Promise.all(
    task.dependsOn.map(async (id) => {
      const output = inputs.get(id)?.output;
      if (output === undefined) return [id, null] as const;
      return [id, isHeld(payloadBytes(output)) ? heldOf(id, output) : await runtime.load(output)] as const;
    }),
  );
  return {
    ...(task.description === undefined ? {} : { task: task.description }),
    input,
    ...(dependencies.length === 0 ? {} : { dependencies: Object.fromEntries(dependencies) }),
  };
}

/** Names the execution's input among what is held. */
const INPUT = "$input";
