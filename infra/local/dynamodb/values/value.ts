import { compareNumbers, Decimal, numberBytes, numberText } from "./decimal.ts";
import type { NumberValue } from "./decimal.ts";

/** Bytes, kept as base64 text: two of equal bytes have equal text. */
export class Binary {
  readonly base64: string;

  constructor(bytes: Uint8Array) {
    this.base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  }

  get bytes(): Buffer {
    return Buffer.from(this.base64, "base64");
  }

  toJSON(): object {
    return { $b: this.base64 };
  }
}

export type SetKind = "SS" | "NS" | "BS";
export type Member = string | NumberValue | Binary;

/** A set of DynamoDB, never empty: its members by what tells them apart. */
export class ValueSet {
  readonly kind: SetKind;
  readonly members: ReadonlyMap<string, Member>;

  constructor(kind: SetKind, members: ReadonlyMap<string, Member>) {
    this.kind = kind;
    this.members = members;
  }

  toJSON(): object {
    return { $s: [this.kind, ...this.members.keys()] };
  }
}

/**
 * A value as the engine holds it, whichever door it came through. Values are never changed in place: rows, cache,
 * stream records and answers share them.
 */
export type Value = string | NumberValue | boolean | null | Binary | ValueSet | readonly Value[] | Item;

/** A map, or a whole item. */
export interface Item {
  readonly [name: string]: Value;
}

/** A map under construction. */
export type Draft = Record<string, Value>;

export type TypeName = "S" | "N" | "B" | "BOOL" | "NULL" | "L" | "M" | SetKind;

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

export const isMap = (value: Value | undefined): value is Item =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Decimal || value instanceof Binary || value instanceof ValueSet);

export const isNumber = (value: Value | undefined): value is NumberValue =>
  typeof value === "number" || value instanceof Decimal;

export function typeOf(value: Value): TypeName {
  if (typeof value === "string") return "S";
  if (isNumber(value)) return "N";
  if (typeof value === "boolean") return "BOOL";
  if (value === null) return "NULL";
  if (value instanceof Binary) return "B";
  if (value instanceof ValueSet) return value.kind;
  return isList(value) ? "L" : "M";
}

/** An attribute of its own; names such as `constructor` find nothing else. */
export const attributeOf = (map: Item, name: string): Value | undefined =>
  Object.hasOwn(map, name) ? map[name] : undefined;

/** Sets an attribute, also one that is called `__proto__`. */
export function setAttribute(draft: Draft, name: string, value: Value): void {
  if (name !== "__proto__") draft[name] = value;
  else Object.defineProperty(draft, name, { value, enumerable: true, configurable: true, writable: true });
}

/** What tells a member of a set apart from others. */
export const memberKey = (member: Member): string =>
  typeof member === "string" ? member : member instanceof Binary ? member.base64 : numberText(member);

/** Whether two values are the same to DynamoDB: of one type, in any order for sets and maps. */
export function isEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Decimal) return b instanceof Decimal && compareNumbers(a, b) === 0;
  if (a instanceof Binary) return b instanceof Binary && a.base64 === b.base64;
  if (a instanceof ValueSet) return b instanceof ValueSet && isEqualSet(a, b);
  if (isList(a)) return isList(b) && a.length === b.length && a.every((each, at) => isEqualAt(each, b[at]));
  return isMap(a) && isMap(b) && isEqualMap(a, b);
}

function isEqualSet(a: ValueSet, b: ValueSet): boolean {
  if (a.kind !== b.kind || a.members.size !== b.members.size) return false;
  for (const key of a.members.keys()) if (!b.members.has(key)) return false;
  return true;
}

function isEqualMap(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isEqualAt(a[name], b[name]))
  );
}

const isEqualAt = (a: Value | undefined, b: Value | undefined): boolean =>
  a !== undefined && b !== undefined && isEqual(a, b);

/** Order of two values of one type that has an order (`S`, `N`, `B`); `undefined` for others. */
export function compareValues(a: Value, b: Value): number | undefined {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (a instanceof Binary && b instanceof Binary) return Buffer.compare(a.bytes, b.bytes);
  return undefined;
}

/** Order of the UTF-8 bytes, as in DynamoDB and SQLite; JavaScript's own differs beyond U+D7FF. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [first, second] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (first !== second) return rank(first) - rank(second);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for what is beyond U+FFFF. */
const rank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/**
 * Bytes that DynamoDB counts for an item.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  let sum = 0;
  for (const name of Object.keys(item)) sum += Buffer.byteLength(name) + valueBytes(item[name] ?? null);
  return sum;
}

export function valueBytes(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (isNumber(value)) return numberBytes(value);
  if (typeof value === "boolean" || value === null) return 1;
  if (value instanceof Binary) return value.bytes.byteLength;
  if (value instanceof ValueSet) return sumOf([...value.members.values()]);
  if (isList(value)) return 3 + value.length + sumOf(value);
  return isMap(value) ? 3 + Object.keys(value).length + itemBytes(value) : 0;
}

const sumOf = (values: readonly Value[]): number => values.reduce((sum: number, each) => sum + valueBytes(each), 0);
