import { fieldPath, fieldsOf, isJsonObject, isSameJson, keysOf } from "./json-values.ts";

/** Whose value counts where answers contradict each other: the first asked, the last, all as a list, nobody's. */
export type ConflictRule = "first" | "last" | "list" | "fail";

/**
 * Merges JSON values: objects field by field, lists end to end (an element that is there already is not added
 * again). Everything else must be the same or is a conflict, as are values of different kinds.
 *
 * @returns the value by `rule` and the paths of all conflicts; under `fail` the value is as under `first`.
 */
export function mergeValues(
  values: readonly unknown[],
  rule: ConflictRule,
): { value: unknown; conflicts: readonly string[] } {
  const conflicts: string[] = [];
  const value = merge(values, "", { rule, conflicts });
  return { value, conflicts };
}

interface Merging {
  readonly rule: ConflictRule;
  readonly conflicts: string[];
}

function merge(values: readonly unknown[], path: string, merging: Merging): unknown {
  const objects = values.filter(isJsonObject);
  if (objects.length === values.length) {
    const fields = keysOf(objects).map(
      (key) => [key, merge(fieldsOf(objects, key), fieldPath(path, key), merging)] as const,
    );
    return Object.fromEntries(fields);
  }
  if (values.every((value): value is unknown[] => Array.isArray(value))) return distinct(values.flat());
  const different = distinct(values);
  if (different.length === 1) return different[0];
  merging.conflicts.push(path === "" ? "(whole answer)" : path);
  if (merging.rule === "list") return different;
  return merging.rule === "last" ? values.at(-1) : values[0];
}

function distinct(values: readonly unknown[]): unknown[] {
  const kept: unknown[] = [];
  const scalars = new Set<unknown>();
  for (const value of values) {
    const isScalar = value === null || typeof value !== "object";
    if (isScalar ? scalars.has(value) : kept.some((other) => isSameJson(other, value))) continue;
    if (isScalar) scalars.add(value);
    kept.push(value);
  }
  return kept;
}
