import type { Stores } from "../runtime/runtime.ts";
import { loadTask, loadTasks, taskId } from "../store/execution-store.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { isSettled, type TaskRecord } from "../task/task-record.ts";
import type { RunRef } from "../messages.ts";
import type { Attempt } from "../runtime/attempt.ts";
import { type Expression, expressionOf } from "../../expression/expression.ts";
import { contentHash } from "../../core/canonical-json.ts";
import { type Held, heldIn, nameOfHeld, withHeld } from "../pattern/held.ts";
import { type PayloadRef } from "../payload.ts";
import type { Asked } from "../task/asked.ts";
import { hookedNow } from "../task/task-rules.ts";
import { parseItemName } from "../task/for-each.ts";

/** Those of `tasks` that have settled, by task. Known ones cost nothing: settled is settled (invariant 8). */
export async function loadSettled(
  runtime: Stores,
  run: RunRef,
  tasks: readonly string[],
): Promise<Map<string, TaskRecord>> {
  const settled = new Map<string, TaskRecord>();
  const unknown = tasks.filter((task) => {
    const record = runtime.settled.get(run, task);
    if (record !== undefined) settled.set(task, record);
    return record === undefined;
  });
  if (unknown.length === 0) return settled;
  const { tenant, execution } = run;
  const refs = unknown.map((task) => ({ tenant, execution, task }));
  const found = await loadTasks(runtime.executions, refs);
  for (const ref of refs) {
    const record = found.get(taskId(ref));
    if (record === undefined || !isSettled(record.state)) continue;
    runtime.settled.set(run, record);
    settled.set(ref.task, record);
  }
  return settled;
}

/**
 * The settled tasks whose outputs this attempt gets.
 *
 * @param given those that are not on record yet but will be before the attempt is sent.
 */
export async function loadInputs(
  runtime: Stores,
  { run, task }: Attempt,
  given: ReadonlyMap<string, TaskRecord> = new Map(),
): Promise<ReadonlyMap<string, TaskRecord>> {
  const inputs = await loadSettled(runtime, run, task.dependsOn.filter((input) => !given.has(input)));
  return new Map([...inputs, ...given]);
}

/**
 * What came to pass before the inputs of a task, the nearest first: where work is handed on, whoever holds it hears of
 * all who held it before. Empty in workflows that are no handoff, and for what has no inputs.
 */
export async function loadHandedDown(
  runtime: Stores,
  { run, task, view }: Attempt,
): Promise<ReadonlyMap<string, TaskRecord>> {
  if (view.plan.pattern !== "handoff" || task.dependsOn.length === 0) return new Map();
  const earlier = holdersBefore(task.dependsOn, (id) => view.tasks.get(id)?.dependsOn ?? []);
  const settled = await loadSettled(runtime, run, earlier);
  return new Map([...settled].sort(([a], [b]) => earlier.indexOf(a) - earlier.indexOf(b)));
}

/** Inputs of inputs and so on, level by level, as many as a message tells of. */
function holdersBefore(inputs: readonly string[], inputsOf: (id: string) => readonly string[]): readonly string[] {
  const seen = new Set(inputs);
  const found: string[] = [];
  for (let level = inputs; level.length > 0 && found.length < EXECUTION_LIMITS.handedDownTasks; ) {
    const next = level.flatMap(inputsOf).filter((id) => !seen.has(id) && seen.add(id));
    found.push(...next);
    level = next;
  }
  return found.slice(0, EXECUTION_LIMITS.handedDownTasks);
}

/** What expressions of a task may speak of. `item` and `index` in instances of a `for_each`, `event` after a wait. */
export const TASK_VARIABLES = ["input", "outputs", "tasks", "session", "item", "index", "event"] as const;

