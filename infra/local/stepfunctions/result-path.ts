import { AslError } from "./asl-error.ts";
import { isJsonArray, isJsonObject, type Json } from "./json.ts";
import type { JsonPath } from "./json-path.ts";

/**
 * A copy of `target` with `value` at the reference path; missing members are created as objects.
 *
 * @throws {AslError} `States.ResultPathMatchFailure`: the path runs through a scalar or past the end of an array.
 */
export function placeAt(path: JsonPath, target: Json, value: Json): Json {
  const place = (node: Json | undefined, depth: number): Json => {
    const step = path.steps?.[depth];
    if (step === undefined) return value;
    if (typeof step === "number") {
      if (!isJsonArray(node) || step < 0 || step >= node.length) throw mismatch(path);
      return node.with(step, place(node[step], depth + 1));
    }
    if (node !== undefined && !isJsonObject(node)) throw mismatch(path);
    const members = new Map(Object.entries(node ?? {}));
    members.set(step, place(members.get(step), depth + 1));
    return Object.fromEntries(members); // unlike assignment, safe for a member called __proto__
  };
  return place(target, 0);
}

const mismatch = (path: JsonPath): AslError =>
  new AslError("States.ResultPathMatchFailure", `Unable to apply ResultPath '${path.text}' to the input of the state.`);
