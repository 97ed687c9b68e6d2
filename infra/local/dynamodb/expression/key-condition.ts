import { invalid } from "../refusal.ts";
import type { Value } from "../values/value.ts";
import { cached } from "./cached.ts";
import type { Comparator, Condition, Operand } from "./condition-syntax.ts";
import { mentionsOf, readCondition } from "./condition-syntax.ts";
import { resolvePath } from "./path.ts";
import type { Mentions, Scope } from "./scope.ts";
import { Tokens } from "./tokens.ts";

/** What a query asks of one key attribute. */
export interface KeyTest {
  readonly attribute: string;
  readonly by: Exclude<Comparator, "<>"> | "BETWEEN" | "begins_with";
  readonly value: Value;
  /** The upper bound of `BETWEEN`. */
  readonly high: Value | undefined;
}

interface CompiledKeyCondition extends Mentions {
  readonly parts: readonly Condition[];
}

export const compileKeyCondition = cached((text: string): CompiledKeyCondition => {
  const tokens = new Tokens("KeyConditionExpression", text);
  const condition = readCondition(tokens);
  tokens.end();
  const { names, values } = mentionsOf(condition);
  return { names, values, parts: flatten(condition) };
});

const flatten = (condition: Condition): readonly Condition[] =>
  condition.kind === "and" ? condition.parts.flatMap(flatten) : [condition];

const TURNED: Readonly<Record<Comparator, Comparator>> = {
  "=": "=",
  "<>": "<>",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

/** The tests, one or two of them. @throws {DynamoRefusal} the condition is none that a query takes. */
export function keyTests({ parts }: CompiledKeyCondition, scope: Scope): readonly KeyTest[] {
  if (parts.length > 2) throw invalid("Conditions can be of length 1 or 2 only");
  return parts.map((part) => keyTest(part, scope));
}

function keyTest(condition: Condition, scope: Scope): KeyTest {
  if (condition.kind === "compare") {
    const isTurned = condition.left.kind === "value";
    const [left, right] = isTurned ? [condition.right, condition.left] : [condition.left, condition.right];
    const by = isTurned ? TURNED[condition.by] : condition.by;
    if (by !== "<>") return { attribute: nameOf(left, scope), by, value: given(right, scope), high: undefined };
  }
  if (condition.kind === "between") {
    const { value, low, high } = condition;
    return { attribute: nameOf(value, scope), by: "BETWEEN", value: given(low, scope), high: given(high, scope) };
  }
  if (condition.kind === "test" && condition.name === "begins_with" && condition.object !== undefined) {
    const value = given(condition.object, scope);
    return { attribute: nameOf(condition.subject, scope), by: "begins_with", value, high: undefined };
  }
  throw invalid("Invalid operator used in KeyConditionExpression");
}

function nameOf(operand: Operand, scope: Scope): string {
  if (operand.kind !== "path")
    throw invalid("Invalid KeyConditionExpression: a key attribute has to stand on one side of each condition");
  const [name, ...rest] = resolvePath(operand.path, scope);
  if (typeof name !== "string" || rest.length > 0)
    throw invalid("KeyConditionExpressions cannot have conditions on nested attributes");
  return name;
}

function given(operand: Operand, scope: Scope): Value {
  if (operand.kind !== "value")
    throw invalid("Invalid KeyConditionExpression: a key attribute is compared with a given value only");
  return scope.value(operand.name);
}
