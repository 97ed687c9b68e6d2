/**
 * Ceilings of definitions, plans and compiled machines, each below the quota it protects.
 *
 * @example
 * ```ts
 * z.int().positive().max(WORKFLOW_LIMITS.taskTimeoutSeconds)
 * ```
 */
export const WORKFLOW_LIMITS = {
  tasksPerWorkflow: 10_000,
  /** Copies multiply: two tasks of 5 000 copies would make 25 million. Holds a plan near 5 MB. */
  dependenciesPerWorkflow: 250_000,
  /** Copies that YAML aliases may make in one document; bombs need far more. */
  yamlAliasCopies: 10_000,
  /** Flaws listed in one report; the rest are counted. */
  issuesPerReport: 100,
  /** A token task of 390 bytes × 10 000 is 3.9 MB: about five machines. 10 % of the quota stays for what
   * placeholders grow to on deployment. */
  machineBytes: 900_000,
  /** 25 000 − 20 000 leaves 1 600 retries of service faults (3 events each). */
  machineEvents: 20_000,
  /** Parallel states inside each other. AWS states no limit; JSON readers stop at 1 000 levels, one takes 5. */
  parallelDepth: 32,
  /** Instances of one `for_each` under way at once. */
  forEachConcurrency: 1000,
  /** Agents that one task asks side by side. */
  scatterAgents: 100,
  /** Elements of one `for_each`; `tasksPerWorkflow` again. */
  forEachItems: 10_000,
  /** Events are kept this long for waits that come after them. One day. */
  eventLookBackSeconds: 86_400,
  triggersPerWorkflow: 20,
  /** One hour: jitter of a schedule spreads, it does not delay. */
  jitterSeconds: 3600,
  taskAttempts: 100,
  /** One day for one attempt of one agent. */
  taskTimeoutSeconds: 86_400,
  /** 30 days. */
  executionTimeoutSeconds: 2_592_000,
  /** Added to the outer safety nets: time that a run may be paused or held. 30 days. */
  pauseAllowanceSeconds: 2_592_000,
} as const;

/** History events that each construct adds to its own execution, counted in recordings of AWS. */
export const HISTORY_EVENTS = {
  /** ExecutionStarted and ExecutionSucceeded. */
  execution: 2,
  /** StateEntered, TaskScheduled, TaskStarted, TaskSubmitted, TaskSucceeded, StateExited. */
  tokenTask: 6,
  /** As a token task, for `startExecution.sync:2`. */
  nestedExecution: 6,
  /** StateEntered, ParallelStateStarted, ParallelStateSucceeded, StateExited. */
  parallel: 4,
} as const;

/** What a definition means where it says nothing. */
export const DEFAULTS = {
  taskTimeoutSeconds: 300,
  executionTimeoutSeconds: 3600,
  /** A tenth of the default timeout: agents mostly answer long before they are given up. */
  estimateSeconds: 30,
  retry: { maxAttempts: 3, initialDelaySeconds: 1, maxDelaySeconds: 60 },
  circuitBreaker: { failureThreshold: 3, timeoutSeconds: 30 },
  forEachConcurrency: 100,
  eventLookBackSeconds: 300,
  budgetWarnAt: 0.8,
  /** Two more than a task has: what stays undone needs a person. */
  compensationAttempts: 5,
  /** Executions under way in all and of one tenant (spec 000's 100 is for one pod; its target is 1000 and more), and
   * those of a tenant that wait (spec 000, `max_queue_size`). One tenant can take half of all slots at most. */
  maxConcurrentWorkflows: 2000,
  maxConcurrentWorkflowsPerTenant: 1000,
  maxQueueSize: 1000,
  /** A run of another workflow without an estimate: ten tasks one after another. */
  subWorkflowEstimateSeconds: 300,
} as const;
