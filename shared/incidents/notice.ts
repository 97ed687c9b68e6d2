import * as z from "zod";
import { contentHash } from "../core/canonical-json.ts";
import { type IncidentStatus, Severity } from "./incident.ts";
import { CHANNEL_LIMITS } from "./limits.ts";
import type { NoticeOrder } from "./messages.ts";

/** What a notice of a channel that is tried is about, instead of an incident. */
export const TEST_EVENT = "channel.tested";

/** What a notice is about that a hook sends, instead of an incident. */
export const HOOK_EVENT = "hook.notice";

/**
 * How far a notice has come. `overtaken`: what it tells was over before it could be told; `dropped`: its channel is gone
 * or off.
 */
export const NoticeStatus = z.enum(["waiting", "delivered", "failed", "overtaken", "dropped"]);

/** What one channel is told of one move of an incident. */
export const Notice = z.object({
  /** Receivers know repeats by it. */
  notice_id: z.string(),
  /** Of what a hook sends, the hook's run. */
  incident_id: z.string(),
  /** The move. */
  revision: z.int().positive(),
  event: z.string(),
  /** What a hook has said, and how grave it is. */
  said: z.string().optional(),
  severity: Severity.optional(),
  channel_id: z.string(),
  status: NoticeStatus,
  /** Tries until now. */
  attempts: z.int().nonnegative(),
  created_at: z.iso.datetime(),
  /** It waits until then: for a retry, for the next minute, or for the end of a quiet time. */
  not_before: z.iso.datetime().optional(),
  /** Until then it belongs to the invocation that is at work on it. */
  leased_until: z.iso.datetime().optional(),
  ended_at: z.iso.datetime().optional(),
  /** Why it waits, or how it ended. */
  reason: z.string().optional(),
  /** Number of its last write. */
  version: z.int().positive(),
});
export type Notice = z.output<typeof Notice>;

/** A notice that nobody has tried yet. Its id is the same however often it is made. */
export const newNotice = (
  { tenant, incident, revision, channel }: NoticeOrder,
  { event, at, ...told }: { event: string; at: string } & Pick<Notice, "said" | "severity">,
): Notice => ({
  ...told,
  notice_id: `msg_${contentHash([tenant, incident, revision, channel].join("\n")).slice(0, 32)}`,
  incident_id: incident,
  revision,
  event,
  channel_id: channel,
  status: "waiting",
  attempts: 0,
  created_at: at,
  version: 1,
});

/** What came of a try. */
export type Delivered =
  | { readonly kind: "delivered" }
  /** `isGone`: the receiver said that it wants nothing more, ever. */
  | { readonly kind: "refused"; readonly reason: string; readonly isRetryable: boolean; readonly retryAfterSeconds?: number; readonly isGone?: true };

/** Whether a notice is to be tried no more. */
export const isOver = ({ status }: Pick<Notice, "status">): boolean => status !== "waiting";

const later = (at: string, seconds: number): string => new Date(Date.parse(at) + seconds * 1000).toISOString();

/** A notice that is about to be tried. */
export const claimed = (notice: Notice, at: string): Notice => ({
  ...notice,
  attempts: notice.attempts + 1,
  leased_until: later(at, CHANNEL_LIMITS.leaseSeconds),
  version: notice.version + 1,
});

/** A notice that ended, or waits, without a try. */
export const setAside = (notice: Notice, change: Pick<Notice, "status" | "reason"> & { at: string; until?: number }): Notice => {
  const { at, until, ...rest } = change;
  const when = rest.status === "waiting" ? { not_before: new Date(until ?? Date.parse(at)).toISOString() } : { ended_at: at };
  return { ...notice, ...rest, ...when, version: notice.version + 1 };
};

/** A notice after a try: delivered, to be tried again, or failed. */
export function tried(notice: Notice, outcome: Delivered, at: string): Notice {
  const next = { ...notice, leased_until: undefined, reason: undefined, not_before: undefined, version: notice.version + 1 };
  if (outcome.kind === "delivered") return { ...next, status: "delivered", ended_at: at };
  const wait = CHANNEL_LIMITS.retrySeconds[notice.attempts - 1];
  if (!outcome.isRetryable || wait === undefined) return { ...next, status: "failed", reason: outcome.reason, ended_at: at };
  const longest = CHANNEL_LIMITS.retrySeconds.at(-1) ?? wait;
  return { ...next, reason: outcome.reason, not_before: later(at, Math.min(Math.max(wait, outcome.retryAfterSeconds ?? 0), longest)) };
}

/**
 * Whether what a notice tells is over: told late, a beginning would stand where the end was told already. Ends are
 * always told.
 */
export function isOvertaken(event: string, status: IncidentStatus): boolean {
  if (event === "incident.escalated") return status !== "open";
  return event !== "incident.resolved" && event !== TEST_EVENT && status === "resolved";
}
