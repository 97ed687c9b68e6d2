import { AWS_QUOTAS } from "../core/limits.ts";

const MINUTE = 60;
const DAY = 86_400;

/**
 * The numbers of incidents.
 *
 * @example
 * ```ts
 * z.string().max(INCIDENT_LIMITS.descriptionCharacters)
 * ```
 */
export const INCIDENT_LIMITS = {
  descriptionCharacters: 4000,
  noteCharacters: 4000,
  components: 100,
  componentCharacters: 128,
  /** Of an incident's context: an eighth of an item. */
  contextBytes: 49_152,
  /** Moves of one incident that a reader is shown, the newest; a flapping one makes two an hour. */
  shownEntries: 200,
  /** Of what lies between two passes may count as time that was seen: a pass and a half. In the rest nobody looked. */
  seenSeconds: 90,
  /** What was beyond its threshold is well again below this part of it. */
  clearShare: 0.8,
  /** Well for so long before an incident resolves itself, unless the deployment says otherwise. */
  quietSeconds: 5 * MINUTE,
  /** So many times that, by how often it was reopened within the hour: 5, 10, 20, 60 minutes. */
  quietFactors: [1, 2, 4, 12],
  /** Within so long of its end the same trouble is the same incident. */
  reopenSeconds: 30 * MINUTE,
  /** Reopened so often within an hour, an incident flaps. */
  flapsAt: 3,
  flapSeconds: 60 * MINUTE,
  /** An incident that a person resolved while its cause goes on is left resolved for so long. */
  respectSeconds: 5 * MINUTE,
  /** Agents of one host that are lost together make one incident. */
  groupedAgents: 5,
  /** A move that was not told by then is told by the detector. */
  untoldSeconds: MINUTE,
  /** Incidents that a pass opens for one tenant; the next passes open the others. */
  openedPerPass: 20,
  /** Tenants looked at side by side. */
  tenantsAtOnce: 8,
  /** Times that a change is worked out anew because another came first. */
  optimisticTries: 8,
  /** Responses that nobody asked for: of one rule and tenant within an hour, and between two to the same agent. */
  ownResponsesPerHour: 3,
  ownResponseRestSeconds: 10 * MINUTE,
  /** Incidents that are over are kept for two years. */
  keptSeconds: 730 * DAY,
} as const;

/** The numbers of channels. */
export const CHANNEL_LIMITS = {
  perTenant: 50,
  nameCharacters: 128,
  groups: 20,
  /** What one try may take, and how much of the answer is read. */
  timeoutMs: 5000,
  replyBytes: 65_536,
  /** Between the tries of a notice. */
  retrySeconds: [30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 120 * MINUTE],
  /** An invocation that died with a notice keeps it from others for so long. */
  leaseSeconds: 30,
  /** Notices to one channel within a minute; the others wait for the next. Slack takes one a second. */
  perMinute: 20,
  /** What became of notices is kept for a month. */
  logSeconds: 30 * DAY,
  delaySeconds: AWS_QUOTAS.sqs.delaySeconds,
  /** How long a caller who tries a channel is kept waiting, and how often its notice is looked at. */
  patienceMs: 15_000,
  lookMs: 200,
  escalationRules: 20,
  longestEscalationMinutes: 24 * 60,
} as const;

/** The numbers of dead letters. */
export const DEAD_LETTER_LIMITS = {
  /** Messages of a queue that one look shows, and bytes of each. */
  shown: 100,
  shownCharacters: 1000,
  /** Messages that are looked through for one: a hundred receives, within the API's 29 s. */
  searched: 1000,
  /** Messages that SQS gives at once. */
  batch: AWS_QUOTAS.sqs.batchEntries,
  /** Nobody else sees a message for so long that a reader died with: as long as a request may take. */
  holdSeconds: 30,
  waitSeconds: 1,
  queuesAtOnce: 8,
} as const;
