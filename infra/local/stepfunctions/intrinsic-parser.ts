import { readJsonPath, type JsonPath } from "./json-path.ts";
import { TextCursor } from "./text-cursor.ts";

/** An argument of an intrinsic function, or the call itself. `raw` keeps `\{` and `\}` for `States.Format`. */
export type IntrinsicNode =
  | { readonly kind: "call"; readonly name: string; readonly args: readonly IntrinsicNode[] }
  | { readonly kind: "path"; readonly path: JsonPath }
  | { readonly kind: "string"; readonly raw: string }
  | { readonly kind: "literal"; readonly value: number | boolean | null };

const CACHE_SIZE = 10_000;
const LITERAL = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const cache = new Map<string, IntrinsicNode>();

/** Parses `States.Name(…)`; equal texts share one result. @throws {SyntaxError} it is not an intrinsic call. */
export function parseIntrinsic(text: string): IntrinsicNode {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const cursor = new TextCursor(text);
  const node = readCall(cursor);
  cursor.skipSpaces();
  if (!cursor.isDone) throw cursor.error("unexpected text after the function");
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(text, node);
  return node;
}

function readCall(cursor: TextCursor): IntrinsicNode {
  const name = cursor.match(/States\.\w+/y);
  if (name === "") throw cursor.error("an intrinsic function is expected");
  cursor.skipSpaces();
  cursor.expect("(");
  const args: IntrinsicNode[] = [];
  cursor.skipSpaces();
  if (cursor.take(")")) return { kind: "call", name, args };
  do {
    cursor.skipSpaces();
    args.push(readArgument(cursor));
    cursor.skipSpaces();
  } while (cursor.take(","));
  cursor.expect(")");
  return { kind: "call", name, args };
}

function readArgument(cursor: TextCursor): IntrinsicNode {
  if (cursor.next === "$") return { kind: "path", path: readJsonPath(cursor) };
  if (cursor.next === "'") {
    return { kind: "string", raw: cursor.quoted((char) => ("{}\\".includes(char) ? `\\${char}` : char)) };
  }
  const literal = cursor.match(LITERAL);
  if (literal !== "") return { kind: "literal", value: JSON.parse(literal) };
  return readCall(cursor);
}
