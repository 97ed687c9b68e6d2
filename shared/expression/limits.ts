/** What an expression may cost. */
export const EXPRESSION_LIMITS = {
  /** An expression is a line or two, never a program. */
  expressionCharacters: 2000,
  /** Parentheses, calls and branches inside each other. */
  expressionDepth: 48,
  /** Parts evaluated, elements visited, characters copied: 15 to 100 ms (`test/bench/expression`). Ten times what a
   * filter of ten parts over 10 000 elements takes. */
  expressionSteps: 1_000_000,
  /** Compiled expressions a warm function remembers; one takes about 2 KB. */
  cachedExpressions: 2000,
} as const;
