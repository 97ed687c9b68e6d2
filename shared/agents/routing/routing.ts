import * as z from "zod";
import { AGENT_LIMITS } from "../limits.ts";
import { EXPRESSION_LIMITS } from "../../expression/limits.ts";
import { anyCase } from "../../workflow/definition/any-case.ts";
import { RegisteredAgentId } from "../agent-registration.ts";
import { Priority, RoutingStrategy } from "../../workflow/definition/task-definition.ts";

const NAME_RULE = "must be lower-case letters, digits, '-' or '_', 64 characters at most";
/** Names a rule inside its tenant. */
export const RuleName = z.string(NAME_RULE).regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, NAME_RULE);

/** `PUT /api/v1/routing/rules/{name}` (spec 003 §2): sends the tasks that meet a condition to some agents. */
export const RoutingRuleBody = z.strictObject({
  /** The highest is asked first; of equals the one whose name comes first. */
  priority: z.int().min(0).max(1_000_000).default(100),
  /** In the expression language, over `payload`, `priority`, `skill`, `task` and `workflow`. Absent: every task. */
  condition: z.string().min(1).max(EXPRESSION_LIMITS.expressionCharacters).optional(),
  /** Agents in the order that `failover` goes by. Those that cannot do a task are passed over. */
  targets: z.array(RegisteredAgentId).min(1).max(AGENT_LIMITS.ruleTargets),
  strategy: anyCase(RoutingStrategy).default("resource_aware_round_robin"),
  description: z.string().max(500).optional(),
});
export type RoutingRuleBody = z.infer<typeof RoutingRuleBody>;

/** A routing rule as it is stored. */
export const RoutingRule = z.object({
  ...RoutingRuleBody.shape,
  name: RuleName,
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
});
export type RoutingRule = z.infer<typeof RoutingRule>;

/** `POST /api/v1/routing/decide`: who would get such a task now, and why. Nothing is sent. */
export const RouteQuestion = z.strictObject({
  capabilities: z.array(z.string().min(1).max(128)).max(50).default([]),
  tags: z.array(z.string().min(1).max(128)).max(50).default([]),
  skill: z.string().min(1).max(128).optional(),
  task: z.string().min(1).max(128).default("task"),
  workflow: z.string().min(1).max(128).default("workflow"),
  payload: z.record(z.string(), z.unknown()).default({}),
  priority: Priority.default("medium"),
  strategy: anyCase(RoutingStrategy).optional(),
  location: z.string().min(1).max(128).optional(),
  routing_key: z.string().min(1).max(256).default("key"),
});
export type RouteQuestion = z.infer<typeof RouteQuestion>;
