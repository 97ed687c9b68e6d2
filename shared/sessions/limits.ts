/**
 * Ceilings of sessions.
 *
 * @example
 * ```ts
 * if (Buffer.byteLength(json) > SESSION_LIMITS.variableBytes) throw new InvalidRequestError([…]);
 * ```
 */
export const SESSION_LIMITS = {
  nameCharacters: 255,
  summaryCharacters: 10_000,
  labels: 32,
  /** As JSON. Item 400 KB ÷ 2: a version holds them once, beside everything else. */
  variableBytes: 204_800,
  /** Executions of a session that a save and a resumption look after: the newest. */
  executions: 100,
  steeredAtOnce: 8,
  /** Among so many of the newest an earlier one of the same name is looked for. */
  searched: 100,
} as const;
