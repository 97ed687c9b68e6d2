/**
 * Routing decisions per second, movement and spread of consistent hashing, and the breaker.
 * Run: `node test/bench/routing.bench.ts`. Targets: `README.md` here.
 */
import {
  CLOSED_BREAKER,
  decide,
  DEFAULT_BREAKER_POLICY,
  openBreaker,
  type BreakerDecision,
} from "../../shared/agents/routing/circuit-breaker.ts";
import { conditionOf } from "../../shared/agents/routing/condition.ts";
import { HashRing } from "../../shared/agents/routing/hash-ring.ts";
import { hashText } from "../../shared/agents/routing/hash.ts";
import { RouteTable } from "../../shared/agents/routing/route-table.ts";
import { createRouter, type RouterOptions } from "../../shared/agents/routing/router.ts";
import type { RouteRequest, Router, Target } from "../../shared/agents/routing/target.ts";
import { ROUTING } from "../../shared/agents/limits.ts";
import { RoutingStrategy } from "../../shared/workflow/definition/task-definition.ts";
import { median } from "./measure.ts";

const RUNS = 7;
const DECISIONS = 2_000_000;
const KEYS = 100_000;
const TARGET_RATE = 1_000_000;

/** Takes every result, so that no decision can be optimized away. */
let sink = 0;

/** Decisions per second: the median of some runs, after two that are not counted. */
function rateOf(count: number, decideOnce: (turn: number) => number): number {
  const rates = Array.from({ length: RUNS + 2 }, () => {
    const started = performance.now();
    for (let turn = 0; turn < count; turn += 1) sink = (sink + decideOnce(turn)) | 0;
    return (count * 1000) / (performance.now() - started);
  });
  return median(rates.slice(2));
}

const millions = (rate: number): string => (rate / 1e6).toFixed(2);
const verdict = (isMet: boolean): string => (isMet ? "ok" : "MISSED");

const targetsOf = (count: number): Target[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `agent-${index}`,
    load: ((index * 7919) % 101) / 101,
    health: 0.5 + ((index * 104_729) % 97) / 194,
    capacity: 10 + (index % 90),
    labels: [`skill-${index % 50}`, `region-${index % 3}`],
  }));

const requests: RouteRequest[] = Array.from({ length: 4096 }, (_, turn) => ({
  turn: turn * 7919,
  random: ((turn * 2_654_435_761) % 2 ** 32) / 2 ** 32,
  key: `execution-${turn}`,
  priority: (["critical", "high", "medium", "low"] as const)[turn % 4],
  scope: { payload: { task_type: `skill-${turn % 50}`, region: "region-1", amount: turn } },
}));
const requestAt = (turn: number): RouteRequest => requests[turn & 4095] ?? { turn, random: 0 };

function routerOf(strategy: RoutingStrategy, count: number, options: RouterOptions = {}): Router {
  const router = createRouter(strategy, options);
  router.update(targetsOf(count));
  return router;
}

function strategyRow(name: string, strategy: RoutingStrategy, options: RouterOptions = {}) {
  const decisions = strategy === "content_based" ? DECISIONS / 20 : DECISIONS;
  const isReported = strategy === "broadcast" || strategy === "content_based";
  const at = (count: number): number => {
    const router = routerOf(strategy, count, options);
    const pick = (turn: number): number => router.pick(requestAt(turn)) ?? -1;
    const once = strategy === "broadcast" ? (turn: number) => router.pickAll(requestAt(turn)).length : pick;
    return rateOf(decisions, once);
  };
  const rates = [10, 100, 1000].map(at);
  const updates = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    routerOf(strategy, 1000, options);
    return performance.now() - started;
  });
  return {
    strategy: name,
    "M/s, 10 targets": millions(rates[0] ?? 0),
    "M/s, 100": millions(rates[1] ?? 0),
    "M/s, 1 000": millions(rates[2] ?? 0),
    target: isReported ? "report" : `> 1 ${verdict((rates[2] ?? 0) > TARGET_RATE)}`,
    "prepare 1 000, ms": median(updates).toFixed(2),
  };
}

const rules = Array.from({ length: 10 }, (_, index) => ({
  condition: conditionOf(`payload.task_type == 'skill-${index}' && payload.amount > 10`),
  targets: [`agent-${index}`, `agent-${index + 10}`],
}));
console.table([
  ...RoutingStrategy.options.map((strategy) => strategyRow(strategy, strategy)),
  strategyRow("consistent_hashing, bounded load", "consistent_hashing", { loadBound: 1.25 }),
  strategyRow("content_based, 10 CEL rules", "content_based", { rules }),
]);

const table = new RouteTable(
  rules.map(({ condition, targets }, index) => ({
    name: `rule-${index}`,
    priority: index,
    condition,
    targets,
    strategy: "least_loaded",
  })),
);
table.update(targetsOf(1000));
console.table([
  {
    "route table": "10 CEL rules, 4 in 5 requests match none",
    "M/s": millions(rateOf(DECISIONS / 20, (turn) => table.route(requestAt(turn)).flaws.length)),
  },
]);

const hashes = Array.from({ length: KEYS }, (_, index) => hashText(`execution-${index}`));
const ids = targetsOf(100).map(({ id }) => id);

function ownersOf(members: readonly string[], virtualNodes: number): (string | undefined)[] {
  const ring = new HashRing(virtualNodes);
  ring.update(members);
  return hashes.map((hash) => members[ring.find(hash) ?? -1]);
}

function ringRow(virtualNodes: number) {
  const before = ownersOf(ids, virtualNodes);
  const moved = ids.map((leaver) => {
    const after = ownersOf(
      ids.filter((id) => id !== leaver),
      virtualNodes,
    );
    return after.filter((owner, index) => owner !== before[index]).length / KEYS;
  });
  const counts = ids.map((id) => before.filter((owner) => owner === id).length);
  const spread = (Math.max(...counts) * ids.length) / KEYS;
  const most = Math.max(...moved);
  const isDefault = virtualNodes === ROUTING.virtualNodes;
  return {
    "virtual nodes": isDefault ? `${virtualNodes} (default)` : String(virtualNodes),
    "keys moved, mean %": ((moved.reduce((sum, part) => sum + part, 0) / moved.length) * 100).toFixed(2),
    "worst of 100 leavers %": (most * 100).toFixed(2),
    "target ≤ 1.3 %": isDefault ? verdict(most <= 0.013) : "",
    "max ÷ mean load": spread.toFixed(3),
    "target ≤ 1.25": isDefault ? verdict(spread <= 1.25) : "",
  };
}
console.table([64, 160, 256].map(ringRow));

const open = openBreaker(0);
const breakerRow = (state: string, decision: (turn: number) => BreakerDecision) => {
  const nanoseconds = 1e9 / rateOf(DECISIONS * 4, (turn) => Number(decision(turn).isAllowed));
  return {
    breaker: state,
    "ns per decision": nanoseconds.toFixed(1),
    "target < 10 000": verdict(nanoseconds < 10_000),
  };
};
console.table([
  breakerRow("closed", (turn) => decide(CLOSED_BREAKER, DEFAULT_BREAKER_POLICY, turn)),
  breakerRow("open", (turn) => decide(open, DEFAULT_BREAKER_POLICY, turn & 8191)),
  breakerRow("half-open, probing", (turn) => decide(open, DEFAULT_BREAKER_POLICY, 30_000 + turn)),
]);
if (sink === 1) console.log(sink);
