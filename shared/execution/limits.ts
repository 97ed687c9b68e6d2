import { AWS_QUOTAS } from "../core/limits.ts";

/**
 * The numbers of executions: what is done together, how old a remembered view may be, when something counts as lost.
 *
 * @example
 * ```ts
 * const ttl = EXECUTION_LIMITS.executionCacheSeconds * 1000;
 * ```
 */
export const EXECUTION_LIMITS = {
  /** Task ids that the event about a compensation names: 100 × 200 characters stay far below what the bus takes. */
  namedCompensations: 100,
  /** How far ahead a message can be sent; who gets one that came too early sends it on. */
  longestDelaySeconds: AWS_QUOTAS.sqs.delaySeconds,
  /** Dependencies' outputs carried inside one message to an agent; larger sets travel by reference. */
  messagePayloadBytes: 4_000_000,
  /** How long an upload may be named as an input or a definition; executions that have it keep it. */
  uploadSeconds: 604_800,
  /** How long the links are good to which its parts are sent. */
  uploadLinkSeconds: 3600,
  /** Tasks before its inputs that a task of a handoff hears of. */
  handedDownTasks: 10,
  /** Of a task's description, where it serves as a heading. */
  titleCharacters: 120,
  /** One server-sent status stream; API Gateway streams for 15 minutes at most, readers connect again. */
  streamSeconds: 840,
  streamIntervalMs: 500,
  /** Events that a reader of changed tasks may have missed; beyond them a picture of all tasks is less work. */
  streamCatchUpEvents: 2000,
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
  /** Rows of instances that a group reads a second, for comparing them with what it started: 10 000 take 25 s until the
   * next time, and one reading of them is 2 000 read units. */
  comparedPerSecond: 400,
  /** Held tasks looked at together, and released by one call or one sweep: 32 at once take 10 ms each, 1.5 s. */
  heldPerPage: 500,
  /** Executions read to fill one page of a search: ten batches of a hundred heads, 200 ms. */
  searchedPerPage: 1000,
  searchedAtOnce: 100,
  /** Executions that one bulk request steers, and how many side by side: each takes some ten calls, so 100 take 3 s. */
  bulkPage: 100,
  steeredAtOnce: 10,
  /** How long one request goes on with page after page; the API has 29 s. */
  bulkSeconds: 15,
  releasedPerCall: 5000,
  /** How long a link to a large output can be followed. */
  downloadLinkSeconds: 900,
  /** Plans a warm function remembers: 10 000 tasks are about 6 MB, most have ten. */
  cachedPlans: 64,
  /** Heads of executions and settled tasks hold payloads of up to 48 KiB, so bytes are counted rather than rows:
   * together 96 MB of a worker's 1 GB. */
  cachedHeadBytes: 32_000_000,
  cachedSettledBytes: 64_000_000,
  /** Of a head that travels with the message that starts its run; one with a longer input is read. */
  carriedHeadCharacters: 8_000,
  /** How old a warm function's view of an execution's status may be: a pause takes effect within a second. */
  executionCacheSeconds: 1,
  /** The same for holds, and how many rows of them it remembers: three to a workflow, about 300 bytes each. */
  holdCacheSeconds: 1,
  cachedHolds: 10_000,
  /** Tokens of graph runs that a warm function remembers; up to a kilobyte each. */
  cachedRunTokens: 10_000,
  /** Executions whose counters and chain a warm projector knows; about 400 bytes each. */
  cachedStandings: 10_000,
  /** Events in one link of an execution's log: an item takes 400 KB, its keys, hashes and counters a few hundred bytes. */
  linkBytes: 300_000,
  /** Times that a projection is tried again because another had moved the counters. */
  projectionTries: 8,
  /** How much later than its own time an event may be committed: a minute for the function that writes it, another for
   * retries and for clocks that differ. */
  eventCommitSeconds: 120,
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
  /** A message that `await-agent` works on is its own for so long, and prolonged so often: the next one takes over soon
   * after a crash. */
  awaitLeaseSeconds: 30,
  awaitRenewalSeconds: 10,
  /** How long one invocation goes on with a graph run in place; a call more must fit into its 30 s. */
  continueSeconds: 8,
  /** Tasks that it starts at once, and those of them recorded together with the task they follow: 2 writes each. */
  continuedTasks: 64,
  followedTasks: 20,
  /** Between looks at a send that may still be under way. */
  doubtSeconds: 5,
  /** Of one entry of a transcript, and how many of its exchanges stand at its beginning and at its end. */
  transcriptBytes: 262_144,
  transcriptExchanges: 8,
  /** Entries that are shown of one attempt, its first and its last ones: together below what a reply may hold. */
  transcriptEntries: 16,
  /** How long after its end a task that has no answer is looked at again. Late artifacts follow within the same turn. */
  lateArtifactSeconds: 3,
  /** When an agent is called again whose address took no call, after that: it may restart. Then its work is lost. */
  lostAgentProbesSeconds: [2, 4, 8],
  /** What a heartbeat may be late beyond two intervals, before its agent's work counts as lost. */
  heartbeatGraceSeconds: 5,
  /** How long an agent may not know a task that it accepted before that counts. */
  missingTaskSeconds: 20,
  /** First look at an attempt whose agent pushes, in case the push is lost; grows to the longest SQS delay. */
  backstopSeconds: 30,
  /** First look at an attempt whose agent cannot push, and how rare the looks become. */
  pollSeconds: 1,
  pollMaxSeconds: 15,
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
