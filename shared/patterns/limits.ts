/**
 * Ceilings of coordination patterns.
 *
 * @example
 * ```ts
 * if (Buffer.byteLength(json) > PATTERN_LIMITS.stateBytes) return fault("PatternStateTooLarge");
 * ```
 */
export const PATTERN_LIMITS = {
  /** What a pattern remembers from turn to turn, as JSON. */
  stateBytes: 262_144,
  actionsPerStep: 64,
  /** Calls of one pattern: the bound of its configuration may ask for no more. */
  calls: 1000,
  /** Agents' roles that one member of a pattern may name. */
  roles: 20,
  nameCharacters: 64,
  /** Feedback, reasons, summaries: what agents say to each other beside results. */
  remarkCharacters: 4000,
  /** Results above this stay where they were stored; a pattern sees a reference in their place. */
  heldOutputBytes: 8192,
  heldPartitionBytes: 256,
  /** The same question is put so often; once more is a repetition. */
  equalAsks: 3,
  /** Equal answers of one agent in a row that are a repetition. */
  equalAnswers: 3,
  /** Of a space that a swarm searches. */
  dimensions: 100,
  /** Of a swarm. */
  particles: 1000,
  /** Values that a swarm computes; agents are asked for `calls` at most. */
  evaluations: 100_000,
  /** Particles × dimensions where agents say what a position is worth: what a pattern remembers has to take them four times. */
  askedNumbers: 1500,
  /** Of the work that a swarm shares out. */
  partitions: 400,
  /** How often a pattern hears that it repeats itself before it is ended. */
  stalls: 2,
} as const;
