import type { DialectReading } from "./dialect.ts";
import type { IssuePath } from "./issue.ts";
import type { Task } from "./task-definition.ts";
import { suggestion } from "../../core/closest.ts";
import { replicaIds } from "./expand-replicas.ts";
import { compileExpression } from "../../expression/expression.ts";
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
  /** Variables whose fields are known, and which fields those are. */
  readonly roots: readonly string[];
  readonly isField: (name: string) => boolean;
  readonly fields: () => readonly string[];
  /** Where to add a task that may not be read yet. */
  readonly addTo?: string;
}

/** What expressions may read. `owners` says which task an id belongs to: copies have ids of their own. */
interface Surroundings {
  readonly reading: DialectReading;
  readonly tasks: ReadonlyMap<string, Task>;
  readonly owners: ReadonlyMap<string, string>;
}

const ALWAYS = ["input", "outputs", "tasks"] as const;
const IN_TASKS = [...ALWAYS, "session"] as const;
const ELEMENT = ["item", "index"] as const;
const TASKS = ["outputs", "tasks"];
/** What a trigger's `event` holds. */
const EVENT_FIELDS = ["source", "detail_type", "detail", "time", "id"];

/** Where variables exist that are not always there. */
const HINTS: Readonly<Record<string, string>> = {
  item: "`item` exists in `input_from` and `routing_key` of a task with `for_each`",
  index: "`index` exists in `input_from` and `routing_key` of a task with `for_each`",
  event: "`event` exists where a task waited: in its `input_from` and `routing_key`, or, with `for_each`, in the list",
  session: "`session` exists in tasks: outputs and triggers do not know it",
  outputs: "a trigger speaks of `event` only: nothing has run yet",
  input: "a trigger speaks of `event` only: nothing has run yet",
};

/** Checks that every expression compiles and reads only what is there when it is evaluated. */
export function checkExpressions(reading: DialectReading, issues: IssueList): void {
  const { definition } = reading;
  const own = definition.tasks.some(hasExpressions);
  if (own || Object.keys(definition.outputs).length > 0) {
    const tasks = new Map(definition.tasks.map((task) => [task.id, task]));
    const owners = new Map(definition.tasks.flatMap((task) => replicaIds(task).map((id) => [id, task.id] as const)));
    const around = { reading, tasks, owners };
    for (const [index, task] of definition.tasks.entries()) {
      if (hasExpressions(task)) for (const use of usesOf(task, index, around)) checkUse(use, around, issues);
    }
    checkOutputs(around, issues);
  }
  checkTriggers(reading, issues);
}

function checkOutputs(around: Surroundings, issues: IssueList): void {
  const { reading, owners } = around;
  for (const [field, text] of Object.entries(reading.definition.outputs)) {
    const use: Use = {
      what: `output "${field}"`,
      text,
      segments: [...reading.paths.top("outputs"), field],
      variables: ALWAYS,
      roots: TASKS,
      isField: (id) => owners.has(id),
      fields: () => [...owners.keys()],
    };
    checkUse(use, around, issues);
  }
}

function checkTriggers(reading: DialectReading, issues: IssueList): void {
  for (const [index, { inputFrom }] of reading.definition.triggers.entries()) {
    for (const [field, text] of Object.entries(inputFrom)) {
      const use: Use = {
        what: `field "${field}" of trigger ${index + 1}`,
        text,
        segments: [...reading.paths.top("triggers"), index, "input_from", field],
        variables: ["event"],
        roots: ["event"],
        isField: (name) => EVENT_FIELDS.includes(name),
        fields: () => EVENT_FIELDS,
      };
      checkUse(use, { reading, tasks: new Map(), owners: new Map() }, issues);
    }
  }
}

