import { invalid } from "../refusal.ts";
import type { TypeName } from "../values/value.ts";
import { compareValues, typeOf } from "../values/value.ts";
import type { Condition, Operand, SingleTest } from "./condition-syntax.ts";
import { operandsOfTest } from "./condition-syntax.ts";
import { printPath, resolvePath } from "./path.ts";
import type { Scope } from "./scope.ts";

/** Refuses operands that make no sense, whatever the item is. */
type Check = (scope: Scope) => void;

const ORDERED: readonly TypeName[] = ["S", "N", "B"];
const SIZED: readonly TypeName[] = ["S", "B", "SS", "NS", "BS", "L", "M"];
const TYPE_NAMES: readonly string[] = [...SIZED, "N", "NULL", "BOOL"];

/** The checks of a whole condition. */
export function operandChecks(kind: string, condition: Condition): readonly Check[] {
  if (condition.kind === "and" || condition.kind === "or")
    return condition.parts.flatMap((part) => operandChecks(kind, part));
  if (condition.kind === "not") return operandChecks(kind, condition.inner);
  const operands = operandsOfTest(condition);
  const sizes = operands.flatMap((operand) =>
    operand.kind === "size" ? among(kind, { operator: "size", allowed: SIZED, operand: operand.of }) : [],
  );
  return [...sizes, ...distinct(kind, condition), ...typesOf(kind, condition)];
}

function typesOf(kind: string, condition: SingleTest): readonly Check[] {
  if (condition.kind === "in" || (condition.kind === "compare" && (condition.by === "=" || condition.by === "<>")))
    return [];
  if (condition.kind === "compare" || condition.kind === "between") {
    const operator = condition.kind === "compare" ? condition.by : "BETWEEN";
    const types = operandsOfTest(condition).flatMap((operand) => among(kind, { operator, allowed: ORDERED, operand }));
    return condition.kind === "between" ? [...types, ...boundsCheck(kind, condition)] : types;
  }
  const { name, subject, object } = condition;
  if (name === "begins_with")
    return [subject, object].flatMap((operand) => among(kind, { operator: name, allowed: ["S", "B"], operand }));
  if (name !== "attribute_type") return [];
  return [...among(kind, { operator: name, allowed: ["S"], operand: object }), ...typeNameCheck(kind, object)];
}

interface Among {
  readonly operator: string;
  readonly allowed: readonly TypeName[];
  readonly operand: Operand | undefined;
}

function among(kind: string, { operator, allowed, operand }: Among): readonly Check[] {
  if (operand?.kind !== "value") return [];
  const check: Check = (scope) => {
    const type = typeOf(scope.value(operand.name));
    if (!allowed.includes(type))
      throw invalid(
        `Invalid ${kind}: Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`,
      );
  };
  return [check];
}

/** An attribute is not compared with itself. */
function distinct(kind: string, condition: SingleTest): readonly Check[] {
  const [first, ...others] = operandsOfTest(condition);
  if (first?.kind !== "path" || !others.some((other) => other.kind === "path")) return [];
  const operator =
    condition.kind === "compare"
      ? condition.by
      : condition.kind === "test"
        ? condition.name
        : condition.kind.toUpperCase();
  const check: Check = (scope) => {
    const path = printPath(resolvePath(first.path, scope));
    for (const other of others)
      if (other.kind === "path" && printPath(resolvePath(other.path, scope)) === path)
        throw invalid(
          `Invalid ${kind}: The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${path}`,
        );
  };
  return [check];
}

function boundsCheck(kind: string, { low, high }: Extract<SingleTest, { kind: "between" }>): readonly Check[] {
  if (low.kind !== "value" || high.kind !== "value") return [];
  const check: Check = (scope) => {
    const order = compareValues(scope.value(low.name), scope.value(high.name));
    if (order === undefined)
      throw invalid(`Invalid ${kind}: The BETWEEN operator requires same data type for lower and upper bounds`);
    if (order > 0)
      throw invalid(
        `Invalid ${kind}: The BETWEEN operator requires upper bound to be greater than or equal to lower bound`,
      );
  };
  return [check];
}

function typeNameCheck(kind: string, object: Operand | undefined): readonly Check[] {
  if (object?.kind !== "value") return [];
  const check: Check = (scope) => {
    const type = scope.value(object.name);
    if (typeof type !== "string" || !TYPE_NAMES.includes(type))
      throw invalid(`Invalid ${kind}: Invalid attribute type name found; type: ${JSON.stringify(type)}`);
  };
  return [check];
}
