/** Ceilings of events and of patterns over them. */
export const EVENT_LIMITS = {
  /** Compiled event patterns likewise. */
  cachedPatterns: 2000,
  /** Fields of one event pattern; names with dots count once per way to read them. */
  patternFields: 1000,
  /** Detail of an event that a caller posts. Kept in a row of 400 KB; EventBridge takes 1 MiB. */
  postedEventBytes: 250_000,
} as const;