/** Loads what the expressions speak of, and nothing else: outputs may be large. */
export async function scopeOf(
  runtime: Stores,
  attempt: Attempt,
  { expressions, inputs }: { expressions: readonly Expression[]; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<Record<string, unknown>> {
  const { run, task, record } = attempt;
  const paths = expressions.flatMap(({ references }) => references);
  const speaksOf = (name: string): boolean => paths.some(([root]) => root === name);
  const item = parseItemName(record.task);
  const [input, session, outputs, element, event] = await Promise.all([
    speaksOf("input") ? runtime.execution(run.tenant, run.execution).then((head) => runtime.load(head.input)) : undefined,
    speaksOf("session") ? loadVariables(runtime, run) : undefined,
    loadOutputs(runtime, spokenTasks(paths, task.dependsOn), inputs),
    speaksOf("item") && item !== undefined ? loadItem(runtime, attempt, item) : undefined,
    speaksOf("event") && record.event !== undefined ? runtime.load(record.event) : undefined,
  ]);
  const tasks = Object.fromEntries(task.dependsOn.map((id) => [id, { state: inputs.get(id)?.state ?? "completed" }]));
  return { input, session, outputs, tasks, item: element, index: item?.index, event };
}

/** What the session of an execution remembered when it was submitted; nothing without a session. */
async function loadVariables(runtime: Stores, { tenant, execution }: Attempt["run"]): Promise<unknown> {
  const { session } = await runtime.execution(tenant, execution);
  return session === undefined ? {} : runtime.load(session.variables);
}

/** `outputs.a.b` speaks of one task; `outputs` alone, or `outputs[name]`, of all. */
function spokenTasks(paths: Expression["references"], all: readonly string[]): readonly string[] {
  const named = paths.flatMap(([root, name]) => (root === "outputs" ? [name] : []));
  return named.includes(undefined) ? all : all.filter((id) => named.includes(id));
}

async function loadOutputs(runtime: Stores, tasks: readonly string[], inputs: ReadonlyMap<string, TaskRecord>) {
  const loaded = await Promise.all(
    tasks.map(async (id) => {
      const output = inputs.get(id)?.output;
      return output === undefined ? undefined : ([id, await runtime.load(output)] as const);
    }),
  );
  return Object.fromEntries(loaded.filter((entry) => entry !== undefined));
}

/** The element of the list that an instance stands for. */
export async function loadItem(
  runtime: Stores,
  { run }: Pick<Attempt, "run">,
  { group, index }: { group: string; index: number },
): Promise<unknown> {
  const list = await runtime.load((await runtime.items(run, group)).list);
  return Array.isArray(list) ? list[index] : undefined;
}

/** Values of a task's `inputFrom`, by field. */
export async function evaluateInputs(
  runtime: Stores,
  attempt: Attempt,
  inputs: ReadonlyMap<string, TaskRecord>,
): Promise<Record<string, unknown>> {
  const { inputFrom } = attempt.task;
  if (inputFrom === undefined) return {};
  const fields = Object.entries(inputFrom).map(([field, text]) => [field, expressionOf(text, TASK_VARIABLES)] as const);
  const scope = await scopeOf(runtime, attempt, { expressions: fields.map(([, expression]) => expression), inputs });
  return Object.fromEntries(fields.map(([field, expression]) => [field, expression.evaluate(scope)]));
}

/** What the task itself adds to its input: static fields, expressions over them, a rerun's edits, what hooks changed. */
export async function ownInput(
  runtime: Stores,
  attempt: Attempt,
  inputs: ReadonlyMap<string, TaskRecord>,
): Promise<Record<string, unknown>> {
  const { task, record } = attempt;
  const computed = await evaluateInputs(runtime, attempt, inputs);
  const edited = record.input === undefined ? {} : await runtime.load(record.input);
  return { ...task.input, ...computed, ...(isRecord(edited) ? edited : {}), ...hookedNow(record)?.input };
}

/** Fields of `own` over those of `input`; an input that is no object gives way altogether. */
export function overlay(input: unknown, own: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(own).length === 0) return input;
  return isRecord(input) ? { ...input, ...own } : own;
}

/** Whether it has fields. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where a result lies that a pattern refers to; nothing when it is not what the reference says. */
export async function findHeld(
  runtime: Stores,
  { run }: Pick<Attempt, "run">,
  { $held: task, sha256 }: Held,
): Promise<PayloadRef | undefined> {
  const { tenant, execution } = run;
  const ref = task === "$input" ? (await runtime.execution(tenant, execution)).input : (await loadTask(runtime.executions, { tenant, execution, task }))?.output;
  return ref === undefined || ("key" in ref ? ref.sha256 : contentHash(ref.json)) !== sha256 ? undefined : ref;
}

/** Reads a result that lies there, or the field of it that is referred to. */
export async function readHeld(runtime: Pick<Stores, "load">, { at }: Held, ref: PayloadRef): Promise<unknown> {
  const value = await runtime.load(ref);
  return at === undefined || !isRecord(value) ? value : value[at];
}

/** A question of a pattern with every result that it refers to. */
export async function readQuestion(runtime: Stores, attempt: Pick<Attempt, "run">, { message }: Asked): Promise<unknown> {
  const said = await runtime.load(message);
  const values = await Promise.all(
    heldIn(said).map(async (held) => {
      const ref = await findHeld(runtime, attempt, held);
      return [nameOfHeld(held), ref === undefined ? null : await readHeld(runtime, held, ref)] as const;
    }),
  );
  return withHeld(said, new Map(values));
}

/** What `affinity` and `consistent_hashing` go by: the value of the task's expression, or the execution's id. */
export async function routingKeyOf(runtime: Stores, attempt: Attempt): Promise<string> {
  const { task, run } = attempt;
  if (task.kind !== "agent" || task.routingKey === undefined) return run.execution;
  const expression = expressionOf(task.routingKey, TASK_VARIABLES);
  const scope = await scopeOf(runtime, attempt, { expressions: [expression], inputs: await loadInputs(runtime, attempt) });
  const value = expression.evaluate(scope);
  return typeof value === "string" ? value : JSON.stringify(value);
}
