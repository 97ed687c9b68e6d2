import { LRUCache } from "lru-cache";
import { ExpressionError } from "./expression-error.ts";
import { EXPRESSION_LIMITS } from "./limits.ts";
import { compileSyntax } from "./expression-compiler.ts";
import type { Frame } from "./expression-parts.ts";
import { parseSyntax } from "./expression-syntax.ts";
import { SyntaxFlaw } from "./expression-tokens.ts";
import { EvaluationFault, type Kind, Meter } from "./expression-values.ts";

export { ExpressionError };

/**
 * The expression language of definitions: the Common Expression Language (https://cel.dev) over JSON. No statements,
 * no assignment, no recursion: every evaluation ends, within `EXPRESSION_LIMITS.expressionSteps`.
 *
 * Narrower than CEL: numbers are JSON's, so there is one kind of number and `7 / 2` is 3.5; no bytes, timestamps,
 * protocol buffers or regular expressions. Wider: `get(key, default)` on maps; `sum()`, `min()` and `max()` on lists.
 * `test/unit/expression/expression-conformance.test.ts` holds it against CEL's own tests.
 */
export interface Expression {
  readonly text: string;
  /** Static member paths that are read, such as `["outputs", "find", "count"]`. */
  readonly references: readonly (readonly string[])[];
  /** What it gives, as far as the text alone tells. */
  readonly kind: Kind;
  /**
   * The value, plain JSON. May share structure with the scope; do not change it.
   *
   * @throws {ExpressionError} a field is missing, a type does not fit, or the work passes its bound.
   */
  evaluate(scope: Readonly<Record<string, unknown>>): unknown;
}

/** A compiled expression, or what is wrong with its text; `position` counts characters from 0. */
export type Compiled =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string; readonly position?: number };

/**
 * Checks and compiles a text that may use `variables`. Unknown variables and functions are found here.
 *
 * @param isTraced whether errors of evaluation tell their position as well; that makes evaluation slower.
 */
export function compileExpression(text: string, variables: readonly string[], isTraced = false): Compiled {
  if (text.length > EXPRESSION_LIMITS.expressionCharacters) {
    return { ok: false, message: `longer than ${EXPRESSION_LIMITS.expressionCharacters} characters` };
  }
  try {
    const { run, kind, references } = compileSyntax(parseSyntax(text), variables, isTraced);
    const evaluate = (scope: Frame["scope"]): unknown => evaluateSafely(text, run, scope);
    return { ok: true, expression: { text, references, kind, evaluate } };
  } catch (flaw) {
    if (!(flaw instanceof SyntaxFlaw)) throw flaw;
    return { ok: false, message: flaw.message, position: flaw.position };
  }
}

function evaluateSafely(text: string, run: (frame: Frame) => unknown, scope: Frame["scope"]): unknown {
  try {
    return run({ scope, locals: [], meter: new Meter() });
  } catch (fault) {
    if (!(fault instanceof EvaluationFault)) throw fault;
    throw new ExpressionError(text, fault.message, { cause: fault, position: fault.position });
  }
}

const known = new LRUCache<string, Expression>({ max: EXPRESSION_LIMITS.cachedExpressions });

/**
 * The compiled form of a text, from a cache when it was seen lately.
 *
 * @throws {ExpressionError} the text is not an expression over `variables`.
 */
export function expressionOf(text: string, variables: readonly string[]): Expression {
  const key = `${variables.join(",")}\n${text}`;
  const found = known.get(key) ?? compileOrThrow(text, variables);
  known.set(key, found);
  return found;
}

function compileOrThrow(text: string, variables: readonly string[]): Expression {
  const compiled = compileExpression(text, variables);
  if (compiled.ok) return compiled.expression;
  throw new ExpressionError(text, compiled.message);
}

/** @throws {ExpressionError} it cannot be evaluated, or is not `true` or `false`. */
export function evaluateCondition(expression: Expression, scope: Readonly<Record<string, unknown>>): boolean {
  const value = expression.evaluate(scope);
  if (typeof value === "boolean") return value;
  throw new ExpressionError(expression.text, "a condition must give true or false");
}

/** @throws {ExpressionError} it cannot be evaluated, or is not a list. */
export function evaluateList(expression: Expression, scope: Readonly<Record<string, unknown>>): unknown[] {
  const value = expression.evaluate(scope);
  if (Array.isArray(value)) return value;
  throw new ExpressionError(expression.text, "expected a list");
}
