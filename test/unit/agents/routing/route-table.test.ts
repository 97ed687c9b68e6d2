import { describe, expect, it } from "vitest";
import { ExpressionError } from "../../../../shared/expression/expression-error.ts";
import { conditionOf, holds } from "../../../../shared/agents/routing/condition.ts";
import { ContentBased } from "../../../../shared/agents/routing/content-router.ts";
import { RouteTable, type RouteRule } from "../../../../shared/agents/routing/route-table.ts";
import { request, target, targetsNamed } from "./targets.ts";

const carbon = conditionOf("payload.task_type == 'carbon_calculation'");
const rule = (name: string, more: Partial<RouteRule> = {}): RouteRule => ({ name, priority: 0, targets: ["agent-0", "agent-1"], strategy: "round_robin", ...more });
const tableOf = (rules: readonly RouteRule[], targets = targetsNamed(4)): RouteTable => {
  const table = new RouteTable(rules);
  table.update(targets);
  return table;
};
const scope = (payload: unknown) => ({ payload });

describe("RouteTable", () => {
  it("asks rules by priority, of equals in the order listed", () => {
    const table = tableOf([rule("low", { priority: 1 }), rule("first", { priority: 5, condition: carbon }), rule("second", { priority: 5 })]);
    expect(table.route(request({ scope: scope({ task_type: "carbon_calculation" }) })).route?.rule).toBe("first");
    expect(table.route(request({ scope: scope({ task_type: "report" }) })).route?.rule).toBe("second");
  });

  it("routes as spec 003's example does: to the least loaded of three calculators", () => {
    const targets = [target("agent-calc-001", { load: 0.4 }), target("agent-calc-002", { load: 0.1 }), target("agent-calc-003", { load: 0.3 })];
    const table = tableOf([rule("route_carbon_calculations", { priority: 100, condition: carbon, targets: targets.map(({ id }) => id), strategy: "least_loaded" })], targets);
    expect(table.route(request({ scope: scope({ task_type: "carbon_calculation", supplier_id: "SUP-12345" }) }))).toEqual({
      route: { rule: "route_carbon_calculations", targets: ["agent-calc-002"] },
      flaws: [],
    });
  });

  it("goes on to the next rule when no target of the first is there", () => {
    const table = tableOf([rule("gone", { priority: 9, targets: ["agent-9"] }), rule("there")]);
    expect(table.route(request()).route).toEqual({ rule: "there", targets: ["agent-0"] });
  });

  it("keeps a rule's own order of targets, which failover goes by", () => {
    const rules = [rule("chain", { targets: ["agent-3", "agent-9", "agent-1"], strategy: "failover" })];
    expect(tableOf(rules).route(request()).route?.targets).toEqual(["agent-3"]);
    expect(tableOf(rules, [target("agent-1"), target("agent-3", { health: 0.1 })]).route(request()).route?.targets).toEqual(["agent-1"]);
  });

  it("sends a broadcast to all that are there", () => {
    expect(tableOf([rule("all", { targets: ["agent-2", "agent-9", "agent-0"], strategy: "broadcast" })]).route(request()).route?.targets).toEqual(["agent-2", "agent-0"]);
  });

  it("passes over a rule that cannot be evaluated, and says so", () => {
    const table = tableOf([rule("broken", { priority: 9, condition: carbon }), rule("rest")]);
    const decision = table.route(request({ scope: scope({}) }));
    expect(decision.route?.rule).toBe("rest");
    expect(decision.flaws).toEqual([{ rule: "broken", message: expect.stringContaining("task_type") }]);
  });

  it("has no route when no rule applies", () => {
    expect(tableOf([rule("never", { condition: () => false })]).route(request())).toEqual({ flaws: [] });
    expect(tableOf([]).route(request())).toEqual({ flaws: [] });
  });
});

describe("conditionOf", () => {
  it.each([
    { text: "payload.amount > 1000 && priority == 'high'", holds: true },
    { text: "payload.get('task_type', '') == 'carbon_calculation'", holds: false },
    { text: "skill in ['a', 'b']", holds: true },
  ])("evaluates $text", ({ text, holds: expected }) => {
    expect(conditionOf(text)({ payload: { amount: 1200 }, priority: "high", skill: "b" })).toBe(expected);
  });

  it.each(["payload.", "sender == 'x'", "process.exit(1)"])("does not take %s", (text) => {
    expect(() => conditionOf(text)).toThrow(ExpressionError);
  });

  it("lets bugs through that are no flaw of the expression", () => {
    const broken = (): boolean => {
      throw new TypeError("a bug");
    };
    expect(() => holds(broken, {})).toThrow(TypeError);
  });
});

describe("content_based", () => {
  const routerOf = (...rules: ConstructorParameters<typeof ContentBased>) => {
    const router = new ContentBased(...rules);
    router.update([target("a", { labels: ["carbon", "eu"] }), target("b", { labels: ["carbon", "us"] }), target("c", { labels: ["finance", "eu"] })]);
    return router;
  };
  const picks = (router: ContentBased, payload: unknown) => [0, 1, 2, 3].map((turn) => router.pick(request({ turn, scope: scope(payload) })));

  it("goes by the first rule that holds, its targets in turn", () => {
    const router = routerOf([
      { condition: conditionOf("payload.kind == 'x'"), targets: ["gone"] },
      { condition: conditionOf("payload.kind == 'x'"), targets: ["c", "a"] },
      { condition: () => true, targets: ["b"] },
    ]);
    expect([picks(router, { kind: "x" }), picks(router, { kind: "y" }), picks(router, {})]).toEqual([[2, 0, 2, 0], [1, 1, 1, 1], [1, 1, 1, 1]]);
  });

  it("forgets what labels came to when the targets change", () => {
    const router = routerOf();
    const payload = { type: "carbon", region: "us" };
    expect(picks(router, payload)).toEqual([1, 1, 1, 1]);
    router.update([target("x", { labels: ["us"] }), target("y"), target("z", { labels: ["us", "carbon"] })]);
    expect(picks(router, payload)).toEqual([2, 2, 2, 2]);
  });

  it("takes everybody in turn when no rule holds", () => {
    expect(picks(routerOf([{ condition: () => false, targets: ["b"] }]), {})).toEqual([0, 1, 2, 0]);
  });

  it.each([
    { payload: { type: "carbon" }, picked: [0, 1, 0, 1] },
    { payload: { type: "carbon", region: "us" }, picked: [1, 1, 1, 1] },
    { payload: { type: "carbon", region: "eu", again: "eu" }, picked: [0, 0, 0, 0] },
    { payload: "finance", picked: [2, 2, 2, 2] },
    { payload: { type: "unheard of" }, picked: [0, 1, 2, 0] },
    { payload: undefined, picked: [0, 1, 2, 0] },
    { payload: null, picked: [0, 1, 2, 0] },
  ])("compares $payload with labels when there are no rules", ({ payload, picked }) => {
    expect(picks(routerOf(), payload)).toEqual(picked);
  });
});
