import { isJsonArray, parseJson, type Json } from "./json.ts";
import type { TextCursor } from "./text-cursor.ts";

/** Decides whether a candidate stays. */
export type Filter = (node: Json, root: Json) => boolean;
type Operand = (node: Json, root: Json) => Json | undefined;
type ReadPath = (cursor: TextCursor) => Operand;

const COMPARISONS: readonly (readonly [string, (left: Json | undefined, right: Json | undefined) => boolean])[] = [
  ["==", (left, right) => isSame(left, right)],
  ["!=", (left, right) => !isSame(left, right)],
  ["<=", (left, right) => isSame(left, right) || isLess(left, right)],
  [">=", (left, right) => isSame(left, right) || isLess(right, left)],
  ["<", (left, right) => isLess(left, right)],
  [">", (left, right) => isLess(right, left)],
  ["in ", (left, right) => isJsonArray(right) && right.some((one) => isSame(one, left))],
];

/** Reads `(expression)` after a `?`: comparisons, existence, `!`, `&&`, `||`, parentheses. @throws {SyntaxError} */
export function parseFilter(cursor: TextCursor, readPath: ReadPath): Filter {
  cursor.skipSpaces();
  cursor.expect("(");
  const filter = readOr(cursor, readPath);
  cursor.expect(")");
  return filter;
}

function readOr(cursor: TextCursor, readPath: ReadPath): Filter {
  let left = readAnd(cursor, readPath);
  while (cursor.take("||")) {
    const first = left;
    const second = readAnd(cursor, readPath);
    left = (node, root) => first(node, root) || second(node, root);
  }
  return left;
}

function readAnd(cursor: TextCursor, readPath: ReadPath): Filter {
  let left = readTerm(cursor, readPath);
  while (cursor.take("&&")) {
    const first = left;
    const second = readTerm(cursor, readPath);
    left = (node, root) => first(node, root) && second(node, root);
  }
  return left;
}

function readTerm(cursor: TextCursor, readPath: ReadPath): Filter {
  cursor.skipSpaces();
  const filter = readAtom(cursor, readPath);
  cursor.skipSpaces();
  return filter;
}

function readAtom(cursor: TextCursor, readPath: ReadPath): Filter {
  if (cursor.take("!")) {
    const inner = readTerm(cursor, readPath);
    return (node, root) => !inner(node, root);
  }
  if (cursor.take("(")) {
    const inner = readOr(cursor, readPath);
    cursor.expect(")");
    return inner;
  }
  const left = readOperand(cursor, readPath);
  cursor.skipSpaces();
  const comparison = COMPARISONS.find(([symbol]) => cursor.take(symbol));
  if (comparison === undefined) return (node, root) => left(node, root) !== undefined;
  cursor.skipSpaces();
  const right = readOperand(cursor, readPath);
  return (node, root) => comparison[1](left(node, root), right(node, root));
}

function readOperand(cursor: TextCursor, readPath: ReadPath): Operand {
  if (cursor.next === "@" || cursor.next === "$") return readPath(cursor);
  const value = readLiteral(cursor);
  return () => value;
}

function readLiteral(cursor: TextCursor): Json {
  if (cursor.next === "'" || cursor.next === '"') return cursor.quoted();
  if (cursor.take("[")) {
    const values: Json[] = [];
    cursor.skipSpaces();
    while (!cursor.take("]")) {
      values.push(readLiteral(cursor));
      cursor.match(/\s*,?\s*/y);
    }
    return values;
  }
  const literal = cursor.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
  if (literal === "") throw cursor.error("a path or a literal is expected");
  return parseJson(literal);
}

const isSame = (left: Json | undefined, right: Json | undefined): boolean =>
  left === right ||
  (typeof left === "object" && typeof right === "object" && JSON.stringify(left) === JSON.stringify(right));

const isLess = (left: Json | undefined, right: Json | undefined): boolean =>
  (typeof left === "number" && typeof right === "number" && left < right) ||
  (typeof left === "string" && typeof right === "string" && left < right);
