import { isJsonObject } from "./event-pattern-tests.ts";
import type { FieldKey, FieldTree, KeyTest, PatternField } from "./event-pattern-fields.ts";

/** Keys of which at least one holds in every event that the pattern matches. */
export type Anchor = readonly FieldKey[];

/**
 * What must hold in every event that a pattern matches: one anchor per field, one per `$or`. Fields that say nothing of
 * the kind (`exists: false` among their entries) have none. The pattern is one that `compilePattern` takes.
 */
export function anchorsOf(pattern: unknown, tree: FieldTree, path: readonly string[] = []): Anchor[] {
  if (!isJsonObject(pattern)) return [];
  return Object.entries(pattern).flatMap(([name, node]): Anchor[] => {
    if (name === "$or") return alternativesAnchor(node, tree, path);
    if (!Array.isArray(node)) return anchorsOf(node, tree, [...path, name]);
    const anchor = fieldAnchor(node, tree.fieldAt([...path, name]));
    return anchor === undefined ? [] : [anchor];
  });
}

/** Each alternative is held by its sharpest field; one that has none leaves the whole `$or` without. */
function alternativesAnchor(node: unknown, tree: FieldTree, path: readonly string[]): Anchor[] {
  if (!Array.isArray(node)) return [];
  const sharpest = node.map((each) => anchorsOf(each, tree, path).toSorted((a, b) => bluntness(a) - bluntness(b))[0]);
  return sharpest.includes(undefined) ? [] : [[...new Set(sharpest.flatMap((anchor) => anchor ?? []))]];
}

const BLUNTNESS = { exact: 1, lower: 1, prefix: 2, suffix: 2, range: 20, present: 200 } as const;

/** A guess at how many events of those that have the field hold one of the keys: small is rare. */
const bluntness = (anchor: Anchor): number => anchor.reduce((sum, { test }) => sum + BLUNTNESS[test.kind], 0);

const PRESENT: KeyTest = { kind: "present" };

function fieldAnchor(entries: readonly unknown[], field: PatternField): Anchor | undefined {
  if (entries.some((entry) => isJsonObject(entry) && entry["exists"] === false)) return undefined;
  const tests = entries.map(testOf);
  return tests.includes(PRESENT) ? [field.keyOf(PRESENT)] : [...new Set(tests.map((test) => field.keyOf(test)))];
}

/** What a value that passes the entry passes as well. */
function testOf(entry: unknown): KeyTest {
  if (!isJsonObject(entry)) return { kind: "exact", value: entry };
  const { prefix, suffix, wildcard, numeric, "equals-ignore-case": ignoringCase } = entry;
  if (isText(prefix)) return { kind: "prefix", text: prefix };
  if (isText(suffix)) return { kind: "suffix", text: suffix };
  if (isText(ignoringCase)) return { kind: "lower", text: ignoringCase.toLowerCase() };
  if (isText(wildcard)) return wildcardTest(wildcard);
  return Array.isArray(numeric) ? rangeOf(numeric) : PRESENT;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** What stands before the first star, or behind the last one. Escapes are left to the full matcher. */
function wildcardTest(pattern: string): KeyTest {
  if (pattern.includes("\\")) return PRESENT;
  if (!pattern.includes("*")) return { kind: "exact", value: pattern };
  const [head, tail] = [pattern.slice(0, pattern.indexOf("*")), pattern.slice(pattern.lastIndexOf("*") + 1)];
  if (head === "" && tail === "") return PRESENT;
  return head.length >= tail.length ? { kind: "prefix", text: head } : { kind: "suffix", text: tail };
}

function rangeOf(comparisons: readonly unknown[]): KeyTest {
  let [low, high] = [-Infinity, Infinity];
  for (let at = 0; at + 1 < comparisons.length; at += 2) {
    const [operator, bound] = [String(comparisons[at]), Number(comparisons[at + 1])];
    if (!operator.startsWith("<")) low = bound;
    if (!operator.startsWith(">")) high = bound;
  }
  return { kind: "range", low, high };
}
