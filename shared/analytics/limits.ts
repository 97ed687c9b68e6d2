import { AWS_QUOTAS } from "../core/limits.ts";

const DAY = 86_400;

/** The numbers of analytics. */
export const ANALYTICS_LIMITS = {
  /** How long windows of each length are kept. Those of an hour and a day are what trends of 90 days are made of. */
  keptSeconds: { "1m": 7 * DAY, "5m": 14 * DAY, "1h": 90 * DAY, "1d": 730 * DAY },
  /** Points of one answer: a week in minutes of ten would be as many. */
  points: 1500,
  /** Agents that one end is counted for by name; those with the fewest attempts count as `other`. */
  agentsPerEnd: 20,
  /** Agents of one execution whose usage is remembered by name, about 250 bytes each in a row of 400 KB. */
  agentsRemembered: 500,
  /** Windows that one transaction adds to, beside the marks and observations of the ends in it. */
  additions: AWS_QUOTAS.dynamodb.transactionItems - 60,
  /** Ends may be told late: hours and days are made again from their parts for so long after they closed. */
  reopenedHours: 3,
  /** Series of hours that a warm function knows to have named; about 150 bytes each. */
  rememberedSeries: 20_000,
  /** Series that an hour is rolled up for side by side. */
  rolledAtOnce: 8,
} as const;
