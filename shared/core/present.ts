/**
 * A value that is there by construction, where only the type system doubts it: an element within bounds, the entry of a
 * key that was put in. A default in its place would hide the defect that made it missing.
 *
 * @example
 * ```ts
 * const first = present(sorted[0]); // sorted is not empty
 * ```
 *
 * @throws {TypeError} it is missing: the code is wrong, whatever the request was.
 */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new TypeError("a value that must be there is missing: this is a defect");
  return value;
}
