import type { DialectReading } from "../schemas/dialect.ts";
import type { IssuePath } from "../schemas/issue.ts";
import type { Task } from "../schemas/workflow-definition.ts";
import { suggestion } from "./closest.ts";
import { replicaIds } from "./expand-replicas.ts";
import { compileExpression } from "./expression.ts";
import type { IssueList } from "./issue-list.ts";

/** One expression of a definition, and what it may speak of. */
interface Use {
  /** The field and its owner, in words. */
  readonly what: string;
  readonly text: string;
  readonly segments: IssuePath;
  readonly variables: readonly string[];
  /** What it must give. @default - anything */
  readonly gives?: "boolean" | "list";
  /** Ids below `outputs` and `tasks`, and where to add one that is missing. */
  readonly readable: ReadonlySet<string>;
  readonly addTo?: string;
}

const ALWAYS = ["input", "outputs", "tasks"] as const;
const ELEMENT = ["item", "index"] as const;
/** What a trigger's `event` holds. */
const EVENT_FIELDS = new Set(["source", "detail_type", "detail", "time", "id"]);

/** Where variables exist that are not always there. */
const HINTS: Readonly<Record<string, string>> = {
  item: "`item` exists in `input_from` and `routing_key` of a task with `for_each`",
  index: "`index` exists in `input_from` and `routing_key` of a task with `for_each`",
  event: "`event` exists in `input_from`, `for_each` and `routing_key` of a task with `wait_for_event`, and in triggers",
  outputs: "a trigger speaks of `event` only: nothing has run yet",
  input: "a trigger speaks of `event` only: nothing has run yet",
};

/** Checks that every expression compiles and reads only what is there when it is evaluated. */
export function checkExpressions(reading: DialectReading, issues: IssueList): void {
  const { definition, paths } = reading;
  const tasks = new Map(definition.tasks.map((task) => [task.id, task]));
  for (const [index, task] of definition.tasks.entries()) {
    if (!hasExpressions(task)) continue;
    for (const use of usesOf(task, index, { reading, tasks })) checkUse(use, tasks, issues);
  }
  const all = new Set(definition.tasks.flatMap(replicaIds));
  for (const [field, text] of Object.entries(definition.outputs)) {
    const segments = [...paths.top("outputs"), field];
    checkUse({ what: `output "${field}"`, text, segments, variables: ALWAYS, readable: all }, tasks, issues);
  }
  for (const [index, { inputFrom }] of definition.triggers.entries()) {
    for (const [field, text] of Object.entries(inputFrom)) {
      const segments = [...paths.top("triggers"), index, "input_from", field];
      const what = `field "${field}" of trigger ${index + 1}`;
      checkUse({ what, text, segments, variables: ["event"], readable: EVENT_FIELDS }, tasks, issues);
    }
  }
}

/** The tasks whose output or state the task's own expressions read. */
export function tasksReadBy(task: Task): ReadonlySet<string> {
  const { when, forEach, routingKey, inputFrom } = task;
  const read = new Set<string>();
  for (const text of [when, forEach?.items, routingKey, ...Object.values(inputFrom)]) {
    const compiled = text === undefined ? undefined : compileExpression(text, [...ALWAYS, ...ELEMENT, "event"]);
    if (compiled?.ok !== true) continue;
    for (const [root, id] of compiled.expression.references) {
      if ((root === "outputs" || root === "tasks") && id !== undefined) read.add(id);
    }
  }
  return read;
}

function hasExpressions({ when, forEach, routingKey, inputFrom }: Task): boolean {
  if (when !== undefined || forEach !== undefined || routingKey !== undefined) return true;
  for (const _ in inputFrom) return true;
  return false;
}

type Surroundings = { readonly reading: DialectReading; readonly tasks: ReadonlyMap<string, Task> };

