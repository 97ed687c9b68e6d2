import { compileExpression } from "../../expression/expression.ts";
import type { Plan, PlanTask } from "./plan.ts";

/** A field of an execution's input that a workflow's expressions read. */
export interface InputField {
  readonly name: string;
  /** The run fails without it: it is read somewhere without `has(input.…)` being asked in the same expression. */
  readonly isRequired: boolean;
}

const VARIABLES = ["input", "outputs", "tasks", "session", "item", "index", "event", "responses"] as const;

/**
 * The fields of the input that a plan reads by name, in the order of their names. Agents get the whole input beside, so
 * an input may always have more.
 */
export function inputFieldsOf(plan: Pick<Plan, "tasks" | "outputs">): readonly InputField[] {
  const required = new Map<string, boolean>();
  for (const text of [...plan.tasks.flatMap(expressionsOf), ...Object.values(plan.outputs ?? {})]) {
    const compiled = compileExpression(text, VARIABLES);
    if (!compiled.ok) continue;
    for (const [root, name] of compiled.expression.references) {
      if (root !== "input" || name === undefined) continue;
      required.set(name, required.get(name) === true || !asksFor(text, name));
    }
  }
  return [...required].map(([name, isRequired]) => ({ name, isRequired })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function expressionsOf(task: PlanTask): readonly string[] {
  const { when, forEach, inputFrom = {} } = task;
  const own = task.kind === "agent" ? [task.routingKey, task.scatter?.expression] : [];
  return [when, forEach?.items, ...Object.values(inputFrom), ...own].filter((text) => text !== undefined);
}

/** Whether an expression asks first whether a field is there. */
const asksFor = (text: string, name: string): boolean =>
  [...text.matchAll(/\bhas\(\s*input\.(\w+)\s*\)/g)].some(([, asked]) => asked === name);
