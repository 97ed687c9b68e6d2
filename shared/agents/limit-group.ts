import * as z from "zod";
import { AGENT_LIMITS } from "./limits.ts";

const NAME_RULE = "must be lower-case letters, digits, '-' or '_', 64 characters at most";
/** Names a limit group inside its tenant. */
export const LimitGroupId = z.string(NAME_RULE).regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, NAME_RULE);

/**
 * `PUT /api/v1/limit-groups/{id}`: what the agents behind one provider or account may be asked together. Agents join by
 * `limit_group` of their registration.
 */
export const LimitGroupBody = z
  .strictObject({
    /** Tasks sent in any sixty seconds. */
    requests_per_minute: z.int().positive().max(1_000_000).optional(),
    /** Tokens in any sixty seconds, as agents report them: nothing is sent while they are used up. */
    tokens_per_minute: z.int().positive().max(1_000_000_000).optional(),
    /** Tasks at work at once. */
    concurrency: z.int().positive().max(AGENT_LIMITS.groupConcurrency).optional(),
    description: z.string().max(500).optional(),
  })
  .refine((body) => [body.requests_per_minute, body.tokens_per_minute, body.concurrency].some((limit) => limit !== undefined), {
    path: ["requests_per_minute"],
    message: "is missing: give requests_per_minute, tokens_per_minute or concurrency",
  });
export type LimitGroupBody = z.infer<typeof LimitGroupBody>;

/** The limits of a group. */
export type GroupLimits = Pick<LimitGroupBody, "requests_per_minute" | "tokens_per_minute" | "concurrency">;

/** A limit group as it is stored. */
export const LimitGroup = z.object({ ...LimitGroupBody.shape, limit_group: LimitGroupId, updated_at: z.iso.datetime(), updated_by: z.string() });
export type LimitGroup = z.infer<typeof LimitGroup>;
