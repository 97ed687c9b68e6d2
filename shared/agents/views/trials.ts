import * as z from "zod";
import { TenantId } from "../../core/ids.ts";
import { RegisteredAgentId } from "../agent-registration.ts";
import { AGENT_LIMITS } from "../limits.ts";
import { AgentExchange } from "./exchanges.ts";

/** `POST /api/v1/agents/{id}/try`: one real message to an agent, outside any workflow. */
export const TrialRequest = z
  .strictObject({
    /** Sent as a text part. */
    text: z.string().min(1).max(AGENT_LIMITS.taskTextCharacters).optional(),
    /** Sent as a data part. */
    data: z.json().optional(),
    /** Goes on with a conversation. @default - a new one */
    context_id: z.string().min(1).max(AGENT_LIMITS.agentIdCharacters).optional(),
    /** Answers a question of this task of the agent's. */
    task_id: z.string().min(1).max(AGENT_LIMITS.agentIdCharacters).optional(),
    timeout_seconds: z.int().min(1).max(AGENT_LIMITS.awaitedSeconds).default(AGENT_LIMITS.trialSeconds),
  })
  .refine(({ text, data }) => text !== undefined || data !== undefined, { path: ["text"], message: "is missing: give text, data, or both" });
export type TrialRequest = z.infer<typeof TrialRequest>;

/** The order to try an agent; its trial is on record as running. */
export const TrialOrder = z.object({ tenant: TenantId, agentId: RegisteredAgentId, trialId: z.string(), request: TrialRequest });
export type TrialOrder = z.infer<typeof TrialOrder>;

/** What an agent made of a message, and everything that was sent and heard. */
export const TrialView = z
  .object({
    trial_id: z.string(),
    agent_id: z.string(),
    /** `running`: it is still waited for. `timed_out`: the time was over. The others are the agent's. */
    status: z.enum(["running", "completed", "input_required", "failed", "timed_out"]),
    /** What it answered or asked: a text, an object, or parts. */
    output: z.unknown().optional(),
    failure: z.object({ code: z.string(), message: z.string() }).optional(),
    agent_task_id: z.string().optional(),
    context_id: z.string().optional(),
    started_at: z.iso.datetime(),
    ended_at: z.iso.datetime().optional(),
    exchanges: z.array(AgentExchange),
    /** Exchanges between the first and the last ones that are not kept. */
    exchanges_left_out: z.int().nonnegative(),
  })
  .meta({ id: "AgentTrial" });
export type TrialView = z.infer<typeof TrialView>;
