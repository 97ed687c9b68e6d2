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
  dynamodb: { itemBytes: 409_600, transactionItems: 100, batchWriteItems: 25 },
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

/** Our own ceilings, each below the quota it protects. */
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
  /** Dependencies' outputs carried inside one message to an agent; larger sets travel by reference. */
  messagePayloadBytes: 4_000_000,
  /** One server-sent status stream; API Gateway streams for 15 minutes at most, readers connect again. */
  streamSeconds: 840,
  streamIntervalMs: 500,
  /** Age from which an open execution is checked against its machine, and how many a sweep looks at. */
  reconcileAfterSeconds: 60,
  reconciledPerSweep: 100,
  /** Tasks of a failed execution that are called back side by side. */
  recallsAtOnce: 32,
  /** How long a link to a large output can be followed. */
  downloadLinkSeconds: 900,
  /** An agent's reason for a failure, in rows, events and causes. As JSON at worst six times as long: 12 000 of the
   * 32 768 characters that Step Functions takes. */
  failureCharacters: 2000,
  /** Ids that agents make up; they are kept in rows. */
  agentIdCharacters: 1024,
  /** A registered agent's row. Item 400 KB; names and numbers add little to the JSON. */
  agentBytes: 300_000,
  /** Output of one task (requirement B15). */
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
  /** One call to an agent. Below the dispatcher's 30 s with room for the writes around it. */
  agentCallSeconds: 20,
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
  taskAttempts: 100,
  /** One day for one attempt of one agent. */
  taskTimeoutSeconds: 86_400,
  /** 30 days. */
  executionTimeoutSeconds: 2_592_000,
  /** Added to the outer safety nets: time that a run may be paused or held. 30 days. */
  pauseAllowanceSeconds: 2_592_000,
} as const;

/** What a definition means where it says nothing. */
export const DEFAULTS = {
  taskTimeoutSeconds: 300,
  executionTimeoutSeconds: 3600,
  /** A tenth of the default timeout: agents mostly answer long before they are given up. */
  estimateSeconds: 30,
  retry: { maxAttempts: 3, initialDelaySeconds: 1, maxDelaySeconds: 60 },
  circuitBreaker: { failureThreshold: 3, timeoutSeconds: 30 },
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
  /** Most that `ListTasks` may ask for. */
  tasksPerPage: 100,
  listPages: 10,
} as const;
