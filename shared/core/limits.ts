/**
 * Quotas of the services we stand on. Hard unless marked adjustable. Step Functions, SQS and the 1 MiB of EventBridge
 * were read 2026-11-21; the others are long-standing values, not read again.
 *
 * Step Functions: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 * SQS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 * API Gateway: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 * DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 * Lambda: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 * EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 *
 * @example
 * ```ts
 * const seconds = Math.min(wait, AWS_QUOTAS.sqs.delaySeconds); // SQS delays no longer
 * ```
 */
export const AWS_QUOTAS = {
  stepFunctions: {
    /** The quota says 1 MB; read as the smaller, decimal megabyte. */
    definitionBytes: 1_000_000,
    historyEvents: 25_000,
    /** Input or output of a state, task or execution. */
    payloadBytes: 262_144,
    nameCharacters: 80,
    executionDays: 365,
    /** `cause` of SendTaskFailure. */
    causeCharacters: 32_768,
    /** Adjustable. CreateStateMachine: bucket of 100, refilled by one. */
    createMachinePerSecond: 1,
  },
  sqs: {
    /** Raised from 256 KiB in August 2025. */
    messageBytes: 1_048_576,
    delaySeconds: 900,
    batchEntries: 10,
    visibilityTimeoutSeconds: 43_200,
    retentionDays: 14,
    messageGroupIdCharacters: 128,
  },
  apiGateway: {
    /** Adjustable for regional REST APIs; the default holds for everybody. */
    integrationTimeoutSeconds: 29,
    payloadBytes: 10_485_760,
    websocketFrameBytes: 32_768,
    websocketMessageBytes: 131_072,
  },
  dynamodb: { itemBytes: 409_600, transactionItems: 100, batchGetItems: 100, batchWriteItems: 25 },
  lambda: { payloadBytes: 6_291_456, timeoutSeconds: 900 },
  eventBridge: { entryBytes: 1_048_576, entriesPerCall: 10 },
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

/**
 * Our own ceilings, each below the quota it protects.
 *
 * @example
 * ```ts
 * z.string().max(LIMITS.expressionCharacters)
 * ```
 */
export const LIMITS = {
  /** Body of a request and text of a definition. API Gateway 10 MiB, Lambda 6 MiB: base64 makes 4.5 MB of 6 MiB,
   * but JSON bodies travel as text, so 5 MB leaves 1.2 MB for headers and the event's envelope. */
  requestBodyBytes: 5_000_000,
  tasksPerWorkflow: 10_000,
  /** Copies multiply: two tasks of 5 000 copies would make 25 million. Holds a plan near 5 MB. */
  dependenciesPerWorkflow: 250_000,
  /** Nested maps and lists in a definition: the models need 8, the rest is for `input`. */
  definitionDepth: 64,
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
  /** Payloads up to this stay in their row. Item 400 KB ÷ 8: input, output and question fit with room for the rest. */
  inlinePayloadBytes: 49_152,
  /** Of each value that the text of a task to an agent quotes; the whole of it is in the data part or a file. */
  taskTextCharacters: 60_000,
  /** Dependencies' outputs carried inside one message to an agent; larger sets travel by reference. */
  messagePayloadBytes: 4_000_000,
  /** One server-sent status stream; API Gateway streams for 15 minutes at most, readers connect again. */
  streamSeconds: 840,
  streamIntervalMs: 500,
  /** Age from which an open execution is checked against its machine, and how many a sweep looks at. */
  reconcileAfterSeconds: 60,
  reconciledPerSweep: 100,
  /** How long nothing was projected of an open execution before a sweep compares its log with its rows: as long as until
   * the alarm of the stream; and how many it compares. */
  rebuildAfterSeconds: 900,
  rebuiltPerSweep: 5,
  /** Payloads of one list that are read side by side. */
  payloadsAtOnce: 32,
  /** Payloads from the bucket that a warm function remembers. */
  cachedPayloadBytes: 32_000_000,
  /** Lists of `for_each` tasks that it knows by name. */
  cachedItemLists: 256,
  /** Longest pause between looks at an execution that runs as a task; its end is told, so this is for what got lost. */
  childLookSeconds: 600,
  /** Workflows inside workflows. */
  nestedExecutions: 10,
  /** Tasks of a failed execution that are called back side by side. */
  cancelsAtOnce: 32,
  /** Tasks of a plan up to which their rows are read, in ten requests of a hundred, to spare the wait before an undoing. */
  undoLookTasks: 1000,
  /** Tasks that a restart changes side by side: two writes each, ten transactions of a hundred. */
  resetsAtOnce: 500,
  /** How long steering waits for an execution that was submitted a moment ago to begin. Far below the API's 29 s. */
  startPatienceMs: 3000,
  /** A message sent before what it is about is written: it comes when that has happened for sure, or nobody lived to. */
  nudgeSeconds: 5,
  /** Held tasks looked at together, and released by one call or one sweep: 32 at once take 10 ms each, 1.5 s. */
  heldPerPage: 500,
  /** Executions that one bulk request steers, and how many side by side: each takes some ten calls, so 100 take 3 s. */
  bulkPage: 100,
  steeredAtOnce: 10,
  /** How long one request goes on with page after page; the API has 29 s. */
  bulkSeconds: 15,
  releasedPerCall: 5000,
  /** How long a link to a large output can be followed. */
  downloadLinkSeconds: 900,
  /** An agent's reason for a failure, in rows, events and causes. As JSON at worst six times as long: 12 000 of the
   * 32 768 characters that Step Functions takes. */
  failureCharacters: 2000,
  /** Ids that agents make up; they are kept in rows. */
  agentIdCharacters: 1024,
  /** A registered agent's row. Item 400 KB; names and numbers add little to the JSON. */
  agentBytes: 300_000,
  /** Output of one task. */
  outputBytes: 104_857_600,
  /** Plans a warm function remembers: 10 000 tasks are about 6 MB, most have ten. */
  cachedPlans: 64,
  /** Tenants whose agents and secrets a warm function remembers. */
  cachedTenants: 256,
  /** Heads of executions and settled tasks hold payloads of up to 48 KiB, so bytes are counted rather than rows:
   * together 96 MB of a worker's 1 GB. */
  cachedHeadBytes: 32_000_000,
  cachedSettledBytes: 64_000_000,
  /** How old a warm function's view of the registry may be. */
  agentCacheSeconds: 5,
  /** How old a cached secret may be. */
  secretCacheSeconds: 300,
  /** How old a warm function's view of an execution's status may be: a pause takes effect within a second. */
  executionCacheSeconds: 1,
  /** The same for holds, and how many rows of them it remembers: three to a workflow, about 300 bytes each. */
  holdCacheSeconds: 1,
  cachedHolds: 10_000,
  /** Executions whose counters and chain a warm projector knows; about 400 bytes each. */
  cachedStandings: 10_000,
  /** Events in one link of an execution's log: an item takes 400 KB, its keys, hashes and counters a few hundred bytes. */
  linkBytes: 300_000,
  /** Times that a projection is tried again because another had moved the counters. */
  projectionTries: 8,
  /** How much later than its own time an event may be committed: a minute for the function that writes it, another for
   * retries and for clocks that differ. */
  eventCommitSeconds: 120,
  /** One call to an agent. Below the dispatcher's 30 s with room for the writes around it. */
  agentCallSeconds: 20,
  /** Pauses that a head remembers, so that attempts get back the time they stood still. */
  rememberedPauses: 50,
  /** A send that is not answered so soon gets a look of its own, so that nothing depends on its sender's life. */
  unansweredMs: 1000,
  /** A queue with more messages than its workers take in a few seconds: what is not there yet is late, not lost. */
  backlogMessages: 100,
  /** A run that has not moved for so long, and whose machine waits on a token that no row knows, starts anew. */
  strandedSeconds: 120,
  /** A task that is still queued so long after its time has lost its message. */
  lostMessageSeconds: 30,
  /** After this no send can be under way any more: the dispatcher that recorded it has timed out. */
  sendingSeconds: 30,
  /** How long one invocation goes on with a graph run in place; a call more must fit into its 30 s. */
  continueSeconds: 8,
  /** Tasks that it starts at once, and those of them recorded together with the task they follow: 2 writes each. */
  continuedTasks: 64,
  followedTasks: 20,
  /** Between looks at a send that may still be under way. */
  doubtSeconds: 5,
  /** First look at an attempt whose agent pushes, in case the push is lost; grows to the longest SQS delay. */
  backstopSeconds: 30,
  /** First look at an attempt whose agent cannot push, and how rare the looks become. */
  pollSeconds: 1,
  pollMaxSeconds: 15,
  /** Between looks for an agent when none is registered that can do a task. */
  noAgentRetrySeconds: 5,
  /** An expression is a line or two, never a program. */
  expressionCharacters: 2000,
  /** Parentheses, calls and branches inside each other. */
  expressionDepth: 48,
  /** Parts evaluated, elements visited, characters copied: 15 to 100 ms (`test/bench/expression`). Ten times what a
   * filter of ten parts over 10 000 elements takes. */
  expressionSteps: 1_000_000,
  /** Compiled expressions a warm function remembers; one takes about 2 KB. */
  cachedExpressions: 2000,
  /** Compiled event patterns likewise. */
  cachedPatterns: 2000,
  /** Fields of one event pattern; names with dots count once per way to read them. */
  patternFields: 1000,
  /** Instances of one `for_each` under way at once. */
  forEachConcurrency: 1000,
  /** Agents that one task asks side by side. */
  scatterAgents: 100,
  /** Elements of one `for_each`; `tasksPerWorkflow` again. */
  forEachItems: 10_000,
  /** Events are kept this long for waits that come after them. One day. */
  eventLookBackSeconds: 86_400,
  triggersPerWorkflow: 20,
  /** Detail of an event that a caller posts. Kept in a row of 400 KB; EventBridge takes 1 MiB. */
  postedEventBytes: 250_000,
  taskAttempts: 100,
  /** One day for one attempt of one agent. */
  taskTimeoutSeconds: 86_400,
  /** 30 days. */
  executionTimeoutSeconds: 2_592_000,
  /** Added to the outer safety nets: time that a run may be paused or held. 30 days. */
  pauseAllowanceSeconds: 2_592_000,
  /** Counters that share a limit on executions under way. One row takes 1000 writes a second, a transaction counts
   * twice: sixteen bear 8 000 starts and ends a second, more than Step Functions starts. */
  slotShards: 16,
  /** Times that a start looks for another slot because somebody took the one it saw. */
  admissionTries: 12,
  /** How far beyond its size a full queue still takes what is not of low priority. */
  queueHeadroom: 2,
  /** How old a warm function's view of slots may be when it looks for a free one; the write decides. */
  admissionCacheSeconds: 1,
  /** Waiting executions of one tenant looked at together. */
  queueHeads: 25,
  /** Runs that an outlook plays: 1000 tell a chance to 1.6 % (one standard deviation at one half). Long plans get fewer,
   * so that all of it is 200 000 draws of 80 ns, 16 ms; 64 runs of 10 000 tasks take 55 ms (`test/bench/outlook`). */
  outlookSamples: 1000,
  outlookLeastSamples: 64,
  outlookDraws: 200_000,
  /** Tasks whose observations share a row: 400 × 100 bytes is 40 KB. Those of longer workflows are spread over so many
   * rows; 10 000 ÷ 32 is 313 tasks a row. */
  observedTasksPerRow: 400,
  observedRows: 32,
  /** An execution is at risk when it is more likely to miss its service level than to meet it, and until it is clearly
   * more likely to meet it, so that one on the edge is not told of every minute. */
  slaRiskBelow: 0.5,
  slaSafeFrom: 0.6,
  /** Executions whose outlook a sweep works out: 100 × 50 ms of reading and playing is 5 s of its 50. */
  slaPerSweep: 100,
  /** Tasks that the reason of a violation names. */
  namedTasks: 3,
  /** How old a warm function's view of observed durations may be, and how many workflows' it keeps: 100 bytes a task. */
  observedCacheSeconds: 60,
  /** The same for a workflow of which nothing was observed yet. */
  unobservedCacheSeconds: 5,
  cachedObservedBytes: 16_000_000,
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

/** Our own ceilings for talking to agents: strangers choose what they send us, we choose how much of it we read. */
export const A2A_LIMITS = {
  /** The largest cards seen have 200 skills and 90 KB. */
  cardBytes: 262_144,
  /** One reply, or one whole stream of events: the largest output there is. */
  replyBytes: LIMITS.outputBytes,
  keySetBytes: 65_536,
  tokenReplyBytes: 65_536,
  /** Card lifetime when the agent names none, and the bounds of what we accept from it. */
  cardSeconds: { default: 300, least: 30, most: 3600 },
  cachedCards: 2000,
  cachedTokens: 2000,
  /** Redirects followed for a card, all inside its own origin. Calls follow none. */
  redirects: 3,
  cardTimeoutMs: 5000,
  tokenTimeoutMs: 5000,
  callTimeoutMs: 20_000,
  /** Connections per agent host. A Lambda dispatches a batch of ten, the embedded cloud several batches at once. */
  socketsPerHost: 64,
  /** Node's servers close idle connections after 5 s: we stop using them a second earlier. */
  idleSocketMs: 4000,
  /** Most that `ListTasks` may ask for, of others and of us. */
  tasksPerPage: 100,
  listPages: 10,
  /** Ids that callers make up. At 3 bytes a character they fit into a key of 1024 bytes with our prefixes. */
  idCharacters: 256,
  /** How long `SendMessage` waits for a task to come to rest; the task is answered as it is then. Below the 29 s of a
   * gateway that does not stream, and the 30 s of common clients. */
  blockingSeconds: 20,
  /** Between looks at a task for a caller who waits: a twentieth of the time that it has gone on, and so much longer for
   * each thousand tasks, because a look reads their rows. How long a stream may be silent. */
  lookMs: { least: 250, most: 1000 },
  silentMs: 15_000,
  /** Tasks that `ListTasks` answers unless asked for another number, looked at side by side, and counted at most. */
  tasksByDefault: 50,
  picturesAtOnce: 16,
  countedTasks: 1000,
  /** How long the public card may be kept. */
  cardMaxAgeSeconds: 300,
  /** Secrets and addresses of push configurations that callers give us; both go into one request's head. */
  pushSecretCharacters: 4096,
  pushUrlCharacters: 2048,
  pushConfigsPerTask: 10,
  /** One push to a receiver, and how much of its answer is read. */
  pushTimeoutMs: 10_000,
  pushReplyBytes: 65_536,
  /** Waits after each failed try: five tries within 21 minutes, which outlasts a restart of the receiver. */
  pushRetrySeconds: [5, 60, 300, 900, 900],
} as const;

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
  /** Changes of a registry that its log remembers; a reader that is further behind loads everything. */
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
  latencyMs: LIMITS.taskTimeoutSeconds * 1000,
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
