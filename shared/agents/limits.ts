import { AWS_QUOTAS } from "../core/limits.ts";
import { DEFAULTS, WORKFLOW_LIMITS } from "../workflow/limits.ts";

/**
 * The registry's own numbers: health, probes, reservations, breakers, learning. Spec 003 §4 where it says one.
 *
 * @example
 * ```ts
 * z.array(heartbeat).min(1).max(AGENT_LIMITS.heartbeatsPerRequest)
 * ```
 */
export const AGENT_LIMITS = {
  heartbeatMaxSeconds: 3600,
  /** An agent that owes no heartbeats and fails every probe is decommissioned after a day. */
  unreachableSeconds: 86_400,
  /** A decommissioned agent's row stays this long, so that people can see what happened. One day. */
  decommissionedSeconds: 86_400,
  /** What is on record of an endpoint stays this long after its agent was quarantined or deregistered. 90 days. */
  endpointSeconds: 7_776_000,
  /** How long a trial of an agent takes unless it says otherwise, how long its caller is kept waiting for it, and how often
   * it is looked at meanwhile. The API has 29 s. */
  trialSeconds: 60,
  trialPatienceMs: 20_000,
  trialLookMs: 250,
  /** A trial can be read for a day. Of its exchanges the first and the last are kept, so many of each: 16 × 2 × 20 000
   * characters fit into a row as long as most of them are short, and bodies are cut further where they are not. */
  trialKeptSeconds: 86_400,
  trialExchanges: 8,
  trialBytes: 300_000,
  /** Heartbeats in one request: 500 × about 200 bytes is 100 KB, 20 BatchWriteItem calls. */
  heartbeatsPerRequest: 500,
  /** One probe, both of its calls together. */
  probeTimeoutMs: 5000,
  /** Between sweeps over all agents. */
  sweepSeconds: 60,
  /** Probes side by side, and in one sweep: 2000 ÷ 64 × 0.2 s is 6 s of the sweep's 50. */
  probesAtOnce: 64,
  probesPerSweep: 2000,
  /** How long a card is believed unchanged between looks of the sweep. */
  cardRefreshSeconds: 300,
  /** Agents in one answer of discovery or of a listing. */
  discovered: 100,
  listed: 1000,
  /** A warm function's view of the registry is loaded afresh this often, whatever the change log says. */
  reloadSeconds: 300,
  /** Changes of a registry that its log remembers, up to twice as many; a reader that is further behind loads everything. */
  changesKept: 128,
  /** How old a warm function's view of a breaker or of reservations may be. */
  standingSeconds: 1,
  /** Reservation without a duration (RESOURCE_RESERVATION_TTL of spec 000) and the longest one. */
  reservationMinutes: 5,
  reservationMaxMinutes: 1440,
  /** Reservations of one agent at once: 1000 × 200 bytes is half of an item's 400 KB. */
  reservationsPerAgent: 1000,
  /** Attempts at a row that several functions change at once. */
  optimisticAttempts: 12,
  /** Between looks for an agent when all able ones are full: slots come free any moment. */
  noCapacityRetrySeconds: 1,
  /** Tasks that a limit group may have at work at once: each is an entry of the group's row. */
  groupConcurrency: 200,
  /** Limit groups of one tenant. */
  limitGroups: 200,
  /** How old a function's view of a limit group may be: a hold reaches everybody within a second. */
  groupViewMs: 500,
  /** Between turns of those who wait for a group whose requests are not limited, and the longest wait for a turn. */
  groupTurnMs: 50,
  groupWaitMs: AWS_QUOTAS.sqs.delaySeconds * 1000,
  /** How long a provider is left alone that asks to slow down and says no time. */
  groupHoldSeconds: 10,
  /** How long beyond its timeout an attempt counts as at work in its group, when its end is not seen. */
  groupGraceSeconds: 120,
  /** Routing rules of one tenant, and targets of one rule. */
  routingRules: 200,
  ruleTargets: 1000,
  /** Ids of events that a profile remembers, so that a repeat is not learnt twice. */
  learntEventsKept: 256,
  /** External registries of one tenant, agents taken from one, and the size of one's answer. */
  registriesPerTenant: 50,
  agentsPerRegistry: 1000,
  registryReplyBytes: 5_000_000,
  registryTimeoutMs: 10_000,
  /** Why an agent of a registry was not taken, in its row. */
  reasonCharacters: 500,
  /** A registry is not asked more often than this. */
  syncLeastMinutes: 1,
  syncMostMinutes: 10_080,
  /** Events about agents stay in the table this long; audit events stay. 90 days. */
  eventSeconds: 7_776_000,
  /** Of each value that the text of a task to an agent quotes; the whole of it is in the data part or a file. */
  taskTextCharacters: 60_000,
  /** Ids that agents make up; they are kept in rows. */
  agentIdCharacters: 1024,
  /** Certificates that a registration pins: a bundle of ten or so. */
  caCharacters: 20_000,
  /** A registered agent's row. Item 400 KB; names and numbers add little to the JSON. */
  agentBytes: 300_000,
  /** How old a warm function's view of the registry may be. */
  agentCacheSeconds: 5,
  /** One call to an agent. Below the dispatcher's 30 s with room for the writes around it. */
  agentCallSeconds: 20,
  /** How long `await-agent` waits for an agent that answers only when it is done: Lambda's 900 s, less 30 s for what is
   * around the call. Longer work needs an agent that streams or answers at once. */
  awaitedSeconds: 870,
  /** Between looks for an agent when none is registered that can do a task. */
  noAgentRetrySeconds: 5,
} as const;

