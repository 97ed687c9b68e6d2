import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import { Agent } from "../agent.ts";
import { isInService, standingOf } from "../agent-health.ts";
import { trustOf } from "../agent-trust.ts";

/** The secret's address is for the functions that call agents, and the rest is how we keep our books. */
const HIDDEN = {
  tenant: true,
  credential_secret_arn: true,
  card: true,
  card_hash: true,
  declared: true,
  learned: true,
  sends_heartbeats: true,
} as const;
const ShownAgent = Agent.omit(HIDDEN);

/** A circuit breaker. An open one says when it lets a task through to see. */
export const BreakerView = z
  .object({
    state: z.enum(["closed", "open", "half_open"]),
    failures: z.int(),
    since: z.iso.datetime().optional(),
    retry_at: z.iso.datetime().optional(),
  })
  .meta({ id: "CircuitBreaker" });
export type BreakerView = z.infer<typeof BreakerView>;

/** How full an agent is, as far as it and its reservations say. */
const AgentLoad = z
  .object({
    queue_size: z.int(),
    reserved_slots: z.int(),
    max_concurrent_tasks: z.int(),
    /** Taken and reserved slots ÷ all slots, 1 at most. */
    utilization: z.number(),
  })
  .meta({ id: "AgentLoad" });

/** A registered agent: what it declared, and where it stands. */
export const AgentView = ShownAgent.extend({
  health_score: z.number(),
  trust_score: z.number(),
  in_service: z.boolean(),
  load: AgentLoad,
  circuit_breaker: BreakerView,
  tasks_learned: z.int(),
  has_credential: z.boolean(),
  /** In the reply to a registration: what to know of the agent before it gets work. */
  warnings: z.array(z.string()).optional(),
}).meta({ id: "Agent" });
export type AgentView = z.infer<typeof AgentView>;

/** A page of registered agents. */
export const AgentPage = z.object({ agents: z.array(AgentView), next_cursor: NextCursor }).meta({ id: "AgentPage" });

/** What of an agent is kept apart from its row. */
export interface AgentSurroundings {
  /** Slots that are promised now. */
  readonly reservedSlots: number;
  readonly breaker: BreakerView;
}

/** An agent as the API prints it at the time `now` (milliseconds since 1970), with what is worked out on every read. */
export function viewAgent(agent: Agent, { reservedSlots, breaker }: AgentSurroundings, now: number): AgentView {
  const { status, health } = standingOf(agent, now);
  const queued = agent.metrics?.queue_size ?? 0;
  return {
    ...ShownAgent.parse(agent),
    status,
    health_score: rounded(health),
    trust_score: rounded(trustOf(agent, now)),
    in_service: isInService({ ...agent, status }),
    load: {
      queue_size: queued,
      reserved_slots: reservedSlots,
      max_concurrent_tasks: agent.max_concurrent_tasks,
      utilization: rounded(Math.min(1, (queued + reservedSlots) / agent.max_concurrent_tasks)),
    },
    circuit_breaker: breaker,
    tasks_learned: agent.learned?.tasks ?? 0,
    has_credential: agent.credential_secret_arn !== undefined,
  };
}

/** A score with four digits: what scores can be told apart by. */
export const rounded = (value: number): number => Number(value.toFixed(4));
