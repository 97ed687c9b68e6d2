import { isReserved } from "./reserved-words.ts";
import type { Tokens } from "./tokens.ts";
import type { Scope } from "./scope.ts";
import type { Draft, Item, Value } from "../values/value.ts";
import { attributeOf, isList, isMap, setAttribute } from "../values/value.ts";

/** A step into a value: an attribute by name, or an element by index. */
export type Step = string | number;
/** Where a value is; the first step is the name of an attribute. */
export type Path = readonly Step[];

/** A path as written: names may be placeholders, `#like` this. */
export interface WrittenPath {
  readonly steps: Path;
  readonly hasPlaceholders: boolean;
}

const NAME = /^[A-Za-z_]\w*$/;
const PLACEHOLDER = /^#\w+$/;

/** Reads `a.b[3].#c`. @throws {DynamoRefusal} what follows is no path, or names a reserved word. */
export function readPath(tokens: Tokens): WrittenPath {
  const steps: Step[] = [readName(tokens)];
  for (;;) {
    if (tokens.takes(".")) steps.push(readName(tokens));
    else if (tokens.takes("[")) {
      const index = tokens.peek();
      if (!/^\d{1,9}$/.test(index)) throw tokens.syntaxError();
      tokens.next();
      tokens.expect("]");
      steps.push(Number(index));
    } else break;
  }
  return { steps, hasPlaceholders: steps.some((step) => typeof step === "string" && step.startsWith("#")) };
}

function readName(tokens: Tokens): string {
  const name = tokens.peek();
  if (!NAME.test(name) && !PLACEHOLDER.test(name)) throw tokens.syntaxError();
  if (isReserved(name)) throw tokens.refusal(`Attribute name is a reserved keyword; reserved keyword: ${name}`);
  return tokens.next();
}

/** The path with its placeholders filled in. */
export function resolvePath({ steps, hasPlaceholders }: WrittenPath, scope: Scope): Path {
  if (!hasPlaceholders) return steps;
  return steps.map((step) => (typeof step === "string" && step.startsWith("#") ? scope.name(step) : step));
}

export function valueAt(item: Item, path: WrittenPath, scope: Scope): Value | undefined {
  let value: Value | undefined = item;
  for (const step of path.steps) {
    if (typeof step === "number") value = isList(value) ? value[step] : undefined;
    else value = isMap(value) ? attributeOf(value, step.startsWith("#") ? scope.name(step) : step) : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

/** For messages: `[a, b, [3]]`. */
export const printPath = (path: Path): string =>
  `[${path.map((step) => (typeof step === "number" ? `[${step}]` : step)).join(", ")}]`;

/**
 * Two paths of which one lies in the other, or that treat one value as a list and as a map.
 *
 * @returns what is wrong, for a message; nothing if no two paths meet.
 */
export function findClash(paths: readonly Path[]): string | undefined {
  if (paths.length < 2 || new Set(paths.map(([first]) => first)).size === paths.length) return undefined;
  for (const [at, one] of paths.entries())
    for (const other of paths.slice(at + 1)) {
      const clash = clashOf(one, other);
      if (clash !== undefined)
        return `Two document paths ${clash} with each other; must remove or rewrite one of these paths; path one: ${printPath(one)}, path two: ${printPath(other)}`;
    }
  return undefined;
}

function clashOf(one: Path, other: Path): "overlap" | "conflict" | undefined {
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) {
    const [a, b] = [one[at], other[at]];
    if (typeof a !== typeof b) return "conflict";
    if (a !== b) return undefined;
  }
  return "overlap";
}

/** What of an item lies at some paths, in the shape of the item; elements of lists close up. */
export function pick(item: Item, paths: readonly Path[]): Item {
  const picked: Draft = {};
  const byFirst = Map.groupBy(paths, ([first]) => String(first));
  for (const [name, group] of byFirst) {
    const value = attributeOf(item, name);
    const found =
      value === undefined
        ? undefined
        : pickValue(
            value,
            group.map((path) => path.slice(1)),
          );
    if (found !== undefined) setAttribute(picked, name, found);
  }
  return picked;
}

function pickValue(value: Value, paths: readonly Path[]): Value | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  const byFirst = Map.groupBy(paths, ([first]) => first);
  if (isList(value)) {
    const indices = [...byFirst.keys()].filter((step) => typeof step === "number").toSorted((a, b) => a - b);
    const found = indices.flatMap((index) => {
      const element = value[index];
      return element === undefined ? [] : pickedList(pickValue(element, tails(byFirst.get(index))));
    });
    return found.length === 0 ? undefined : found;
  }
  if (!isMap(value)) return undefined;
  const found = pick(
    value,
    paths.filter(([first]) => typeof first === "string"),
  );
  return Object.keys(found).length === 0 ? undefined : found;
}

const tails = (paths: readonly Path[] = []): readonly Path[] => paths.map((path) => path.slice(1));
const pickedList = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);
