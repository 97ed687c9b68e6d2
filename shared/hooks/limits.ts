/**
 * Ceilings of hooks.
 *
 * @example
 * ```ts
 * if (hooks.length >= HOOK_LIMITS.hooksPerTenant) throw new ConflictError("delete one first");
 * ```
 */
export const HOOK_LIMITS = {
  /** Of one tenant; a warm function keeps all of them compiled. */
  hooksPerTenant: 500,
  nameCharacters: 255,
  patternCharacters: 500,
  /** Instructions of one compiled `event_pattern`: 500 of them stay searchable in step with the text. */
  patternInstructions: 1000,
  /** Regular expressions that share an automaton, and what it may remember: 16 automata of a tenant's 500, 8 MB. */
  patternsPerAutomaton: 32,
  automatonBytes: 524_288,
  /** Tenants whose hooks a warm function keeps compiled. */
  compiledTenants: 16,
  /** How old a warm function's view of a tenant's hooks may be. */
  viewSeconds: 5,
  timeoutSeconds: 30,
  /** Lambda's 900 s, less what goes before and after. */
  longestTimeoutSeconds: 600,
  /** Beside a hook's own time: to write that it runs, and what came of it. */
  marginSeconds: 10,
  attempts: 3,
  mostAttempts: 10,
  initialDelaySeconds: 1,
  longestDelaySeconds: 60,
  /** Messages stay with `run-hooks` for so long at a time: after a crash they come back within it. */
  messageLeaseSeconds: 60,
  messageRenewalSeconds: 20,
  /** What a webhook may answer. */
  replyBytes: 65_536,
  /** Of output that is kept with a run. Item 400 KB ÷ 8. */
  outputBytes: 49_152,
  /** Of an event that a message carries: ten of them, each with the names of 500 hooks, fit into the 1 MiB of a call. */
  eventBytes: 65_536,
  /** Of a task's input that hooks before it are shown: half of what an event may have. */
  inputBytes: 32_768,
  /** How long a cached answer is good unless the hook says otherwise, and at most: as long as runs are kept. */
  cacheSeconds: 3600,
  longestCacheSeconds: 7 * 86_400,
  /** Of the folder that a command runs in, and of what it says that is kept. */
  commandFiles: 200,
  commandOutputBytes: 16_384,
  /** A command's time ends so long before its hook's, so that somebody hears what it said. */
  commandMarginMs: 500,
  /** Runs are kept so long. */
  logSeconds: 7 * 86_400,
  /** Failures in a row after which a hook is left alone, and for how long. */
  breakerFailures: 5,
  breakerSeconds: 60,
  /** A hook whose breaker stays open does not keep an event for longer. */
  patienceSeconds: 86_400,
  /** How long a caller who runs a hook by hand is kept waiting, and how often its run is looked at. */
  manualPatienceMs: 20_000,
  manualLookMs: 200,
} as const;
