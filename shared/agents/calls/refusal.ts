/** Code of an agent that turns a call away. */
export const AGENT_REFUSED = "AgentRefused";
/** Code of an agent's refusal of what a message holds: another task may be welcome. */
export const CONTENT_REFUSED = "AgentRefusedContent";

/**
 * Refusals that speak of what a message holds: invalid parameters and content types (A2A), a body that is malformed,
 * too large, of a type or meaning that the server does not take (HTTP), and an answer that is larger or deeper than we read
 * or has a number that we cannot keep.
 */
const ABOUT_CONTENT: ReadonlySet<string> = new Set([
  "-32602",
  "-32005",
  "HTTP 400",
  "HTTP 413",
  "HTTP 415",
  "HTTP 422",
  "ReplyTooLarge",
  "NumberNotKept",
  "NestedTooDeep",
]);

/** Code of the failure that an agent's refusal to take a message comes to. */
export const codeOfRefusal = (code: string): string => (ABOUT_CONTENT.has(code) ? CONTENT_REFUSED : AGENT_REFUSED);
