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

/**
 * Our own ceilings that several subjects share, each below the quota it protects. What concerns one subject stands in
 * the `limits.ts` of its folder.
 *
 * @example
 * ```ts
 * if (Buffer.byteLength(json) <= LIMITS.inlinePayloadBytes) return { json };
 * ```
 */
export const LIMITS = {
  /** Body of a request and text of a definition. API Gateway 10 MiB, Lambda 6 MiB: base64 makes 4.5 MB of 6 MiB,
   * but JSON bodies travel as text, so 5 MB leaves 1.2 MB for headers and the event's envelope. */
  requestBodyBytes: 5_000_000,
  /** Nested maps and lists in a definition: the models need 8, the rest is for `input`. */
  definitionDepth: 64,
  /** Of a request's body: a definition, and room for what wraps it. Schemas walk a body by recursion. */
  requestBodyDepth: 80,
  /** Payloads up to this stay in their row. Item 400 KB ÷ 8: input, output and question fit with room for the rest. */
  inlinePayloadBytes: 49_152,
  /** An agent's reason for a failure, in rows, events and causes. As JSON at worst six times as long: 12 000 of the
   * 32 768 characters that Step Functions takes. */
  failureCharacters: 2000,
  /** Parts in which a payload goes to the bucket; smaller ones go whole. S3 takes no part below 5 MiB but the last. */
  partBytes: 8_388_608,
  /** Output of one task. */
  outputBytes: 104_857_600,
  /** Tenants whose agents and secrets a warm function remembers. */
  cachedTenants: 256,
  /** How old a cached secret may be. */
  secretCacheSeconds: 300,
} as const;
