import { ExpressionError } from "../../expression/expression-error.ts";
import { evaluateCondition, expressionOf } from "../../expression/expression.ts";

/**
 * Whether a request is meant; its argument holds the variables that a condition may name.
 *
 * @throws {ExpressionError} it cannot be evaluated, for instance because a field is missing.
 */
export type Condition = (scope: Readonly<Record<string, unknown>>) => boolean;

/** What conditions of routing rules may name. */
export const ROUTE_VARIABLES = ["payload", "priority", "skill", "task", "workflow"] as const;

/**
 * The condition that a text states in the expression language, over `ROUTE_VARIABLES`.
 *
 * @throws {ExpressionError} the text is no such expression.
 */
export function conditionOf(text: string): Condition {
  const expression = expressionOf(text, ROUTE_VARIABLES);
  return (scope) => evaluateCondition(expression, scope);
}

/** Whether the condition holds; one that cannot be evaluated does not, and `onFlaw` hears why. */
export function holds(
  condition: Condition,
  scope: Readonly<Record<string, unknown>>,
  onFlaw?: (flaw: ExpressionError) => void,
): boolean {
  try {
    return condition(scope);
  } catch (flaw) {
    if (!(flaw instanceof ExpressionError)) throw flaw;
    onFlaw?.(flaw);
    return false;
  }
}
