import { AslError } from "./asl-error.ts";
import { COMPARISONS, isOperandValid, LITERAL_COMPARISONS } from "./choice-comparisons.ts";
import { isJsonArray, isJsonObject, type Json, type JsonObject } from "./json.ts";
import { parseJsonPath } from "./json-path.ts";
import { resolvePath, type TemplateScope } from "./payload-template.ts";

/** Decides a rule for an input. @throws {AslError} `States.Runtime`: a path of the rule leads nowhere. */
export type Condition = (scope: TemplateScope) => boolean;
export interface ChoiceRule {
  readonly Next: string;
  readonly condition: Condition;
}

/** A rule is malformed; `at` is the place inside the rule. */
export class ChoiceRuleError extends Error {
  readonly at: string;

  constructor(at: string, problem: string) {
    super(problem);
    this.name = "ChoiceRuleError";
    this.at = at;
  }
}

const KNOWN = new Set(["Next", "Comment", "Variable"]);

/** Parses one entry of `Choices`. @throws {ChoiceRuleError} */
export function parseChoiceRule(rule: Json): ChoiceRule {
  if (!isJsonObject(rule)) throw new ChoiceRuleError("", "a choice rule must be an object");
  if (typeof rule["Next"] !== "string") throw new ChoiceRuleError("/Next", "the field 'Next' is required");
  return { Next: rule["Next"], condition: parseCondition(rule, "") };
}

function parseNested(rule: Json | undefined, at: string): Condition {
  if (!isJsonObject(rule)) throw new ChoiceRuleError(at, "a condition must be an object");
  if (Object.hasOwn(rule, "Next"))
    throw new ChoiceRuleError(`${at}/Next`, "'Next' is only allowed at the top of a rule");
  return parseCondition(rule, at);
}

function parseCondition(rule: JsonObject, at: string): Condition {
  const operators = Object.keys(rule).filter((key) => !KNOWN.has(key));
  const [operator] = operators;
  if (operator === undefined || operators.length > 1) {
    throw new ChoiceRuleError(at, `a rule needs exactly one comparison, found ${operators.join(", ") || "none"}`);
  }
  const inner = `${at}/${operator}`;
  if (operator === "Not") {
    const negated = parseNested(rule["Not"], inner);
    return (scope) => !negated(scope);
  }
  if (operator === "And" || operator === "Or") {
    const parts = parseList(rule[operator], inner);
    return operator === "And"
      ? (scope) => parts.every((part) => part(scope))
      : (scope) => parts.some((part) => part(scope));
  }
  return parseComparison(rule, operator, at);
}

function parseList(rules: Json | undefined, at: string): Condition[] {
  if (!isJsonArray(rules) || rules.length === 0) throw new ChoiceRuleError(at, "a non-empty array is required");
  return rules.map((rule, index) => parseNested(rule, `${at}[${index}]`));
}

function parseComparison(rule: JsonObject, operator: string, at: string): Condition {
  const variable = readPath(rule["Variable"], `${at}/Variable`);
  const operand = rule[operator] ?? null;
  const literal = LITERAL_COMPARISONS.get(operator) ?? COMPARISONS.get(operator);
  if (literal !== undefined) {
    if (!isOperandValid(operator, operand)) {
      throw new ChoiceRuleError(`${at}/${operator}`, `the operand of ${operator} has the wrong type`);
    }
    const value = operator === "IsPresent" ? variable.find : variable.require;
    return (scope) => literal(value(scope), operand);
  }
  const dynamic = operator.endsWith("Path") ? COMPARISONS.get(operator.slice(0, -4)) : undefined;
  if (dynamic === undefined) throw new ChoiceRuleError(`${at}/${operator}`, `unknown comparison '${operator}'`);
  const other = readPath(operand, `${at}/${operator}`);
  return (scope) => dynamic(variable.require(scope), other.require(scope));
}

interface Variable {
  readonly find: (scope: TemplateScope) => Json | undefined;
  readonly require: (scope: TemplateScope) => Json;
}

function readPath(text: Json | undefined, at: string): Variable {
  if (typeof text !== "string") throw new ChoiceRuleError(at, "a JSONPath is required");
  try {
    const path = parseJsonPath(text);
    const find = (scope: TemplateScope): Json | undefined => resolvePath(path, scope);
    return { find, require: (scope) => present(find(scope), text) };
  } catch (error) {
    if (error instanceof SyntaxError) throw new ChoiceRuleError(at, error.message);
    throw error;
  }
}

function present(value: Json | undefined, path: string): Json {
  if (value !== undefined) return value;
  const problem = `Invalid path '${path}': The choice state's condition path references an invalid value.`;
  throw new AslError("States.Runtime", problem);
}
