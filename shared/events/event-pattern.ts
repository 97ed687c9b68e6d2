import { LRUCache } from "lru-cache";
import { EVENT_LIMITS } from "./limits.ts";
import {
  compileValueTest,
  InvalidPatternError,
  isJsonObject,
  type JsonObject,
  type ValueTest,
} from "./event-pattern-tests.ts";

/** Decides whether an event matches. */
export type EventMatcher = (event: unknown) => boolean;

/** Matches part of an event; `root` is the event, for `exists: false`, which speaks of a whole path. */
type NodeMatcher = (value: unknown, root: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. All fields of a nested pattern match inside the same element of an array.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @throws {InvalidPatternError} EventBridge would refuse the pattern.
 */
export function compilePattern(pattern: unknown): EventMatcher {
  if (!isJsonObject(pattern)) throw new InvalidPatternError("a pattern is a JSON object");
  if (Object.keys(pattern).length === 0) throw new InvalidPatternError("a pattern must not be empty");
  const matches = compileObject(pattern, { path: [], budget: { fields: EVENT_LIMITS.patternFields } });
  return (event) => matches(event, event);
}

/** A compiled pattern, or why EventBridge would refuse it. */
export type ParsedPattern =
  { readonly ok: true; readonly matches: EventMatcher } | { readonly ok: false; readonly message: string };

/** As `compilePattern`, for patterns that people wrote: what is wrong comes back as words. */
export function parsePattern(pattern: unknown): ParsedPattern {
  try {
    return { ok: true, matches: compilePattern(pattern) };
  } catch (flaw) {
    if (!(flaw instanceof InvalidPatternError)) throw flaw;
    return { ok: false, message: flaw.message };
  }
}

const known = new LRUCache<string, EventMatcher>({ max: EVENT_LIMITS.cachedPatterns });

/** As `compilePattern`, remembered: the same pattern is mostly asked again. @throws {InvalidPatternError} */
export function patternOf(pattern: unknown): EventMatcher {
  const key = JSON.stringify(pattern);
  const matches = known.get(key) ?? compilePattern(pattern);
  known.set(key, matches);
  return matches;
}

/** Where a part of a pattern stands, and how many more fields may be compiled. */
interface Place {
  readonly path: readonly string[];
  readonly budget: { fields: number };
}

const below = ({ path, budget }: Place, name: string): Place => ({ path: [...path, name], budget });

function compileObject(pattern: JsonObject, place: Place): NodeMatcher {
  const fields = Object.entries(pattern).map(([name, node]): NodeMatcher => {
    if (name === "$or") return compileAlternatives(node, place);
    return compileNamed(name, node, place);
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
const ABSENT: readonly unknown[] = [];

function fieldOf(value: unknown, name: string): unknown {
  if (!isJsonObject(value)) return ABSENT;
  const field = value[name];
  // Text, numbers and lists are never inherited by what JSON holds, and asking is dear.
  if (typeof field === "string" || typeof field === "number" || Array.isArray(field)) return field;
  return Object.hasOwn(value, name) ? (field ?? null) : ABSENT;
}

/** Like `fieldOf`, for a nested pattern: keys `name.rest` of the event count as `{name: {rest}}`. */
function branchOf(value: unknown, name: string): unknown {
  const field = fieldOf(value, name);
  if (field !== ABSENT || !isJsonObject(value)) return field;
  const prefix = `${name}.`;
  const dotted = Object.entries(value).filter(([key]) => key.startsWith(prefix));
  return dotted.length === 0
    ? ABSENT
    : Object.fromEntries(dotted.map(([key, each]) => [key.slice(prefix.length), each]));
}

/** A field by name. A dot in the name may also be a step into an object: both spellings address the same path. */
function compileNamed(name: string, node: unknown, place: Place): NodeMatcher {
  // A dotted name is compiled once per spelling, so names nested in each other multiply.
  if (--place.budget.fields < 0) throw new InvalidPatternError(`a pattern of more than ${EVENT_LIMITS.patternFields} fields`);
  const matches = compileField(node, below(place, name));
  const dot = name.indexOf(".", 1);
  if (dot < 0 || dot === name.length - 1) {
    const read = isJsonObject(node) ? branchOf : fieldOf;
    return (value, root) => matches(read(value, name), root);
  }
  const nested = compileObject({ [name.slice(0, dot)]: { [name.slice(dot + 1)]: node } }, place);
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
function isAlternatives(node: unknown): node is readonly JsonObject[] {
  if (!Array.isArray(node) || node.length < 2) return false;
  return node.every(
    (each) => isJsonObject(each) && Object.keys(each).length > 0 && !Object.keys(each).some((key) => RESERVED.has(key)),
  );
}

function compileAlternatives(node: unknown, place: Place): NodeMatcher {
  if (!isAlternatives(node)) throw new InvalidPatternError("$or takes an array of at least two patterns");
  const alternatives = node.map((each) => compileObject(each, place));
  return (value, root) => alternatives.some((matches) => matches(value, root));
}

function compileField(node: unknown, place: Place): NodeMatcher {
  if (isJsonObject(node)) {
    if (Object.keys(node).length === 0)
      throw new InvalidPatternError(`empty objects are not allowed at ${place.path.join(".")}`);
    return compileObject(node, place);
  }
  if (!Array.isArray(node)) throw new InvalidPatternError(`"${place.path.join(".")}" must be an object or an array`);
  if (node.length === 0) throw new InvalidPatternError(`empty arrays are not allowed at ${place.path.join(".")}`);
  const tests = node.map((entry) => compileEntry(entry, place));
  const [only, ...others] = tests;
  if (only !== undefined && others.length === 0) return only;
  return (value, root) => {
    for (const test of tests) if (test(value, root)) return true;
    return false;
  };
}

function compileEntry(entry: unknown, place: Place): NodeMatcher {
  if (isJsonObject(entry) && Object.hasOwn(entry, "exists")) {
    const { exists, ...rest } = entry;
    if (typeof exists !== "boolean" || Object.keys(rest).length > 0)
      throw new InvalidPatternError("exists takes a boolean");
    return exists ? (value) => someLeaf(value, () => true) : (_, root) => !isPresent(root, place.path);
  }
  const test = compileValueTest(entry);
  return (value) => someLeaf(value, test);
}

/** Whether a scalar, or any scalar of an array, passes. Objects are no values. */
function someLeaf(value: unknown, test: ValueTest): boolean {
  if (typeof value !== "object" || value === null) return test(value);
  return Array.isArray(value) && value.some((element) => someLeaf(element, test));
}

function isPresent(value: unknown, path: readonly string[]): boolean {
  if (Array.isArray(value)) return value.some((element) => isPresent(element, path));
  const [name, ...rest] = path;
  if (name === undefined) return !isJsonObject(value);
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return false;
  return isPresent(value[name] ?? null, rest);
}
