import { LIMITS } from "../../core/limits.ts";
import { checkBodySize } from "../../http/request.ts";
import { A2aFault } from "./faults.ts";

/**
 * Reads JSON that a stranger wrote: no larger than `LIMITS.requestBodyBytes` and no deeper than
 * `LIMITS.definitionDepth`, which is found out before anything walks through it.
 *
 * @throws {A2aFault} it is not JSON, or too deep.
 * @throws {RequestTooLargeError} as `checkBodySize`.
 */
export function readJson(text: string): unknown {
  checkBodySize(text);
  if (depthOf(text) > LIMITS.definitionDepth) {
    throw new A2aFault("INVALID_REQUEST", `the body is nested deeper than ${LIMITS.definitionDepth} levels`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new A2aFault("PARSE_ERROR", "the body is not JSON");
  }
}

/** Brackets inside each other, strings left out. */
function depthOf(text: string): number {
  let [depth, deepest, isInText] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText && character === "\\") at += 1;
    else if (character === '"') isInText = !isInText;
    else if (!isInText && (character === "{" || character === "[")) deepest = Math.max(deepest, (depth += 1));
    else if (!isInText && (character === "}" || character === "]")) depth -= 1;
  }
  return deepest;
}
