import { fieldPath, fieldsOf, isJsonObject, isSameJson, keysOf } from "./json-values.ts";

/** The mean, and the paths of what could not be averaged and was left out. */
export interface Average {
  /** Absent: there was nothing to average. */
  readonly value: unknown;
  readonly conflicts: readonly string[];
}

/**
 * Averages JSON values of the same shape.
 *
 * - Numbers: their mean.
 * - Objects: field by field; a field counts for the objects that have it.
 * - Lists of the same length: place by place.
 * - Anything that is the same in all values: itself. Anything else is left out and named in `conflicts`.
 */
export function averageOf(values: readonly unknown[]): Average {
  const conflicts: string[] = [];
  const value = meanOf(values, "", conflicts);
  return { value, conflicts };
}

function meanOf(values: readonly unknown[], path: string, conflicts: string[]): unknown {
  const numbers = values.filter((value) => typeof value === "number");
  if (numbers.length === values.length) return stableMean(numbers);
  const objects = values.filter(isJsonObject);
  if (objects.length === values.length) return meanOfFields(objects, path, conflicts);
  const lists = values.filter((value): value is unknown[] => Array.isArray(value));
  if (lists.length === values.length && lists.every(({ length }) => length === lists[0]?.length)) {
    return meanOfPlaces(lists, path, conflicts);
  }
  if (values.every((value) => isSameJson(value, values[0]))) return values[0];
  conflicts.push(path === "" ? "(whole answer)" : path);
  return undefined;
}

function meanOfFields(objects: readonly Readonly<Record<string, unknown>>[], path: string, conflicts: string[]) {
  const fields = keysOf(objects).map((key): [string, unknown] => [
    key,
    meanOf(fieldsOf(objects, key), fieldPath(path, key), conflicts),
  ]);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** A list with a place left out would shift the others: such a place is `null`. */
function meanOfPlaces(lists: readonly (readonly unknown[])[], path: string, conflicts: string[]): unknown[] {
  const places = lists[0] ?? [];
  return places.map(
    (_, place) =>
      meanOf(
        lists.map((list) => list[place]),
        `${path}[${place}]`,
        conflicts,
      ) ?? null,
  );
}

/** Adds up differences from the first, so that equal numbers have exactly themselves as mean. */
function stableMean(numbers: readonly number[]): number | undefined {
  const [first] = numbers;
  if (first === undefined) return undefined;
  return first + numbers.reduce((sum, number) => sum + (number - first) / numbers.length, 0);
}
