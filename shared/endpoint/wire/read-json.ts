import { LIMITS } from "../../core/limits.ts";
import { surveyJson } from "../../core/survey-json.ts";
import { type Altered, checkBodySize } from "../../http/request.ts";
import { A2aFault } from "./faults.ts";

/** JSON that a stranger wrote. */
export interface ReadJson {
  readonly value: unknown;
  /** For `refuseAltered`, once it is known whom to answer. */
  readonly altered: Altered;
}

/**
 * Reads JSON that a stranger wrote: no larger than `LIMITS.requestBodyBytes` and no deeper than
 * `LIMITS.definitionDepth`, which is found out before anything walks through it.
 *
 * @throws {A2aFault} it is not JSON, or too deep.
 * @throws {RequestTooLargeError} as `checkBodySize`.
 */
export function readJson(text: string): ReadJson {
  checkBodySize(text);
  const { depth, ...altered } = surveyJson(text);
  if (depth > LIMITS.definitionDepth) {
    throw new A2aFault("INVALID_REQUEST", `the body is nested deeper than ${LIMITS.definitionDepth} levels`);
  }
  try {
    return { value: JSON.parse(text), altered };
  } catch {
    throw new A2aFault("PARSE_ERROR", "the body is not JSON");
  }
}
