/** A JSON object, as opposed to a list or a scalar. */
export const isJsonObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** The path of a field below another: `a.b`. */
export const fieldPath = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

/** Keys of all objects, in the order they first come up. */
export const keysOf = (objects: readonly Readonly<Record<string, unknown>>[]): string[] => [
  ...new Set(objects.flatMap((object) => Object.keys(object))),
];

/** Values of a key, of the objects that have it. */
export const fieldsOf = (objects: readonly Readonly<Record<string, unknown>>[], key: string): unknown[] =>
  objects.filter((object) => Object.hasOwn(object, key)).map((object) => object[key]);

/** Whether JSON values are the same but for the order of keys. */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((value, index) => isSameJson(value, b[index]));
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSameJson(a[key], b[key]))
  );
}

/** Whether a JSON value nests at most `levels` lists and objects. Safe on any depth. */
export function isAtMostDeep(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return true;
  return levels > 0 && Object.values(value).every((inner) => isAtMostDeep(inner, levels - 1));
}
