import type { Expression } from "../../expression/expression.ts";
import { expressionOf } from "../../expression/expression.ts";
import { parseItemName } from "../task/for-each.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { Attempt } from "../runtime/attempt.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What expressions of a task may speak of. `item` and `index` in instances of a `for_each`, `event` after a wait. */
export const TASK_VARIABLES = ["input", "outputs", "tasks", "item", "index", "event"] as const;

/** Loads what the expressions speak of, and nothing else: outputs may be large. */
export async function scopeOf(
  runtime: Runtime,
  attempt: Attempt,
  { expressions, inputs }: { expressions: readonly Expression[]; inputs: ReadonlyMap<string, TaskRecord> },
): Promise<Record<string, unknown>> {
  const { run, task, record } = attempt;
  const paths = expressions.flatMap(({ references }) => references);
  const speaksOf = (name: string): boolean => paths.some(([root]) => root === name);
  const item = parseItemName(record.task);
  const [input, outputs, element, event] = await Promise.all([
    speaksOf("input") ? runtime.execution(run.tenant, run.execution).then((head) => runtime.load(head.input)) : undefined,
    loadOutputs(runtime, spokenTasks(paths, task.dependsOn), inputs),
    speaksOf("item") && item !== undefined ? loadItem(runtime, attempt, item) : undefined,
    speaksOf("event") && record.event !== undefined ? runtime.load(record.event) : undefined,
  ]);
  const tasks = Object.fromEntries(task.dependsOn.map((id) => [id, { state: inputs.get(id)?.state ?? "completed" }]));
  return { input, outputs, tasks, item: element, index: item?.index, event };
}

/** `outputs.a.b` speaks of one task; `outputs` alone, or `outputs[name]`, of all. */
function spokenTasks(paths: Expression["references"], all: readonly string[]): readonly string[] {
  const named = paths.flatMap(([root, name]) => (root === "outputs" ? [name] : []));
  return named.includes(undefined) ? all : all.filter((id) => named.includes(id));
}

async function loadOutputs(runtime: Runtime, tasks: readonly string[], inputs: ReadonlyMap<string, TaskRecord>) {
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
  runtime: Runtime,
  { run }: Pick<Attempt, "run">,
  { group, index }: { group: string; index: number },
): Promise<unknown> {
  const list = await runtime.load((await runtime.items(run, group)).list);
  return Array.isArray(list) ? list[index] : undefined;
}

/** Values of a task's `inputFrom`, by field. */
export async function evaluateInputs(
  runtime: Runtime,
  attempt: Attempt,
  inputs: ReadonlyMap<string, TaskRecord>,
): Promise<Record<string, unknown>> {
  const { inputFrom } = attempt.task;
  if (inputFrom === undefined) return {};
  const fields = Object.entries(inputFrom).map(([field, text]) => [field, expressionOf(text, TASK_VARIABLES)] as const);
  const scope = await scopeOf(runtime, attempt, { expressions: fields.map(([, expression]) => expression), inputs });
  return Object.fromEntries(fields.map(([field, expression]) => [field, expression.evaluate(scope)]));
}
