import * as z from "zod";
import { Usage } from "../../core/usage.ts";
import { AgentExchange } from "../../agents/views/exchanges.ts";

/** What we did: sent the task, asked how it goes, looked for a lost send, gave an answer, or gave up. */
export const TranscriptAct = z.enum(["send", "look", "find", "answer", "give_up"]);
export type TranscriptAct = z.infer<typeof TranscriptAct>;

/** One act upon an attempt: what it sent and heard, and what that came to. */
export const TranscriptEntry = z
  .object({
    at: z.iso.datetime(),
    duration_ms: z.number(),
    agent_id: z.string(),
    act: TranscriptAct,
    /** What the agent's word came to: `completed`, `failed`, `working`, `input_required`, `in_doubt`, `not_found`, … */
    outcome: z.string(),
    failure: z.object({ code: z.string(), message: z.string() }).optional(),
    usage: Usage.optional(),
    /** The parts that the agent had been sent, made anew from the task, where the send itself was not kept. */
    sent: z.array(z.unknown()).optional(),
    exchanges: z.array(AgentExchange),
    /** Exchanges between the first and the last ones that are not kept. */
    exchanges_left_out: z.int().nonnegative(),
  })
  .meta({ id: "TranscriptEntry" });
export type TranscriptEntry = z.infer<typeof TranscriptEntry>;

/** All that was kept of an attempt, oldest first. */
export const AttemptTranscript = z
  .object({
    execution_id: z.string(),
    task_id: z.string(),
    attempt: z.int(),
    entries: z.array(TranscriptEntry),
    /** Entries between the first and the last ones that are not shown. */
    entries_left_out: z.int().nonnegative(),
  })
  .meta({ id: "AttemptTranscript" });
export type AttemptTranscript = z.infer<typeof AttemptTranscript>;
