import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRouter, pickTarget, type RouterOptions } from "../../../../shared/agents/routing/router.ts";
import { loadFactor, type Router, type Target } from "../../../../shared/agents/routing/target.ts";
import { RoutingStrategy } from "../../../../shared/workflow/definition/task-definition.ts";
import { anyTargets, chiSquare, request, seeded, tally, target, targetsNamed, turns } from "./targets.ts";

function routerOf(strategy: RoutingStrategy, targets: readonly Target[], options: RouterOptions = {}): Router {
  const router = createRouter(strategy, options);
  router.update(targets);
  return router;
}

describe.each(RoutingStrategy.options)("%s", (strategy) => {
  it("picks nobody of nobody", () => {
    const router = routerOf(strategy, []);
    expect([router.pick(request({ key: "k" })), router.pickAll(request())]).toEqual([undefined, []]);
  });

  it("always picks somebody of any targets, and the same for the same history", () => {
    fc.assert(
      fc.property(anyTargets, (targets) => {
        const requests = [...turns(50)].map((asked) => ({ ...asked, key: `key-${asked.turn % 7}` }));
        const counts = tally(routerOf(strategy, targets), targets.length, requests);
        expect(tally(routerOf(strategy, targets), targets.length, requests)).toEqual(counts);
      }),
      { numRuns: 30 },
    );
  });

  it("forgets targets that are gone", () => {
    const router = routerOf(strategy, targetsNamed(9));
    tally(router, 9, turns(20, { key: "k" }));
    router.update(targetsNamed(2));
    expect(tally(router, 2, turns(20, { key: "k" })).reduce((sum, count) => sum + count, 0)).toBe(20);
    router.update([]);
    expect(router.pick(request({ key: "k" }))).toBeUndefined();
  });
});

describe("round_robin", () => {
  it("differs by one at most over any stretch of turns", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(200), fc.nat(1000), (count, stretch, from) => {
        const counts = tally(routerOf("round_robin", targetsNamed(count)), count, turns(stretch, {}, from));
        return Math.max(...counts) - Math.min(...counts) <= 1;
      }),
    );
  });
});

describe("resource_aware_round_robin", () => {
  it("gives turns by free capacity and health", () => {
    const router = routerOf("resource_aware_round_robin", [target("a", { capacity: 20 }), target("b"), target("c", { load: 0.5, capacity: 20 }), target("d", { health: 0.5, capacity: 20 }), target("e", { load: 1 })]);
    expect(tally(router, 5, turns(500))).toEqual([200, 100, 100, 100, 0]);
  });

  it("goes round when everybody is full", () => {
    expect(tally(routerOf("resource_aware_round_robin", targetsNamed(4, { load: 1 })), 4, turns(40))).toEqual([10, 10, 10, 10]);
  });

  it("leaves out nobody who has anything free", () => {
    const router = routerOf("resource_aware_round_robin", [target("a", { capacity: 10_000 }), target("b", { capacity: 1 })]);
    expect(tally(router, 2, turns(17))).toEqual([16, 1]);
  });
});

describe("least_loaded", () => {
  it("takes the idle one first", () => {
    expect(routerOf("least_loaded", [target("a", { load: 0.2 }), target("b", { load: 0.1 }), target("c", { load: 0.3 })]).pick(request())).toBe(1);
  });

  it("spreads a burst over equals with a difference of one at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(300), (count, burst) => {
        const counts = tally(routerOf("least_loaded", targetsNamed(count)), count, turns(burst));
        return Math.max(...counts) - Math.min(...counts) <= 1;
      }),
    );
  });

  it("never leaves one target more than a task's part fuller than another that could have had it", () => {
    fc.assert(
      fc.property(anyTargets, fc.nat(300), (targets, burst) => {
        const counts = tally(routerOf("least_loaded", targets), targets.length, turns(burst));
        const levels = targets.map(({ load, capacity }, index) => load + (counts[index] ?? 0) / capacity);
        const lowest = Math.min(...levels);
        return targets.every(({ capacity }, index) => (counts[index] ?? 0) === 0 || (levels[index] ?? 0) - 1 / capacity <= lowest + 1e-9);
      }),
    );
  });

  it("fills a larger agent more than a smaller one", () => {
    expect(tally(routerOf("least_loaded", [target("a", { capacity: 30 }), target("b", { capacity: 10 })]), 2, turns(40))).toEqual([30, 10]);
  });
});

