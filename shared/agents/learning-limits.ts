/** What is learnt for choosing agents by what they came to lately. */
export const LEARNING = {
  /** What older tasks of an agent count after one more: about the last 500 say something. */
  fade: 0.998,
  halfLifeDays: 7,
  /** Of one agent; about 120 bytes each. */
  capabilities: 48,
  /** How many tasks a prior is worth. */
  priorTasks: 4,
  /** Success of an agent of which nothing is known: an estimate. */
  usualSuccess: 0.9,
  /** Shorter than this is as good as this, so that logarithms stay finite. */
  leastSeconds: 0.001,
  /** So many times the usual time or price is as bad as more. */
  longestShare: 3,
  /** What success, time and cost count unless somebody says otherwise. */
  weights: { success: 0.6, latency: 0.3, cost: 0.1 },
  /** Agents among which one is drawn; their rows are read together. */
  contenders: 100,
} as const;
