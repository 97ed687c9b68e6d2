import * as z from "zod";
import { Usage } from "../../core/usage.ts";
import { PayloadRef } from "../payload.ts";

/** What an attempt came to, kept while hooks look at it; and what is told of the attempt once they have. */
export const Made = z.object({
  attempt: z.int().positive(),
  output: PayloadRef,
  agentId: z.string().optional(),
  contextId: z.string().optional(),
  messageId: z.string().optional(),
  agentTaskId: z.string().optional(),
  hedgedAt: z.iso.datetime().optional(),
  dispatchedAt: z.iso.datetime(),
  /** When its agent was done. */
  endedAt: z.iso.datetime(),
  usage: Usage.optional(),
  skill: z.string().optional(),
  operation: z.string().optional(),
});
export type Made = z.infer<typeof Made>;