/** The tasks whose output or state the task's own expressions read. */
export function tasksReadBy(task: Task): ReadonlySet<string> {
  const { when, forEach, routingKey, inputFrom } = task;
  const read = new Set<string>();
  for (const text of [when, forEach?.items, routingKey, ...Object.values(inputFrom)]) {
    const compiled = text === undefined ? undefined : compileExpression(text, [...IN_TASKS, ...ELEMENT, "event"]);
    if (compiled?.ok !== true) continue;
    for (const [root, id] of compiled.expression.references) {
      if ((root === "outputs" || root === "tasks") && id !== undefined) read.add(id);
    }
  }
  return read;
}

function hasExpressions({ when, forEach, routingKey, scatter, inputFrom }: Task): boolean {
  if (when !== undefined || forEach !== undefined || routingKey !== undefined || scatter !== undefined) return true;
  for (const _ in inputFrom) return true;
  return false;
}

function usesOf(task: Task, index: number, { reading: { paths }, tasks, owners }: Surroundings): Use[] {
  const inputs = new Set(task.dependsOn);
  const common = {
    roots: TASKS,
    isField: (id: string): boolean => inputs.has(owners.get(id) ?? ""),
    fields: () => task.dependsOn.flatMap((id) => idsOf(tasks.get(id))),
    addTo: `depends_on of "${task.id}"`,
  };
  const waited = task.waitFor === undefined ? IN_TASKS : [...IN_TASKS, "event"];
  // An instance knows its element; the event was its group's, which reads it for the list.
  const inside = task.forEach === undefined ? waited : [...IN_TASKS, ...ELEMENT];
  const uses: Use[] = [];
  const add = (
    part: "when" | "forEach" | "routingKey" | "scatter",
    text: string | undefined,
    rest: Pick<Use, "variables" | "gives">,
  ) => {
    const segments = paths.taskPart(index, part);
    if (text !== undefined)
      uses.push({ ...common, ...rest, what: `${LABELS[part]} of task "${task.id}"`, text, segments });
  };
  add("when", task.when, { variables: ALWAYS, gives: "boolean" });
  add("forEach", task.forEach?.items, { variables: waited, gives: "list" });
  add("routingKey", task.routingKey, { variables: inside });
  add("scatter", task.scatter?.expression, { variables: ["responses"] });
  for (const [field, text] of Object.entries(task.inputFrom)) {
    const segments = [...paths.taskPart(index, "inputFrom"), field];
    uses.push({ ...common, what: `input "${field}" of task "${task.id}"`, text, segments, variables: inside });
  }
  return uses;
}

const LABELS = { when: "when", forEach: "for_each", routingKey: "routing_key", scatter: "aggregate" } as const;

const idsOf = (task: Task | undefined): string[] => (task === undefined ? [] : replicaIds(task));

function checkUse(use: Use, around: Surroundings, issues: IssueList): void {
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
  for (const path of references) checkReference(path, use, { around, issues });
}

function hintFor(message: string): string | undefined {
  const [, variable = ""] = /^unknown variable "(\w+)"/.exec(message) ?? [];
  return Object.hasOwn(HINTS, variable) ? HINTS[variable] : undefined;
}

type Finding = { readonly around: Surroundings; readonly issues: IssueList };

function checkReference([root = "", id, field]: readonly string[], use: Use, { around, issues }: Finding): void {
  if (id === undefined || !use.roots.includes(root)) return;
  const { what, segments } = use;
  if (!use.isField(id)) {
    issues.add("error", () => ({
      code: "UnknownReference",
      message: `${what} reads ${root}.${id}, which is not there`,
      remedy: remedyFor(id, use, around),
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

function remedyFor(id: string, { isField, fields, addTo }: Use, { tasks }: Surroundings): string {
  const task = tasks.get(id);
  const [copy = ""] = idsOf(task);
  if (copy !== id && isField(copy)) return `name its copies, such as outputs["${copy}"]`;
  if (task !== undefined && addTo !== undefined) return `add "${id}" to ${addTo}`;
  const some = fields().slice(0, 5).join(", ");
  return suggestion(id, fields(), some === "" ? `state the task under ${addTo ?? "tasks"} first` : `there is ${some}`);
}
