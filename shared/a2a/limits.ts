import { LIMITS } from "../core/limits.ts";

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
