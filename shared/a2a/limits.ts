import { LIMITS } from "../core/limits.ts";

/** Our own ceilings for talking to agents: strangers choose what they send us, we choose how much of it we read. */
export const A2A_LIMITS = {
  /** The largest cards seen have 200 skills and 90 KB. */
  cardBytes: 262_144,
  /** One reply, or one whole stream of events: the largest output there is. */
  replyBytes: LIMITS.outputBytes,
  /** Brackets inside each other in a reply. What walks a value by recursion (JSON.stringify, zod) ends near 5 000. */
  replyDepth: 512,
  keySetBytes: 65_536,
  tokenReplyBytes: 65_536,
  /** Card lifetime when the agent names none, and the bounds of what we accept from it. */
  cardSeconds: { default: 300, least: 30, most: 3600 },
  cachedCards: 2000,
  cachedTokens: 2000,
  /** Of a request's or a reply's body, where exchanges are shown to people. */
  loggedCharacters: 20_000,
  /** Redirects followed for a card or a call, all inside its own origin. */
  redirects: 3,
  cardTimeoutMs: 5000,
  tokenTimeoutMs: 5000,
  callTimeoutMs: 20_000,
  /** How long a stream is read on whose task completed without an artifact. Those that come late come within the same turn. */
  lateArtifactMs: 3000,
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
  /** Between looks at a task for a caller who waits: half the time that it has gone on until that is `least`, so that who
   * asks for little is told soon; then a twentieth, and so much longer for each thousand tasks, because a look reads
   * their rows. */
  lookMs: { first: 4, least: 250, most: 1000 },
  /** How long a caller who waits hears nothing. httpx, below the Python SDK, gives up after 5 s; a look may come a second late. */
  silentMs: 3000,
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