function usesOf(task: Task, index: number, { reading: { paths }, tasks }: Surroundings): Use[] {
  const readable = new Set(task.dependsOn.flatMap((id) => idsOf(tasks.get(id))));
  const common = { readable, addTo: `depends_on of "${task.id}"` };
  const waited = task.waitFor === undefined ? ALWAYS : [...ALWAYS, "event"];
  const inside = task.forEach === undefined ? waited : [...waited, ...ELEMENT];
  const uses: Use[] = [];
  const add = (part: "when" | "forEach" | "routingKey", text: string | undefined, rest: Pick<Use, "variables" | "gives">) => {
    const segments = paths.taskPart(index, part);
    if (text !== undefined) uses.push({ ...common, ...rest, what: `${LABELS[part]} of task "${task.id}"`, text, segments });
  };
  add("when", task.when, { variables: ALWAYS, gives: "boolean" });
  add("forEach", task.forEach?.items, { variables: waited, gives: "list" });
  add("routingKey", task.routingKey, { variables: inside });
  for (const [field, text] of Object.entries(task.inputFrom)) {
    const segments = [...paths.taskPart(index, "inputFrom"), field];
    uses.push({ ...common, what: `input "${field}" of task "${task.id}"`, text, segments, variables: inside });
  }
  return uses;
}

const LABELS = { when: "when", forEach: "for_each", routingKey: "routing_key" } as const;

const idsOf = (task: Task | undefined): string[] => (task === undefined ? [] : replicaIds(task));

function checkUse(use: Use, tasks: ReadonlyMap<string, Task>, issues: IssueList): void {
  const { what, segments } = use;
  const compiled = compileExpression(use.text, use.variables);
  if (!compiled.ok) {
    const at = compiled.position === undefined ? "" : ` (character ${compiled.position + 1})`;
    issues.add("error", () => ({
      code: "InvalidExpression",
      message: `${what} is no valid expression: ${compiled.message}${at}`,
      remedy: hintFor(compiled.message) ?? "correct the expression; the README describes the language",
      segments,
    }));
    return;
  }
  const { kind, references } = compiled.expression;
  if (use.gives !== undefined && kind !== "any" && kind !== use.gives) {
    const wanted = use.gives === "boolean" ? "true or false" : "a list";
    issues.add("error", () => ({
      code: "InvalidExpression",
      message: `${what} gives a ${kind}`,
      remedy: `write an expression that gives ${wanted}`,
      segments,
    }));
  }
  for (const path of references) checkReference(path, use, { tasks, issues });
}

function hintFor(message: string): string | undefined {
  const [, variable = ""] = /^unknown variable "(\w+)"/.exec(message) ?? [];
  return Object.hasOwn(HINTS, variable) ? HINTS[variable] : undefined;
}

type Finding = { readonly tasks: ReadonlyMap<string, Task>; readonly issues: IssueList };

function checkReference([root = "", id, field]: readonly string[], use: Use, { tasks, issues }: Finding): void {
  const speaksOfTask = root === "outputs" || root === "tasks";
  if (id === undefined || (!speaksOfTask && !(root === "event" && use.readable === EVENT_FIELDS))) return;
  const { what, segments, readable } = use;
  if (!readable.has(id)) {
    issues.add("error", () => ({
      code: "UnknownReference",
      message: `${what} reads ${root}.${id}, which is not there`,
      remedy: remedyFor(id, use, tasks),
      segments,
    }));
  } else if (root === "tasks" && field !== undefined && field !== "state") {
    issues.add("error", () => ({
      code: "UnknownReference",
      message: `${what} reads ${root}.${id}.${field}, but a task has a state only`,
      remedy: `write tasks.${id}.state, or read its output with outputs.${id}`,
      segments,
    }));
  }
}

function remedyFor(id: string, { readable, addTo }: Use, tasks: ReadonlyMap<string, Task>): string {
  const task = tasks.get(id);
  const copies = idsOf(task);
  if (copies.length > 1 && readable.has(copies[0] ?? "")) return `name its copies, such as outputs["${copies[0]}"]`;
  if (task !== undefined && addTo !== undefined) return `add "${id}" to ${addTo}`;
  const some = [...readable].slice(0, 5).join(", ");
  return suggestion(id, readable, some === "" ? `state the task under ${addTo ?? "tasks"} first` : `there is ${some}`);
}
