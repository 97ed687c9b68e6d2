import type { AlertRule } from "./alert-rule.ts";

/** What is watched of the functions themselves, by the names of spec 004 §8.2. */
export const FUNCTION_RULES: readonly AlertRule[] = [
  {
    name: "GraphPlanningTimeout",
    reads: "what 95 of 100 calls of `plan-workflow` take at most",
    threshold: 5000,
    unit: "milliseconds",
    holdsSeconds: 180,
    severity: "critical",
    runbook: {
      meaning: "Definitions are planned slowly. Submissions of new definitions wait for it.",
      firstLook: "The log of `plan-workflow`: how many tasks do the definitions have? Is Step Functions slow to create machines (one a second)?",
      fix: "Deploy large definitions one after another, or run them as graphs (`runner: graph`), which creates no machine.",
    },
    cloudWatch: { metric: "duration_p95", worker: "plan-workflow", id: "planning-slow", periods: 3 },
  },
  {
    name: "PostgreSQLConnectionPoolExhausted",
    reads: "calls that Lambda turned away in the account's region for want of concurrency",
    threshold: 0,
    unit: "calls",
    holdsSeconds: 120,
    severity: "critical",
    runbook: {
      meaning: "The account's concurrency is used up: functions are turned away. (The specification's connection pool is Lambda's concurrency here.)",
      firstLook: "CloudWatch: `ConcurrentExecutions` by function. Is it one of ours?",
      fix: "Raise the quota, or lower MaxConcurrentWorkflows until it is raised. Queues and streams try again by themselves.",
    },
    cloudWatch: { metric: "throttles", id: "functions-throttled", periods: 2 },
  },
];
