import { InvalidRequestError } from "../../core/errors.ts";
import { fromProtoJson, type Operation, type OperationName, OPERATIONS } from "./wire.ts";

/**
 * Reads what an operation takes.
 *
 * @throws {InvalidRequestError} with every field that does not fit.
 */
export function readOperation(name: OperationName, params: unknown): Operation {
  const result = OPERATIONS[name].safeParse(fromProtoJson(params ?? {}));
  if (!result.success) {
    const flaws = result.error.issues.map(({ path, message }) => ({ field: path.map(String).join("."), message }));
    throw new InvalidRequestError(flaws);
  }
  // The compiler cannot pair the name with the schema that it was looked up by.
  return { name, params: result.data } as Operation; // oxlint-disable-line typescript/no-unsafe-type-assertion
}

/** Whether a text names an operation of 1.0. */
export const isOperation = (name: string): name is OperationName => Object.hasOwn(OPERATIONS, name);
