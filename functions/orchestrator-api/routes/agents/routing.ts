import { deleteRule, listRules, saveRule } from "../../../../shared/agents/store/route-store.ts";
import { conditionOf } from "../../../../shared/agents/routing/condition.ts";
import { ConflictError, InvalidRequestError, NotFoundError } from "../../../../shared/core/errors.ts";
import { ExpressionError } from "../../../../shared/expression/expression-error.ts";
import { fit } from "../../../../shared/http/request.ts";
import { AGENT_LIMITS } from "../../../../shared/agents/limits.ts";
import { explainRoute } from "../../../../shared/agents/pool/explain-route.ts";
import { RouteQuestion, RoutingRule, RoutingRuleBody, RuleName } from "../../../../shared/agents/routing/routing.ts";
import { RouteDecision, RoutingRuleList, RoutingRuleView } from "../../../../shared/agents/views/routing-rules.ts";
import { NO_BODY, param, route } from "../../route.ts";

const list = route({
  method: "GET",
  path: "/api/v1/routing/rules",
  operationId: "listRoutingRules",
  summary: "Routing rules, the one that is asked first in front",
  permission: "agent:read",
  reply: RoutingRuleList,
  status: 200,
  run: async ({ deps, caller }) => ({ body: { rules: await listRules(deps.agents, caller.tenant) } }),
});

const get = route({
  method: "GET",
  path: "/api/v1/routing/rules/{rule}",
  operationId: "getRoutingRule",
  summary: "A routing rule",
  permission: "agent:read",
  reply: RoutingRuleView,
  status: 200,
  run: async ({ deps, caller, ...request }) => {
    const name = param(request, "rule");
    const rule = (await listRules(deps.agents, caller.tenant)).find((known) => known.name === name);
    if (rule === undefined) throw new NotFoundError("routing rule", name);
    return { body: rule };
  },
});

const put = route({
  method: "PUT",
  path: "/api/v1/routing/rules/{rule}",
  operationId: "putRoutingRule",
  summary: "Write a routing rule, or replace it; it takes effect within 5 s (spec 003 §2)",
  permission: "agent:manage",
  body: RoutingRuleBody,
  reply: RoutingRuleView,
  status: 200,
  refusals: [409],
  run: async ({ deps, caller, body, ...request }) => {
    const name = fit(RuleName, param(request, "rule"), "path.rule");
    checkCondition(body.condition);
    const known = await listRules(deps.agents, caller.tenant);
    if (known.length >= AGENT_LIMITS.routingRules && !known.some((rule) => rule.name === name)) {
      throw new ConflictError(`there are ${known.length} rules already, the most allowed; delete one first`);
    }
    const rule = RoutingRule.parse({ ...body, name, updated_at: deps.now().toISOString(), updated_by: caller.subject });
    await saveRule(deps.agents, caller.tenant, rule);
    return { body: rule };
  },
});

function checkCondition(condition: string | undefined): void {
  if (condition === undefined) return;
  try {
    conditionOf(condition);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new InvalidRequestError([{ field: "body.condition", message: error.message }], { cause: error });
  }
}

const remove = route({
  method: "DELETE",
  path: "/api/v1/routing/rules/{rule}",
  operationId: "deleteRoutingRule",
  summary: "Delete a routing rule; it stops within 5 s",
  permission: "agent:manage",
  reply: NO_BODY,
  status: 204,
  run: async ({ deps, caller, ...request }) => {
    const name = param(request, "rule");
    if (!(await deleteRule(deps.agents, caller.tenant, name))) throw new NotFoundError("routing rule", name);
    return { body: undefined };
  },
});

const decide = route({
  method: "POST",
  path: "/api/v1/routing/decide",
  operationId: "explainRoute",
  summary: "Who would get such a task now, by which rule or strategy, and who else could; nothing is sent",
  permission: "agent:read",
  body: RouteQuestion,
  reply: RouteDecision,
  status: 200,
  run: async ({ deps, caller, body }) => {
    const [registry, rules] = await Promise.all([
      deps.directory.of(caller.tenant),
      listRules(deps.agents, caller.tenant),
    ]);
    return { body: explainRoute({ registry, rules, question: body, now: deps.now().getTime() }) };
  },
});

/** Rules that say which agents get which tasks. */
export const ROUTING_ROUTES = [list, get, put, remove, decide];
