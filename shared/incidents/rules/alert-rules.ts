import type { AlertRule } from "./alert-rule.ts";
import { FUNCTION_RULES } from "./function-rules.ts";
import { DEAD_LETTER_RULES, STREAM_RULES } from "./queue-rules.ts";
import { deadLetters, waitingWork } from "./system-findings.ts";
import { dearHour, failedAttempts, failedExecutions, failingAgents, lostAgents, openBreakers, slowAttempts, violations, waitingExecutions } from "./tenant-findings.ts";

/** Queues that work travels through. */
const WORK_QUEUES = ["tasks-critical", "tasks-high", "tasks-medium", "tasks-low", "watch", "settle", "await", "hooks", "live", "notifications"];

const FAILED = 'rate(workflow_executions_total{status="failed"}[5m])';
const ENDED = 'rate(workflow_executions_total{status=~"completed|failed"}[5m])';

/** Spec 004 §8.2 and 000, by their names there; those in lower case that neither has are ours. */
const WATCHED: readonly AlertRule[] = [
  {
    name: "WorkflowFailureRateHigh",
    reads: "share of executions that failed, of those that ended within 5 minutes; with 95 % confidence",
    threshold: 0.05,
    unit: "share",
    holdsSeconds: 300,
    severity: "high",
    runbook: {
      meaning: "More executions fail than chance explains. Those that are under way may fail as well.",
      firstLook: "`npx a2a executions --status failed`: is it one workflow, one version, one agent? `npx a2a logs ID` names the task and the error's code.",
      fix: "One agent: quarantine it (`npx a2a incidents respond ID agent_quarantine`). A new version: run the one before. An input: hold the workflow (`npx a2a hold`), and redrive what failed once it is right.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["workflow_execution"], find: failedExecutions(5) },
    prometheus: `sum(${FAILED}) / sum(${ENDED}) > 0.05`,
  },
  {
    name: "workflow_failure_burst",
    reads: "the same within 2 minutes",
    threshold: 0.5,
    unit: "share",
    holdsSeconds: 0,
    severity: "critical",
    runbook: {
      meaning: "Most executions fail, and it has just begun.",
      firstLook: "As for `WorkflowFailureRateHigh`. Whatever changed in the last minutes is the first suspect: a deployment, a registration, a secret.",
      fix: "Hold what fails (`npx a2a hold`): executions wait instead of failing. Release the hold when the cause is gone, and redrive.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["workflow_execution"], find: failedExecutions(2) },
  },
  {
    name: "high_error_rate",
    reads: "share of attempts that failed, of those of executions that ended within 5 minutes; with 95 % confidence",
    threshold: 0.05,
    unit: "share",
    holdsSeconds: 300,
    severity: "medium",
    runbook: {
      meaning: "Agents fail more often than chance explains. Retries may hide it from the executions, which take longer and cost more.",
      firstLook: "`npx a2a agents`: whose breaker is open, whose trust falls? `npx a2a transcript ID TASK` shows what was said.",
      fix: "Quarantine the agent, or raise the limits of its group if it refuses for load.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["agent_pool"], find: failedAttempts(5) },
  },
  {
    name: "sla_violation",
    reads: "executions that violated their service level, among those that ended within 5 minutes",
    threshold: 0,
    unit: "violations",
    holdsSeconds: 60,
    severity: "critical",
    runbook: {
      meaning: "An execution did not keep what its definition promises: its deadline, its latency or its success rate.",
      firstLook: "`npx a2a executions`, then `npx a2a show ID`: the violations are listed with their reasons. Did it wait for a slot, for an agent, for a person?",
      fix: "Waiting for a slot: boost it, or raise the limits. Slow agents: register more. A promise that cannot be kept: change the definition.",
    },
    detection: { scope: "tenant", type: "sla_violation", components: ["workflow_execution"], find: violations(5) },
    prometheus: "sla_compliance_rate < 100",
  },
  {
    name: "sla_violation_burst",
    reads: "the same within 15 minutes",
    threshold: 5,
    unit: "violations",
    holdsSeconds: 0,
    severity: "high",
    runbook: {
      meaning: "Service levels are violated one after another: it is no single execution.",
      firstLook: "As for `sla_violation`; `npx a2a trends` shows when it began.",
      fix: "As for `sla_violation`. It escalates after a quarter of an hour unless somebody acknowledges it.",
    },
    detection: { scope: "tenant", type: "sla_violation", components: ["workflow_execution"], find: violations(15) },
  },
  {
    name: "response_time_p95",
    reads: "what 95 of 100 attempts take at most, within 10 minutes; and one and a half times what was usual last week",
    threshold: 5000,
    unit: "milliseconds",
    holdsSeconds: 600,
    severity: "medium",
    runbook: {
      meaning: "Agents take longer than they used to.",
      firstLook: "`npx a2a agents`: latency and load. `npx a2a trends --agent ID` for one of them.",
      fix: "An agent with too much work: lower its `max_concurrent_tasks`, register another. One that is ill: quarantine it.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["agent_pool"], find: slowAttempts },
  },
  {
    name: "cost_burst",
    reads: "what agents report that the last hour cost; and three times what the same hour of the day used to cost within 14 days",
    threshold: 10,
    unit: "dollars",
    holdsSeconds: 0,
    severity: "high",
    runbook: {
      meaning: "Agents spend far more than they used to at this time of day.",
      firstLook: "`npx a2a trends --period last_24_hours`, then by `--workflow` and `--agent`: who spends it? More executions, or dearer ones?",
      fix: "Hold the workflow (`npx a2a hold`), or give its runs a budget, which stops each of them by itself.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["cost"], find: dearHour },
  },
  {
    name: "WorkflowQueueDepthHigh",
    reads: "executions that wait for a slot",
    threshold: 500,
    unit: "executions",
    holdsSeconds: 600,
    severity: "medium",
    runbook: {
      meaning: "More is submitted than runs.",
      firstLook: "`npx a2a doctor` and `GET /api/v1/capacity`: are the slots taken, or does what runs stand still?",
      fix: "Raise the parameters MaxConcurrentWorkflows and MaxConcurrentWorkflowsPerTenant, or find out why executions take longer.",
    },
    detection: { scope: "tenant", type: "performance_degradation", components: ["workflow_execution"], find: waitingExecutions },
    prometheus: "workflow_queue_depth > 500",
  },
  {
    name: "CircuitBreakerOpen",
    reads: "circuit breakers of agents that are not closed",
    threshold: 0,
    unit: "breakers",
    holdsSeconds: 120,
    severity: "medium",
    runbook: {
      meaning: "An agent was silent, refused or could not be reached several times in a row, and the probes that are let through fail too. Critical where no other agent has one of its capabilities: tasks that need it stand still.",
      firstLook: "`npx a2a agents try ID`: one real message, and all that is heard.",
      fix: "Have the agent's operator look; `npx a2a agents close-breaker ID` when it is well again, or wait for the next probe.",
    },
    detection: { scope: "tenant", type: "agent_failure", components: ["agent_pool"], find: openBreakers },
  },
  {
    name: "agent_lost",
    reads: "probes of an agent that failed in a row, a minute apart, and its heartbeats",
    threshold: 1,
    unit: "probes",
    holdsSeconds: 0,
    severity: "high",
    runbook: {
      meaning: "An agent does not answer. Its tasks go to others with the same capabilities; where there are none they wait.",
      firstLook: "`npx a2a agents try ID`. Five agents of one host are one incident: look at the host.",
      fix: "Bring the agent back: it gets work again with the next probe. An agent that is not to come back: `npx a2a agents remove ID`.",
    },
    detection: { scope: "tenant", type: "agent_failure", components: ["agent_pool"], find: lostAgents },
  },
  {
    name: "agent_error_rate",
    reads: "moving share of an agent's attempts that failed by its own fault, as far as learnt within 10 minutes",
    threshold: 0.5,
    unit: "share",
    holdsSeconds: 0,
    severity: "high",
    runbook: {
      meaning: "An agent answers, and most of what it answers is a failure of its own.",
      firstLook: "`npx a2a agents`, and `npx a2a transcript ID TASK` of a task that it failed.",
      fix: "`npx a2a incidents respond ID agent_quarantine`, unless the tower has done it (`auto_response_enabled`); `npx a2a incidents revert` when its operator has looked.",
    },
    response: "agent_quarantine",
    detection: { scope: "tenant", type: "agent_failure", components: ["agent_pool"], find: failingAgents },
  },
  {
    name: "RedisConsumerLagHigh",
    reads: "messages in the fullest work queue",
    threshold: 10_000,
    unit: "messages",
    holdsSeconds: 300,
    severity: "critical",
    runbook: {
      meaning: "Work arrives faster than functions take it, by far. (The specification's streams are SQS queues here.)",
      firstLook: "Which queue, and is its function throttled or failing? CloudWatch: `Throttles`, `Errors`, `ConcurrentExecutions`.",
      fix: "Raise the account's concurrency, or the mapping's maximum; hold what submits too much (`npx a2a hold`).",
    },
    cloudWatch: { metric: "queue_depth", queues: WORK_QUEUES, id: "work-queues-lag", periods: 5 },
    detection: { scope: "system", type: "performance_degradation", components: ["message_broker"], find: waitingWork(() => true) },
  },
  {
    name: "lag_warning",
    reads: "messages in the fullest queue that follows up on tasks",
    threshold: 100,
    unit: "messages",
    holdsSeconds: 300,
    severity: "medium",
    runbook: {
      meaning: "Settling, watching or telling lags behind: results reach executions late.",
      firstLook: "The log of the queue's function; is a table or an agent slow?",
      fix: "Remove the cause; the queue empties by itself.",
    },
    detection: { scope: "system", type: "performance_degradation", components: ["message_broker"], find: waitingWork((name) => !/^(tasks-|hooks$)/.test(name)) },
  },
  {
    name: "hooks_backlog",
    reads: "messages in the queue `hooks`",
    threshold: 50,
    unit: "messages",
    holdsSeconds: 300,
    severity: "medium",
    runbook: {
      meaning: "More hooks are due than run. Tasks that wait for hooks wait longer.",
      firstLook: "`npx a2a hooks`, then `npx a2a hooks log ID`: which take long?",
      fix: "Shorten their timeouts, or switch off those that hang (`npx a2a hooks disable ID`).",
    },
    cloudWatch: { metric: "queue_depth", queues: ["hooks"], id: "hooks-backlog", periods: 5 },
    detection: { scope: "system", type: "performance_degradation", components: ["hooks"], find: waitingWork((name) => name === "hooks") },
  },
  {
    name: "DeadLetterQueueGrowing",
    reads: "messages in all queues of messages that failed for good",
    threshold: 100,
    unit: "messages",
    holdsSeconds: 300,
    severity: "medium",
    runbook: {
      meaning: "Messages keep failing for good. The queues' own entries below say what each means.",
      firstLook: "The alarms of the queues: which one grows?",
      fix: "As its entry says.",
    },
    detection: { scope: "system", type: "performance_degradation", components: ["message_broker"], find: deadLetters },
  },
];

/** Every rule, those of the specification first. */
export const ALERT_RULES: readonly AlertRule[] = [...WATCHED, ...FUNCTION_RULES, ...DEAD_LETTER_RULES, ...STREAM_RULES];
