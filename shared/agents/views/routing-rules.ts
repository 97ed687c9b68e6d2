import * as z from "zod";
import { RoutingRule } from "../routing/routing.ts";

/** A routing rule as it is stored. */
export const RoutingRuleView = RoutingRule.meta({ id: "RoutingRule" });
export type RoutingRuleView = z.infer<typeof RoutingRuleView>;

/** Routing rules, the one that is asked first in front. */
export const RoutingRuleList = z.object({ rules: z.array(RoutingRuleView) }).meta({ id: "RoutingRuleList" });

/** Which agent would get a task now, and why; `agent_id` is null when none would. */
export const RouteDecision = z
  .object({
    agent_id: z.string().nullable(),
    /** Why there is no agent. */
    reason: z.string().optional(),
    strategy: z.string().optional(),
    /** The rule that decided; absent where the task's own strategy did. */
    rule: z.string().optional(),
    candidates: z.array(z.string()),
    total_candidates: z.int(),
    not_free: z.array(z.object({ agent_id: z.string(), reason: z.string() })),
  })
  .meta({ id: "RouteDecision" });
export type RouteDecision = z.infer<typeof RouteDecision>;