describe("weighted_random", () => {
  it("passes a chi-square test against the inverse of the loads", () => {
    const loads = [0, 0.05, 0.2, 0.45, 0.95];
    const router = routerOf("weighted_random", loads.map((load, index) => target(`a${index}`, { load })));
    const counts = tally(router, loads.length, turns(100_000));
    // 1 ÷ (load + 0.05) is 20, 10, 4, 2 and 1. 4 degrees of freedom: above 18.5 once in a thousand times.
    expect(chiSquare(counts, [20, 10, 4, 2, 1])).toBeLessThan(18.5);
    expect(chiSquare(counts, [20, 10, 4, 2, 2])).toBeGreaterThan(1000);
  });
});

describe("priority_based", () => {
  const targets = [target("best"), target("good", { load: 0.05 }), target("ill", { health: 0.5 }), target("roomy", { load: 0.5, capacity: 100 }), target("full", { load: 1 })];

  it.each(["critical", "high"] as const)("gives %s tasks to the best in turn", (priority) => {
    expect(tally(routerOf("priority_based", targets), 5, turns(100, { priority }))).toEqual([50, 50, 0, 0, 0]);
  });

  it("gives low tasks to whoever has slots free, in proportion", () => {
    const counts = tally(routerOf("priority_based", targets), 5, turns(79_500, { priority: "low" }));
    // Free slots: 10, 9.5, 10, 50 and none. 3 degrees of freedom: above 16.3 once in a thousand times.
    expect(counts[4]).toBe(0);
    expect(chiSquare(counts.slice(0, 4), [10, 9.5, 10, 50])).toBeLessThan(16.3);
  });

  it("treats medium tasks, and those without priority, as weighted_random does", () => {
    const reference = tally(routerOf("weighted_random", targets), 5, turns(1000));
    expect(tally(routerOf("priority_based", targets), 5, turns(1000, { priority: "medium" }))).toEqual(reference);
    expect(tally(routerOf("priority_based", targets), 5, turns(1000))).toEqual(reference);
  });
});

describe("broadcast", () => {
  it("goes to everybody", () => {
    expect(routerOf("broadcast", targetsNamed(4)).pickAll(request({ turn: 9 }))).toEqual([0, 1, 2, 3]);
  });
});

describe("failover", () => {
  it.each([
    { what: "the first while it is healthy", health: [0.7, 1, 1], picked: 0 },
    { what: "the second when the first is ill", health: [0.69, 0.8, 1], picked: 1 },
    { what: "the last resort", health: [0.1, 0.2, 0.9], picked: 2 },
    { what: "the least ill when all are", health: [0.1, 0.3, 0.2], picked: 1 },
    { what: "the first when all are dead", health: [0, 0, 0], picked: 0 },
  ])("picks $what", ({ health, picked }) => {
    const router = routerOf("failover", health.map((value, index) => target(`a${index}`, { health: value })));
    expect([router.pick(request({ turn: 5 })), router.pickAll(request())]).toEqual([picked, [picked]]);
  });

  it("goes by another floor when told so", () => {
    expect(routerOf("failover", [target("a", { health: 0.5 }), target("b")], { healthFloor: 0.4 }).pick(request())).toBe(0);
  });
});

describe("pickTarget", () => {
  it("decides once without keeping anything", () => {
    expect(pickTarget("round_robin", targetsNamed(3), request({ turn: 4 }))?.id).toBe("agent-1");
    expect(pickTarget("round_robin", [], request())).toBeUndefined();
  });
});

describe("loadFactor", () => {
  it.each([
    { figures: {}, load: 0 },
    { figures: { queueSize: 10, capacity: 10 }, load: 0.2 },
    { figures: { processingMs: 2000 }, load: 0.1 },
    { figures: { errorRate: 1 }, load: 0.2 },
    { figures: { inFlight: 5, capacity: 10 }, load: 0.1 },
    { figures: { inFlight: 500, capacity: 10 }, load: 0.2 },
    { figures: { queueSize: 30, processingMs: 6000, errorRate: 0.5, inFlight: 10, capacity: 10 }, load: 0.75 },
  ])("is $load for $figures", ({ figures, load }) => {
    expect(loadFactor(figures)).toBeCloseTo(load, 10);
  });

  it("stays from 0 to 1 and never falls when a figure rises", () => {
    const random = seeded(2);
    for (let round = 0; round < 500; round += 1) {
      const figures = { queueSize: random() * 50, processingMs: random() * 9000, errorRate: random() / 2, inFlight: random() * 30, capacity: 20 };
      const load = loadFactor(figures);
      expect(load >= 0 && load <= 1).toBe(true);
      for (const more of [{ queueSize: 60 }, { processingMs: 10_000 }, { errorRate: 0.9 }, { inFlight: 40 }]) {
        expect(loadFactor({ ...figures, ...more })).toBeGreaterThanOrEqual(load);
      }
    }
  });
});
