import type { Item, Value } from "../values/value.ts";
import {
  Binary,
  compareValues,
  isEqual,
  isList,
  isMap,
  isNumber,
  memberKey,
  typeOf,
  ValueSet,
} from "../values/value.ts";
import { cached } from "./cached.ts";
import type { Comparator, Condition, Operand } from "./condition-syntax.ts";
import { mentionsOf, readCondition } from "./condition-syntax.ts";
import { operandChecks } from "./operand-checks.ts";
import { valueAt } from "./path.ts";
import type { WrittenPath } from "./path.ts";
import type { Mentions, Scope } from "./scope.ts";
import { Tokens } from "./tokens.ts";

type Read = (item: Item, scope: Scope) => Value | undefined;
type Test = (item: Item, scope: Scope) => boolean;

/** A condition, ready to be asked of many items. */
export interface CompiledCondition extends Mentions {
  readonly paths: readonly WrittenPath[];
  /** An item that is not there is one without attributes. */
  readonly holds: Test;
  /** @throws {DynamoRefusal} operands are the same, or of a type that an operator does not take. */
  readonly checkOperands: (scope: Scope) => void;
}

export const compileCondition = cached((text: string) => compile("ConditionExpression", text));
export const compileFilter = cached((text: string) => compile("FilterExpression", text));

function compile(kind: string, text: string): CompiledCondition {
  const tokens = new Tokens(kind, text);
  const condition = readCondition(tokens);
  tokens.end();
  const { names, values, operands } = mentionsOf(condition);
  const paths = operands.flatMap((operand) => (operand.kind === "path" ? [operand.path] : []));
  const checks = operandChecks(kind, condition);
  const checkOperands = (scope: Scope): void => {
    for (const check of checks) check(scope);
  };
  return { names, values, paths, holds: testOf(condition), checkOperands };
}

function testOf(condition: Condition): Test {
  switch (condition.kind) {
    case "and": {
      const parts = condition.parts.map(testOf);
      return (item, scope) => parts.every((part) => part(item, scope));
    }
    case "or": {
      const parts = condition.parts.map(testOf);
      return (item, scope) => parts.some((part) => part(item, scope));
    }
    case "not": {
      const inner = testOf(condition.inner);
      return (item, scope) => !inner(item, scope);
    }
    case "compare":
      return comparisonOf(condition.by, readerOf(condition.left), readerOf(condition.right));
    case "between": {
      const [value, low, high] = [condition.value, condition.low, condition.high].map(readerOf);
      return (item, scope) => isOrdered(low?.(item, scope), value?.(item, scope), high?.(item, scope));
    }
    case "in": {
      const [read, list] = [readerOf(condition.value), condition.list.map(readerOf)];
      return (item, scope) => {
        const value = read(item, scope);
        return list.some((each) => isSame(value, each(item, scope)));
      };
    }
    case "test":
      return functionOf(condition);
    default:
      return condition satisfies never;
  }
}

function readerOf(operand: Operand): Read {
  if (operand.kind === "value") return (_, scope) => scope.value(operand.name);
  if (operand.kind === "path") return (item, scope) => valueAt(item, operand.path, scope);
  const of = readerOf(operand.of);
  return (item, scope) => sizeOf(of(item, scope));
}

function sizeOf(value: Value | undefined): number | undefined {
  if (typeof value === "string") return value.length;
  if (value instanceof Binary) return value.bytes.byteLength;
  if (value instanceof ValueSet) return value.members.size;
  if (isList(value)) return value.length;
  return isMap(value) ? Object.keys(value).length : undefined;
}

const ORDERS: Readonly<Record<Exclude<Comparator, "=" | "<>">, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

function comparisonOf(by: Comparator, left: Read, right: Read): Test {
  if (by === "=") return (item, scope) => isSame(left(item, scope), right(item, scope));
  if (by === "<>") return (item, scope) => !isSame(left(item, scope), right(item, scope));
  const fits = ORDERS[by];
  return (item, scope) => {
    const order = orderOf(left(item, scope), right(item, scope));
    return order !== undefined && fits(order);
  };
}

const isSame = (a: Value | undefined, b: Value | undefined): boolean =>
  a !== undefined && b !== undefined && isEqual(a, b);

const orderOf = (a: Value | undefined, b: Value | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : compareValues(a, b);

function isOrdered(low: Value | undefined, value: Value | undefined, high: Value | undefined): boolean {
  const [below, above] = [orderOf(low, value), orderOf(value, high)];
  return below !== undefined && above !== undefined && below <= 0 && above <= 0;
}

function functionOf({ name, subject, object }: Extract<Condition, { kind: "test" }>): Test {
  const read = readerOf(subject);
  if (name === "attribute_exists") return (item, scope) => read(item, scope) !== undefined;
  if (name === "attribute_not_exists") return (item, scope) => read(item, scope) === undefined;
  const other: Read = object === undefined ? () => undefined : readerOf(object);
  const fits = { attribute_type: isOfType, begins_with: beginsWith, contains }[name];
  return (item, scope) => {
    const [value, wanted] = [read(item, scope), other(item, scope)];
    return value !== undefined && wanted !== undefined && fits(value, wanted);
  };
}

const isOfType = (value: Value, type: Value): boolean => typeOf(value) === type;

function beginsWith(value: Value, start: Value): boolean {
  if (typeof value === "string" && typeof start === "string") return value.startsWith(start);
  if (!(value instanceof Binary && start instanceof Binary)) return false;
  return value.bytes.subarray(0, start.bytes.byteLength).equals(start.bytes);
}

function contains(value: Value, part: Value): boolean {
  if (typeof value === "string") return typeof part === "string" && value.includes(part);
  if (value instanceof Binary) return part instanceof Binary && value.bytes.includes(part.bytes);
  if (isList(value)) return value.some((each) => isEqual(each, part));
  if (!(value instanceof ValueSet) || value.kind !== `${typeOf(part)}S`) return false;
  return (typeof part === "string" || isNumber(part) || part instanceof Binary) && value.members.has(memberKey(part));
}
