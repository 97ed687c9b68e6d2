import { formatValue } from "../../built-in/format-value.ts";
import { failedTry } from "../delivery.ts";
import { type BuiltIn, done, nothingToDo } from "./built-in.ts";

/** Puts what a task made in order: texts, and files in `files`. */
export const formatOutput: BuiltIn = async (_, { event: { facts } }) => {
  if (!Object.hasOwn(facts, "output")) return failedTry("OutputNotSeen", "the output is too large to be looked at", false);
  const { output } = facts;
  const formatted = formatValue(output);
  return JSON.stringify(formatted) === JSON.stringify(output) ? nothingToDo("it is in order") : done({ formatted: true, patch: { output: formatted } });
};
