/** Service quotas the engine enforces, as the Step Functions quota page lists them (read 2026-11-21). */
export const LIMITS = {
  payloadBytes: 262_144,
  definitionBytes: 1_048_576,
  historyEvents: 25_000,
  errorChars: 256,
  causeChars: 32_768,
  nameReuseDays: 90,
  pageSize: 1_000,
} as const;
