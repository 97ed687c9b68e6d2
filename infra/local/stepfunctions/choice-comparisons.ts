import type { Json } from "./json.ts";

/** Compares the value of `Variable` (`undefined` when absent) with the operand of the rule. */
type Comparison = (value: Json | undefined, operand: Json) => boolean;
type Ordering = (left: number | string, right: number | string) => boolean;

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Milliseconds since 1970 of an RFC 3339 timestamp with a `T` and a zone; `undefined` for anything else. */
export function timestampMillis(value: Json | undefined): number | undefined {
  if (typeof value !== "string" || !TIMESTAMP.test(value)) return undefined;
  const millis = Date.parse(value);
  return Number.isNaN(millis) ? undefined : millis;
}

const stringValue = (value: Json | undefined): string | undefined => (typeof value === "string" ? value : undefined);
const numberValue = (value: Json | undefined): number | undefined => (typeof value === "number" ? value : undefined);

const ORDERINGS: readonly (readonly [string, Ordering])[] = [
  ["Equals", (left, right) => left === right],
  ["LessThan", (left, right) => left < right],
  ["GreaterThan", (left, right) => left > right],
  ["LessThanEquals", (left, right) => left <= right],
  ["GreaterThanEquals", (left, right) => left >= right],
];

const KINDS = [
  ["String", stringValue],
  ["Numeric", numberValue],
  ["Timestamp", timestampMillis],
] as const;

const ordered: (readonly [string, Comparison])[] = KINDS.flatMap(([kind, read]) =>
  ORDERINGS.map(([name, isOrdered]): readonly [string, Comparison] => [
    `${kind}${name}`,
    (value, operand) => {
      const [left, right] = [read(value), read(operand)];
      return left !== undefined && right !== undefined && isOrdered(left, right);
    },
  ]),
);

const typeTest =
  (isType: (value: Json | undefined) => boolean): Comparison =>
  (value, operand) =>
    isType(value) === operand;

/** `*` stands for any run of characters; a backslash makes a star or a backslash literal. */
function matches(value: string, pattern: string): boolean {
  const source = pattern.replaceAll(/\\([*\\])|[\s\S]/g, (char, literal: string | undefined) =>
    char === "*" ? String.raw`[\s\S]*` : (literal ?? char).replace(/[\\^$.*+?()[\]{}|/]/, String.raw`\$&`),
  );
  return new RegExp(`^${source}$`).test(value);
}

/** Comparisons whose variant `…Path` takes the operand from the input. */
export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ...ordered,
  ["BooleanEquals", (value, operand) => typeof value === "boolean" && value === operand],
]);

/** Comparisons that take a literal operand only. `IsPresent` alone accepts an absent variable. */
export const LITERAL_COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  [
    "StringMatches",
    (value, pattern) => typeof value === "string" && typeof pattern === "string" && matches(value, pattern),
  ],
  ["IsPresent", typeTest((value) => value !== undefined)],
  ["IsNull", typeTest((value) => value === null)],
  ["IsNumeric", typeTest((value) => typeof value === "number")],
  ["IsString", typeTest((value) => typeof value === "string")],
  ["IsBoolean", typeTest((value) => typeof value === "boolean")],
  ["IsTimestamp", typeTest((value) => timestampMillis(value) !== undefined)],
]);

/** Whether a literal operand has the type its comparison needs. */
export function isOperandValid(comparison: string, operand: Json): boolean {
  if (comparison.startsWith("String")) return typeof operand === "string";
  if (comparison.startsWith("Numeric")) return typeof operand === "number";
  if (comparison.startsWith("Timestamp")) return timestampMillis(operand) !== undefined;
  return typeof operand === "boolean";
}