/** When an agent counts as healthy (spec 003 §4). Penalties are factors on a score of 1. */
export const HEALTH = {
  /** How often agents should send one. */
  heartbeatSeconds: 30,
  /** A heartbeat older than so many intervals is late. */
  lateIntervals: 2,
  lateFactor: 0.5,
  slowMs: 2000,
  slowFactor: 0.8,
  busyCpu: 0.7,
  busyFactor: 0.8,
  /** Below it an active agent is degraded: one penalty of a fifth is borne, a late heartbeat (0.5) or two are not. */
  degradedBelow: 0.7,
  /** From it an agent is active again. Above `degradedBelow`, so that a score on the edge does not flap. */
  activeFrom: 0.8,
  inactiveBelow: 0.3,
  /** From it an inactive agent is degraded again. */
  degradedFrom: 0.4,
  /** Four intervals: two late, two more in which nothing came. */
  inactiveAfterSeconds: 120,
  /** Spec 003: deregistered. */
  decommissionAfterSeconds: 300,
  /** Failed probes in a row that a known good agent may have and still get work, degraded. */
  toleratedProbes: 2,
  /** Most that an agent scores whose last probe failed: degraded, not inactive. */
  failedProbeScore: 0.5,
} as const;

/** What is learned about an agent, and how much of it is kept. */
export const PROFILE = {
  /** Spec 000: `success_rate_30d`. */
  windowDays: 30,
  /** Window of `error_rate`, which should show today's trouble. */
  recentDays: 7,
  /** Everything but the daily counts is kept per span; two spans make a window of 15 to 30 days. */
  spanDays: 15,
  /** Relative error of a latency quantile: (1 + e) ÷ (1 − e) per bucket makes 184 buckets for 1 ms … 1 day. */
  quantileError: 0.05,
  /** Longest latency told apart; the longest attempt there is. */
  latencyMs: WORKFLOW_LIMITS.taskTimeoutSeconds * 1000,
  /** Names kept per span; the rarest gives way. 48 × about 60 bytes = 3 KB of a row. */
  capabilities: 48,
  errorCodes: 16,
  nameCharacters: 128,
  /** Failure patterns shown, of those kept. */
  shownErrorCodes: 5,
  /** Tasks imagined half failed, half completed, so that one lucky task is no perfect rating. */
  ratingPrior: 4,
  /** Fewer tasks say little: in a window, in an hour of the day. */
  meaningfulTasks: 20,
  meaningfulTasksPerHour: 5,
  /** An hour is a peak when a busy second completes so much more than on average. */
  peakFactor: 1.1,
  /** Watched on three days before an hour can count as a maintenance window. */
  meaningfulWatchSeconds: 10_800,
  /** Up for less of that hour, and for more of the others. */
  maintenanceBelow: 0.5,
  maintenanceOtherwise: 0.8,
  /** Down for longer each day is no maintenance. */
  maintenanceHours: 8,
  /** Where a recommendation is due. */
  advice: { successRate: 0.9, tailFactor: 4, uptime: 0.95, skillGap: 0.2, wastedCost: 0.1, errorShare: 0.5 },
} as const;

