import { isJsonArray, isJsonObject, type Json } from "./json.ts";
import { parseFilter, type Filter } from "./json-path-filter.ts";
import { TextCursor } from "./text-cursor.ts";

type Selector =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "wildcard" }
  | { readonly kind: "slice"; readonly start?: number; readonly end?: number; readonly step: number }
  | { readonly kind: "filter"; readonly filter: Filter };

interface Segment {
  readonly isDescendant: boolean;
  readonly selectors: readonly Selector[];
}

/** A parsed JSONPath. A definite one names at most one value; any other yields an array. */
export interface JsonPath {
  readonly text: string;
  readonly source: "input" | "context";
  readonly segments: readonly Segment[];
  readonly isDefinite: boolean;
  /** Member names and indexes, when the path is a reference path. */
  readonly steps: readonly (string | number)[] | undefined;
}

const CACHE_SIZE = 10_000;
const cache = new Map<string, JsonPath>();

/** Parses a whole string as a JSONPath; equal texts share one result. @throws {SyntaxError} it is not one. */
export function parseJsonPath(text: string): JsonPath {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const cursor = new TextCursor(text);
  const path = readJsonPath(cursor);
  if (!cursor.isDone) throw cursor.error("unexpected text after the path");
  if (cache.size >= CACHE_SIZE) cache.clear();
  cache.set(text, path);
  return path;
}

/** Reads a JSONPath that starts at the cursor and ends where its grammar ends. @throws {SyntaxError} malformed. */
export function readJsonPath(cursor: TextCursor): JsonPath {
  const from = cursor.position;
  cursor.expect("$");
  const source = cursor.take("$") ? "context" : "input";
  const segments = readSegments(cursor);
  const steps = referenceSteps(segments);
  const text = cursor.text.slice(from, cursor.position);
  return { text, source, segments, isDefinite: steps !== undefined, steps };
}

function referenceSteps(segments: readonly Segment[]): (string | number)[] | undefined {
  const steps: (string | number)[] = [];
  for (const { isDescendant, selectors } of segments) {
    const only = selectors.length === 1 && !isDescendant ? selectors[0] : undefined;
    if (only?.kind === "name") steps.push(only.name);
    else if (only?.kind === "index") steps.push(only.index);
    else return undefined;
  }
  return steps;
}

const NAME = /[^\s.[\]()?,'"*@&|!<>=]+/y;

function readSegments(cursor: TextCursor): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    if (cursor.take("..")) segments.push({ isDescendant: true, selectors: readMember(cursor) });
    else if (cursor.take(".")) segments.push({ isDescendant: false, selectors: readDotMember(cursor) });
    else if (cursor.next === "[") segments.push({ isDescendant: false, selectors: readBrackets(cursor) });
    else return segments;
  }
}

const readMember = (cursor: TextCursor): Selector[] =>
  cursor.next === "[" ? readBrackets(cursor) : readDotMember(cursor);

function readDotMember(cursor: TextCursor): Selector[] {
  if (cursor.take("*")) return [{ kind: "wildcard" }];
  const name = cursor.match(NAME);
  if (name === "") throw cursor.error("a member name is expected");
  return [{ kind: "name", name }];
}

function readBrackets(cursor: TextCursor): Selector[] {
  cursor.expect("[");
  const selectors: Selector[] = [];
  do {
    cursor.skipSpaces();
    selectors.push(readSelector(cursor));
    cursor.skipSpaces();
  } while (cursor.take(","));
  cursor.expect("]");
  return selectors;
}

function readSelector(cursor: TextCursor): Selector {
  if (cursor.take("*")) return { kind: "wildcard" };
  if (cursor.take("?")) return { kind: "filter", filter: parseFilter(cursor, readOperandPath) };
  if (cursor.next === "'" || cursor.next === '"') return { kind: "name", name: cursor.quoted() };
  const start = cursor.match(/-?\d+/y);
  if (cursor.take(":")) return readSlice(cursor, start);
  if (start === "") throw cursor.error("a name, an index, '*' or a filter is expected");
  return { kind: "index", index: Number(start) };
}

function readSlice(cursor: TextCursor, start: string): Selector {
  const end = cursor.match(/-?\d+/y);
  const step = cursor.take(":") ? cursor.match(/\d+/y) : "";
  return {
    kind: "slice",
    step: step === "" ? 1 : Math.max(1, Number(step)),
    ...(start !== "" && { start: Number(start) }),
    ...(end !== "" && { end: Number(end) }),
  };
}

/** A path inside a filter: `@…` from the candidate, `$…` from the document. */
function readOperandPath(cursor: TextCursor): (node: Json, root: Json) => Json | undefined {
  const isRelative = cursor.take("@");
  if (!isRelative) cursor.expect("$");
  const segments = readSegments(cursor);
  const steps = referenceSteps(segments);
  return (node, root) => evaluate(segments, steps, isRelative ? node : root, root);
}

/** The value at the path; `undefined` when a definite path leads nowhere. */
export function queryJsonPath(path: JsonPath, root: Json): Json | undefined {
  return evaluate(path.segments, path.steps, root, root);
}

function evaluate(
  segments: readonly Segment[],
  steps: readonly (string | number)[] | undefined,
  ...[start, root]: [Json, Json]
): Json | undefined {
  if (steps !== undefined) return steps.reduce<Json | undefined>(child, start);
  let nodes: Json[] = [start];
  for (const { isDescendant, selectors } of segments) {
    const from = isDescendant ? nodes.flatMap((node) => descendants(node)) : nodes;
    nodes = from.flatMap((node) => selectors.flatMap((selector) => select(selector, node, root)));
  }
  return nodes;
}

function child(node: Json | undefined, step: string | number): Json | undefined {
  if (typeof step === "number") return isJsonArray(node) ? node.at(step) : undefined;
  return isJsonObject(node) && Object.hasOwn(node, step) ? node[step] : undefined;
}

const children = (node: Json): readonly Json[] =>
  isJsonArray(node) ? node : isJsonObject(node) ? Object.values(node) : [];

const descendants = (node: Json): Json[] => [node, ...children(node).flatMap((inner) => descendants(inner))];

function select(selector: Selector, node: Json, root: Json): Json[] {
  switch (selector.kind) {
    case "name":
      return present(child(node, selector.name));
    case "index":
      return present(child(node, selector.index));
    case "wildcard":
      return [...children(node)];
    case "slice":
      return isJsonArray(node)
        ? node.slice(selector.start ?? 0, selector.end).filter((_, index) => index % selector.step === 0)
        : [];
    case "filter":
      return children(node).filter((candidate) => selector.filter(candidate, root));
    default:
      return selector satisfies never;
  }
}

const present = (value: Json | undefined): Json[] => (value === undefined ? [] : [value]);
