import * as z from "zod";
import { compileExpression, ExpressionError } from "./expression.ts";
import { present } from "../core/present.ts";

/** Where in a text something is wrong. */
const Position = z
  .object({
    /** Characters before it. */
    offset: z.int().nonnegative(),
    line: z.int().positive(),
    column: z.int().positive(),
  })
  .meta({ id: "ExpressionPosition" });

/** What came of trying an expression on example data. */
export const ExpressionTrial = z
  .object({
    is_valid: z.boolean(),
    /** What it gives for the example. */
    value: z.json().optional(),
    /** What it gives whatever the data, as far as the text alone tells. */
    kind: z.string().optional(),
    /** Paths that it reads. */
    references: z.array(z.array(z.string())).optional(),
    error: z.object({ message: z.string(), position: Position.optional() }).optional(),
  })
  .meta({ id: "ExpressionTrial" });
export type ExpressionTrial = z.infer<typeof ExpressionTrial>;

/** What every expression of a definition may speak of. */
const ALWAYS = ["input", "outputs", "tasks"];

/** Evaluates a text for example data, whose names are the variables. Never throws on bad input. */
export function tryExpression(text: string, example: Readonly<Record<string, unknown>>): ExpressionTrial {
  const variables = [...new Set([...ALWAYS, ...Object.keys(example)])];
  const compiled = compileExpression(text, variables, true);
  if (!compiled.ok) return failed(text, compiled.message, compiled.position);
  const { expression } = compiled;
  const found = { kind: expression.kind, references: expression.references.map((path) => [...path]) };
  try {
    const value = z.json().parse(expression.evaluate(example));
    return { is_valid: true, value, ...found };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ...failed(text, error.reason, error.position), ...found };
  }
}

function failed(text: string, message: string, offset: number | undefined): ExpressionTrial {
  if (offset === undefined) return { is_valid: false, error: { message } };
  const before = text.slice(0, offset).split("\n");
  const position = { offset, line: before.length, column: present(before.at(-1)).length + 1 };
  return { is_valid: false, error: { message, position } };
}
