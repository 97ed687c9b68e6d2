import type { Json, JsonObject } from "../json.ts";
import { isJsonObject } from "../json.ts";
import type { ValueTest } from "./value-tests.ts";
import { compileValueTest, InvalidPatternError } from "./value-tests.ts";

/** Decides whether an event matches. */
export type EventMatcher = (event: Json) => boolean;

/** Matches part of an event; `root` is the event, for `exists: false`, which speaks of a whole path. */
type NodeMatcher = (value: Json, root: Json) => boolean;

/**
 * Compiles an EventBridge event pattern. All fields of a nested pattern match inside the same element of an array.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @throws {InvalidPatternError} EventBridge would refuse the pattern.
 */
export function compilePattern(pattern: Json): EventMatcher {
  if (!isJsonObject(pattern)) throw new InvalidPatternError("a pattern is a JSON object");
  if (Object.keys(pattern).length === 0) throw new InvalidPatternError("a pattern must not be empty");
  const matches = compileObject(pattern, []);
  return (event) => matches(event, event);
}

function compileObject(pattern: JsonObject, path: readonly string[]): NodeMatcher {
  const fields = Object.entries(pattern).map(([name, node]): NodeMatcher => {
    if (name === "$or") return compileAlternatives(node, path);
    return compileNamed(name, node, path);
  });
  const matchesObject: NodeMatcher = (value, root) => {
    if (!Array.isArray(value) || value.length === 0) return matchesAll(value, root);
    return value.some((element) => matchesObject(element, root));
  };
  const matchesAll: NodeMatcher = (value, root) => {
    for (const field of fields) if (!field(value, root)) return false;
    return true;
  };
  return matchesObject;
}

// An empty array holds no value, so it stands for a field that is not there.
const ABSENT: readonly Json[] = [];

function fieldOf(value: Json, name: string): Json {
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return ABSENT;
  return value[name] ?? null;
}

/** Like `fieldOf`, for a nested pattern: keys `name.rest` of the event count as `{name: {rest}}`. */
function branchOf(value: Json, name: string): Json {
  if (!isJsonObject(value) || Object.hasOwn(value, name)) return fieldOf(value, name);
  const prefix = `${name}.`;
  const dotted = Object.entries(value).filter(([key]) => key.startsWith(prefix));
  return dotted.length === 0
    ? ABSENT
    : Object.fromEntries(dotted.map(([key, each]) => [key.slice(prefix.length), each]));
}

/** A field by name. A dot in the name may also be a step into an object: both spellings address the same path. */
function compileNamed(name: string, node: Json, path: readonly string[]): NodeMatcher {
  const matches = compileField(node, [...path, name]);
  const dot = name.indexOf(".", 1);
  if (dot < 0 || dot === name.length - 1) {
    const read = isJsonObject(node) ? branchOf : fieldOf;
    return (value, root) => matches(read(value, name), root);
  }
  const nested = compileObject({ [name.slice(0, dot)]: { [name.slice(dot + 1)]: node } }, path);
  return (value, root) =>
    isJsonObject(value) && Object.hasOwn(value, name) ? matches(fieldOf(value, name), root) : nested(value, root);
}

const RESERVED = new Set([
  "exists",
  "prefix",
  "suffix",
  "numeric",
  "cidr",
  "anything-but",
  "wildcard",
  "equals-ignore-case",
]);

/** `$or` takes two or more objects whose keys are not match types. */
function isAlternatives(node: Json): node is readonly JsonObject[] {
  if (!Array.isArray(node) || node.length < 2) return false;
  return node.every(
    (each) => isJsonObject(each) && Object.keys(each).length > 0 && !Object.keys(each).some((key) => RESERVED.has(key)),
  );
}

function compileAlternatives(node: Json, path: readonly string[]): NodeMatcher {
  if (!isAlternatives(node)) throw new InvalidPatternError("$or takes an array of at least two patterns");
  const alternatives = node.map((each) => compileObject(each, path));
  return (value, root) => alternatives.some((matches) => matches(value, root));
}

function compileField(node: Json, path: readonly string[]): NodeMatcher {
  if (isJsonObject(node)) {
    if (Object.keys(node).length === 0)
      throw new InvalidPatternError(`empty objects are not allowed at ${path.join(".")}`);
    return compileObject(node, path);
  }
  if (!Array.isArray(node)) throw new InvalidPatternError(`"${path.join(".")}" must be an object or an array`);
  if (node.length === 0) throw new InvalidPatternError(`empty arrays are not allowed at ${path.join(".")}`);
  const tests = node.map((entry) => compileEntry(entry, path));
  return (value, root) => tests.some((test) => test(value, root));
}

function compileEntry(entry: Json, path: readonly string[]): NodeMatcher {
  if (isJsonObject(entry) && Object.hasOwn(entry, "exists")) {
    const { exists, ...rest } = entry;
    if (typeof exists !== "boolean" || Object.keys(rest).length > 0)
      throw new InvalidPatternError("exists takes a boolean");
    return exists ? (value) => someLeaf(value, () => true) : (_, root) => !isPresent(root, path);
  }
  const test = compileValueTest(entry);
  return (value) => someLeaf(value, test);
}

/** Whether a scalar, or any scalar of an array, passes. Objects are no values. */
function someLeaf(value: Json, test: ValueTest): boolean {
  if (Array.isArray(value)) return value.some((element) => someLeaf(element, test));
  return isJsonObject(value) ? false : test(value);
}

function isPresent(value: Json, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((element) => isPresent(element, path));
  const [name, ...rest] = path;
  if (name === undefined) return !isJsonObject(value);
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return false;
  return isPresent(value[name] ?? null, rest);
}
