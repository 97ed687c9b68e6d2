import { LIMITS } from "../core/limits.ts";
import { EXPRESSION_LIMITS } from "./limits.ts";
import type { Arithmetic, Relation } from "./expression-syntax.ts";

/** Why an evaluation gave no value. Names what the author wrote, never what the data held. */
export class EvaluationFault extends Error {
  /** A fault that no `||` or `&&` may swallow. */
  readonly isFinal: boolean;
  /** Where in the text it came up, when the expression was compiled to tell. */
  position: number | undefined;

  constructor(message: string, isFinal = false) {
    super(message);
    this.isFinal = isFinal;
  }
}

/** Steps that a caught fault costs: making one takes as long as about so many others. */
const FAULT_STEPS = 50;

/**
 * Takes a fault that the other side may make up for, and charges for it.
 *
 * @throws what is no such fault.
 */
export function tolerate(error: unknown, meter: Meter): EvaluationFault {
  if (!(error instanceof EvaluationFault) || error.isFinal) throw error;
  meter.charge(FAULT_STEPS);
  return error;
}

/** The types of JSON, in the words of messages; `any` where only evaluation can tell. */
export type Kind = "any" | "null" | "boolean" | "number" | "string" | "list" | "map";

/** A JSON object. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** Counts what an evaluation looks at and ends it at `EXPRESSION_LIMITS.expressionSteps`. */
export class Meter {
  #left: number = EXPRESSION_LIMITS.expressionSteps;

  /** A step is one element visited, one character copied, or 64 characters scanned. */
  charge(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new EvaluationFault(`it takes more than ${EXPRESSION_LIMITS.expressionSteps} steps`, true);
  }

  chargeScan(text: string): void {
    this.charge((text.length >> 6) + 1);
  }
}

/** Whether a JSON value is an object. */
export const isMap = (value: unknown): value is JsonMap =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a JSON value is an array; the check that keeps it read-only. */
export const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** @throws {EvaluationFault} the value is not JSON. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "number":
      return "number";
    case "string":
      return "string";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "list" : "map";
    default:
      throw new EvaluationFault(`a ${typeof value} is not JSON`, true);
  }
}

/** @throws {EvaluationFault} not `true` or `false`. */
export function truthOf(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new EvaluationFault(`expected true or false, got a ${kindOf(value)}`);
}

/** The keys of a map, each a step. */
export function keysOf(map: JsonMap, meter: Meter): string[] {
  const keys = Object.keys(map);
  meter.charge(keys.length);
  return keys;
}

/** A field that is there. @throws {EvaluationFault} */
export function fieldOf(value: unknown, field: string): unknown {
  if (!isMap(value)) throw new EvaluationFault(`a ${kindOf(value)} has no field "${field}"`);
  if (!Object.hasOwn(value, field)) throw new EvaluationFault(`there is no field "${field}"; ask has(…) first`);
  return value[field];
}

/** An element by place from 0, or a field by name. @throws {EvaluationFault} */
export function elementOf(value: unknown, index: unknown): unknown {
  if (isList(value)) {
    if (typeof index !== "number" || !Number.isInteger(index)) throw new EvaluationFault("a list takes whole numbers");
    if (index < 0 || index >= value.length) throw new EvaluationFault("the list has no element at that place");
    return value[index];
  }
  if (!isMap(value)) throw new EvaluationFault(`a ${kindOf(value)} has no elements`);
  if (typeof index !== "string") throw new EvaluationFault("a map takes strings as keys");
  if (!Object.hasOwn(value, index)) throw new EvaluationFault("the map has no such key; ask `key in map` first");
  return value[index];
}

/** Deep equality. Values of different types are unequal. */
export function isEqual(a: unknown, b: unknown, meter: Meter): boolean {
  return equalAt(a, b, { meter, depth: 0 });
}

function equalAt(a: unknown, b: unknown, { meter, depth }: { meter: Meter; depth: number }): boolean {
  meter.charge(1);
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (depth >= LIMITS.definitionDepth) throw new EvaluationFault("the values compared nest too deeply");
  const inner = { meter, depth: depth + 1 };
  if (isList(a) || isList(b)) {
    if (!isList(a) || !isList(b) || a.length !== b.length) return false;
    return a.every((each, index) => equalAt(each, b[index], inner));
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equalAt(Reflect.get(a, key), Reflect.get(b, key), inner));
}

/** `value in list` looks for an equal element, `key in map` for a key. */
export function isIn(value: unknown, container: unknown, meter: Meter): boolean {
  if (isList(container)) return container.some((each) => isEqual(value, each, meter));
  if (isMap(container)) return typeof value === "string" && Object.hasOwn(container, value);
  throw new EvaluationFault(`"in" needs a list or a map, got a ${kindOf(container)}`);
}

type Ordering = Exclude<Relation, "==" | "!=" | "in">;

const ORDERINGS: Readonly<Record<Ordering, (order: number) => boolean>> = {
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Compares two numbers, strings (by code point) or booleans (false first). @throws {EvaluationFault} */
export function compare([a, b]: readonly [unknown, unknown], op: Ordering, meter: Meter): boolean {
  return ORDERINGS[op](orderOf(a, b, meter));
}

/** Negative, 0 or positive. @throws {EvaluationFault} the two cannot be ordered. */
export function orderOf(a: unknown, b: unknown, meter: Meter): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a !== "string" || typeof b !== "string") {
    throw new EvaluationFault(`a ${kindOf(a)} and a ${kindOf(b)} have no order`);
  }
  meter.chargeScan(a);
  return a === b ? 0 : compareText(a, b);
}

/** UTF-16 puts characters beyond U+FFFF before U+E000; code points do not. */
function compareText(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  if (at > 0 && isLowSurrogate(a.charCodeAt(at)) && isLowSurrogate(b.charCodeAt(at))) at--;
  return (a.codePointAt(at) ?? -1) - (b.codePointAt(at) ?? -1);
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Adds numbers, joins strings and lists. @throws {EvaluationFault} */
export function add(a: unknown, b: unknown, meter: Meter): unknown {
  if (typeof a === "number" && typeof b === "number") return finite(a + b);
  if (typeof a === "string" && typeof b === "string") {
    meter.charge(a.length + b.length);
    return a + b;
  }
  if (isList(a) && isList(b)) {
    meter.charge(a.length + b.length);
    return [...a, ...b];
  }
  throw new EvaluationFault(`cannot add a ${kindOf(a)} and a ${kindOf(b)}; string(…) turns numbers into text`);
}

const COMPUTE: Readonly<Record<Exclude<Arithmetic, "+">, (a: number, b: number) => number>> = {
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** @throws {EvaluationFault} an operand is no number, division by zero, or the result is out of range. */
export function compute(a: unknown, b: unknown, op: Exclude<Arithmetic, "+">): number {
  if (typeof a !== "number" || typeof b !== "number") {
    throw new EvaluationFault(`"${op}" needs numbers, got a ${kindOf(a)} and a ${kindOf(b)}`);
  }
  if (b === 0 && (op === "/" || op === "%")) throw new EvaluationFault("division by zero");
  return finite(COMPUTE[op](a, b));
}

/** @throws {EvaluationFault} JSON has no such number. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new EvaluationFault("a number is out of range");
}