/** How evidence becomes a trust score of 0 to 5 (`shared/agents/registry/trust.ts` explains it). */
export const TRUST = {
  best: 5,
  /** Of nobody knows what: half. */
  neutral: 2.5,
  /** Tasks' worth of doubt. 15 completed tasks in a row earn 4.0. */
  prior: 10,
  /** One failure weighs as much as four successes. */
  failureWeight: 4,
  /** More tasks than this say no more: long histories must not hide what happens now. */
  evidence: 100,
  /** After it a task counts half. */
  halfLifeDays: 7,
} as const;

/** Discovery and matching. Weights sum to 1. */
export const DISCOVERY = {
  results: 10,
  mostResults: 1000,
  weights: { health: 0.35, trust: 0.25, spare: 0.15, location: 0.25 },
  /** Spec 000 `/agents/match`. */
  matchWeights: { performance: 0.4, cost: 0.3, availability: 0.3 },
  /** Of an agent's performance, the part that is reliability; the rest is speed. */
  reliabilityShare: 0.6,
  /** What an unknown price or speed counts: neither good nor bad. */
  unknown: 0.5,
} as const;

/** Choosing one of several able agents (spec 003 §2). */
export const ROUTING = {
  /** Parts of the load factor; they sum to 1. */
  load: { queue: 0.4, processing: 0.2, errors: 0.2, capacity: 0.2 },
  /** Processing time that counts half; spec 003 calls anything longer slow. */
  slowMs: HEALTH.slowMs,
  /** Load of an agent that says nothing of itself, tasks it may have at once included. */
  defaultCapacity: 100,
  /** Added to a load before it is inverted: an idle agent gets at most 21 times the tasks of a full one. */
  idleFloor: 0.05,
  /** Steps in which free capacity is told apart: a cycle has at most 16 turns per agent. */
  weightSteps: 16,
  /** Urgent tasks go to agents whose quality is at least this part of the best. */
  bestTier: 0.9,
  /** Health from which a link of a failover chain is used. */
  failoverHealth: HEALTH.degradedBelow,
  /** 100 agents × 256 points: max ÷ mean 1.18, so at most 1.18 % of keys move with one agent. 160 points: 1.21. */
  virtualNodes: 256,
  /** Keys whose agent is remembered; about 100 bytes each. */
  stickyKeys: 100_000,
  /** Sets of labels whose carriers `content_based` remembers. */
  knownLabelSets: 1000,
} as const;

/** Circuit breaker of an agent (spec 000 `circuit_breaker`); thresholds of a definition come before these. */
export const BREAKER = {
  failureThreshold: DEFAULTS.circuitBreaker.failureThreshold,
  recoveryTimeoutMs: DEFAULTS.circuitBreaker.timeoutSeconds * 1000,
  /** Spec 000 `half_open_max_calls`. */
  halfOpenMaxCalls: 5,
  /** Two, so that one lucky answer does not let the crowd back in. */
  successThreshold: 2,
  /** Outcomes that the error ratio looks at: as many as a 32-bit word holds. */
  ratioCalls: 32,
} as const;

/**
 * What waiting for an agent costs that answers only when it is done: `await-agent` has so much memory, and Lambda on arm64
 * takes so much for a gigabyte held for a second (us-east-1, first tier, read 2026-11-28).
 *
 * https://aws.amazon.com/lambda/pricing/
 */
export const AWAITING = { memoryMb: 512, dollarsPerGbSecond: 0.000_013_333_4 } as const;
