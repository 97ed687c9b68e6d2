import { InvalidRequestError } from "../core/errors.ts";
import { parsePattern } from "../events/event-pattern.ts";
import { HOOK_LIMITS } from "./limits.ts";

/** What an event must fit. */
interface Matching {
  readonly event_pattern?: string | undefined;
  readonly event_filter?: object | undefined;
}

/**
 * Checks what a hook is matched by.
 *
 * @throws {InvalidRequestError} a pattern that RE2 does not take, or that compiles to more than
 * `HOOK_LIMITS.patternInstructions`; a filter that EventBridge would refuse.
 */
export async function checkMatching({ event_pattern: pattern, event_filter: filter }: Matching): Promise<void> {
  const flaw = pattern === undefined ? undefined : await flawOf(pattern);
  if (flaw !== undefined) throw new InvalidRequestError([{ field: "body.event_pattern", message: flaw }]);
  if (filter === undefined) return;
  const parsed = parsePattern(filter);
  if (!parsed.ok) throw new InvalidRequestError([{ field: "body.event_filter", message: parsed.message }]);
}

async function flawOf(pattern: string): Promise<string | undefined> {
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    const size = RE2JS.compile(pattern).programSize();
    const most = HOOK_LIMITS.patternInstructions;
    return size > most ? `compiles to ${size} instructions, more than ${most}; shorten its repetitions` : undefined;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `is no regular expression of RE2: ${error.message}`;
  }
}
