/**
 * Discovery over the in-memory index. Run: `node --expose-gc test/bench/discovery.bench.ts`. Targets: `README.md` here.
 *
 * Agents carry up to 8 of 101 capabilities, one of them carried by all, a few frequent, most rare.
 */
import { AgentIndex, type DiscoveryQuery, type IndexedAgent } from "../../shared/agents/registry/agent-index.ts";
import type { AgentStanding } from "../../shared/agents/registry/agent-columns.ts";
import { EMPTY_PROFILE, observeTask } from "../../shared/agents/registry/profile.ts";
import { parseVersionConstraint } from "../../shared/core/versions.ts";
import { median } from "./measure.ts";

const QUERIES = 2000;
const NOW = 1_800_000_000_000;
const TARGETS: Readonly<Record<number, number>> = { 10_000: 0.5, 100_000: 5 };

const spread = (seed: number, range: number): number =>
  Math.floor((((seed * 2_654_435_761) % 2 ** 32) / 2 ** 32) * range);

const agentAt = (index: number): IndexedAgent => ({
  agent_id: `agent-${index}`,
  version: `${1 + (index % 3)}.${index % 20}.0`,
  // Squaring makes low numbers frequent: real registries have a few common skills and many rare ones.
  capabilities: [
    "work",
    ...Array.from({ length: 7 }, (_, place) => `skill-${Math.floor(spread(index * 7 + place, 1000) ** 2 / 10_000)}`),
  ],
  service_types: [index % 2 === 0 ? "COMPUTATION" : "STORAGE"],
  tags: [`team-${index % 40}`, index % 5 === 0 ? "staging" : "production"],
  location: `region-${index % 4}`,
});
const standingAt = (index: number): AgentStanding => ({
  status: index % 20 === 0 ? "INACTIVE" : "ACTIVE",
  condition: 0.5 + spread(index, 1000) / 2000,
  heartbeatDueAt: index % 10 === 0 ? NOW - 1 : NOW + 60_000,
  trust: spread(index + 1, 50) / 10,
  load: spread(index + 2, 100) / 100,
});

/** The agents' texts exist anyway, so they are made before memory is measured. */
function indexed(count: number): { index: AgentIndex; bytesPerAgent: number; upsertsPerSecond: number } {
  const agents = Array.from({ length: count }, (_, position) => agentAt(position));
  globalThis.gc?.();
  const before = process.memoryUsage();
  const started = performance.now();
  const index = new AgentIndex();
  for (const [position, agent] of agents.entries()) index.upsert(agent, standingAt(position));
  const seconds = (performance.now() - started) / 1000;
  globalThis.gc?.();
  const after = process.memoryUsage();
  const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  return { index, bytesPerAgent: bytes / agents.length, upsertsPerSecond: count / seconds };
}

const queries: Readonly<Record<string, DiscoveryQuery>> = {
  "3 capabilities + health floor": {
    capabilities: ["work", "skill-0", "skill-1"],
    minHealthScore: 0.7,
    maxResults: 10,
  },
  "3 rare capabilities + health floor": {
    capabilities: ["skill-81", "skill-64", "skill-49"],
    minHealthScore: 0.7,
    maxResults: 10,
  },
  "the same, near one region": {
    capabilities: ["work", "skill-0", "skill-1"],
    minHealthScore: 0.7,
    location: "region-1",
    maxResults: 10,
  },
  "everything at once": {
    capabilities: ["work", "skill-1"],
    serviceTypes: ["COMPUTATION"],
    tags: ["production"],
    version: parseVersionConstraint(">=2.5.0"),
    minHealthScore: 0.7,
    minTrustScore: 2.5,
    location: "region-2",
  },
  "1 capability that all have": { capabilities: ["work"] },
};

function queryRow(size: number, index: AgentIndex, name: string, query: DiscoveryQuery) {
  const times: number[] = [];
  for (let round = 0; round < QUERIES + 200; round += 1) {
    const started = performance.now();
    index.discover(query, NOW);
    times.push(performance.now() - started);
  }
  const sorted = times.slice(200).sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  const target = name === "3 capabilities + health floor" ? (TARGETS[size] ?? 0) : Infinity;
  return {
    agents: size,
    query: name,
    found: index.discover(query, NOW).total,
    "median ms": median(sorted).toFixed(4),
    "p99 ms": p99.toFixed(4),
    target: target === Infinity ? "report" : `< ${target} ${p99 < target ? "ok" : "MISSED"}`,
  };
}

function beatsPerSecond(index: AgentIndex, size: number): number {
  const started = performance.now();
  for (let turn = 0; turn < size; turn += 1) index.updateStanding(`agent-${turn}`, standingAt(turn));
  return (size * 1000) / (performance.now() - started);
}

for (const size of [10_000, 100_000]) {
  const { index, bytesPerAgent, upsertsPerSecond } = indexed(size);
  console.table(Object.entries(queries).map(([name, query]) => queryRow(size, index, name, query)));
  console.table([
    {
      agents: size,
      "index bytes per agent": globalThis.gc === undefined ? "needs --expose-gc" : Math.round(bytesPerAgent),
      target: `< 2048 ${bytesPerAgent < 2048 ? "ok" : "MISSED"}`,
      "upserts/s": Math.round(upsertsPerSecond),
      "heartbeats taken over/s": Math.round(beatsPerSecond(index, size)),
    },
  ]);
}

const OBSERVED = 20_000;
const started = performance.now();
let profile = EMPTY_PROFILE;
for (let turn = 0; turn < OBSERVED; turn += 1) {
  const outcome = turn % 20 === 0 ? "failed" : "completed";
  profile = observeTask(profile, {
    capability: `skill-${turn % 6}`,
    outcome,
    latencyMs: 50 + spread(turn, 2000),
    cost: 0.1,
    at: NOW + turn * 60_000,
  });
}
console.table([
  {
    "profile updates/s": Math.round((OBSERVED * 1000) / (performance.now() - started)),
    "profile JSON bytes": JSON.stringify(profile).length,
    "largest sketch, JSON bytes": Math.max(...profile.spans.map(({ latency }) => JSON.stringify(latency).length)),
  },
]);
