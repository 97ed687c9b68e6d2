import { describe, expect, it } from "vitest";
import { present } from "../../../shared/core/present.ts";
import { ALERT_RULES } from "../../../shared/incidents/rules/alert-rules.ts";
import type { Finding, SystemSigns, TenantSigns } from "../../../shared/incidents/rules/signs.ts";
import { tallyOfRun, type Tally } from "../../../shared/analytics/tally.ts";
import { bucketOf } from "../../../shared/agents/registry/quantile-sketch.ts";
import { agentSigns, lostAgent } from "../../fixtures/runtime/incident-kit.ts";

const NOW = Date.parse("2026-11-21T10:00:30.000Z");
const WELL: TenantSigns = { now: NOW, minutes: new Map(), waiting: 0, agents: [] };
const NO_QUEUES: SystemSigns = { work: [], dead: [] };

/** What a rule finds; nothing is well. */
function find(name: string, { signs = {}, system = {} }: { signs?: Partial<TenantSigns>; system?: Partial<SystemSigns> } = {}): readonly Finding[] {
  const { detection, threshold } = present(ALERT_RULES.find((rule) => rule.name === name));
  if (detection === undefined) throw new Error(`${name} is not the detector's`);
  return detection.scope === "tenant" ? detection.find({ ...WELL, ...signs }, threshold) : detection.find({ ...NO_QUEUES, ...system }, threshold);
}

const states = (found: readonly Finding[]) => found.map(({ subject, state }) => `${subject} ${state}`.trim());
const minute = (tally: Tally, before = 0): [string, Tally] => [new Date(NOW - 30_000 - before * 60_000).toISOString(), tally];
const ends = (completed: number, failed: number): Tally => ({ n: completed, f: failed });

describe("the table of alert rules", () => {
  it("names each rule once and says of each what to do", () => {
    const names = ALERT_RULES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { runbook, cloudWatch, detection } of ALERT_RULES) {
      expect(Object.values(runbook).every((text) => text.length > 10)).toBe(true);
      expect(cloudWatch !== undefined || detection !== undefined).toBe(true);
    }
  });

  it("finds nothing where everything is well", () => {
    const found = ALERT_RULES.flatMap(({ detection, threshold }) =>
      detection === undefined ? [] : detection.scope === "tenant" ? detection.find(WELL, threshold) : detection.find(NO_QUEUES, threshold),
    );
    expect(found).toEqual([]);
  });

  it.each([
    { what: "two of twenty are chance", minutes: [minute(ends(18, 2))], found: ["between"] },
    { what: "a single failure says nothing", minutes: [minute(ends(0, 1))], found: ["between"] },
    { what: "twenty of two hundred are not", minutes: [minute(ends(180, 20))], found: ["breached"] },
    { what: "those of six minutes ago do not count", minutes: [minute(ends(0, 20), 6)], found: [] },
    { what: "four in a hundred are not well, nor too many", minutes: [minute(ends(955, 45))], found: ["between"] },
    { what: "three in a hundred are well again", minutes: [minute(ends(970, 30))], found: [] },
  ])("WorkflowFailureRateHigh: $what", ({ minutes, found }) => {
    expect(states(find("WorkflowFailureRateHigh", { signs: { minutes: new Map(minutes) } }))).toEqual(found);
  });

  it("workflow_failure_burst sees that everything fails within two minutes", () => {
    expect(states(find("workflow_failure_burst", { signs: { minutes: new Map([minute(ends(0, 4))]) } }))).toEqual(["breached"]);
    expect(states(find("workflow_failure_burst", { signs: { minutes: new Map([minute(ends(20, 4))]) } }))).toEqual([]);
  });

  it("high_error_rate counts attempts, not executions", () => {
    expect(states(find("high_error_rate", { signs: { minutes: new Map([minute({ t: 200, u: 30 })]) } }))).toEqual(["breached"]);
  });

  it("sla_violation hears of one, sla_violation_burst of more than five within a quarter of an hour", () => {
    const violated = tallyOfRun({ status: "completed", isViolated: true, runMs: 1, queueMs: 1, taskCount: 1, tasks: [], used: new Map() });
    const one = { minutes: new Map([minute(violated)]) };
    expect(find("sla_violation", { signs: one })).toMatchObject([{ says: "1 execution violated their service level within 5 minutes", facts: { sla_violation_count: 1 } }]);
    expect(find("sla_violation_burst", { signs: one })).toEqual([]);
    expect(find("sla_violation_burst", { signs: { minutes: new Map([minute({ v: 4 }), minute({ v: 2 }, 12)]) } })).toMatchObject([{ facts: { sla_violation_count: 6 } }]);
  });

  it.each([
    { what: "slow as ever", usual: 60_000, now: 61_000, found: [] },
    { what: "twice as slow", usual: 60_000, now: 120_000, found: ["breached"] },
    { what: "much slower and still fast", usual: 10, now: 1000, found: [] },
    { what: "one of ten, which may be chance", usual: 10_000, now: 20_000, slow: 1, found: ["between"] },
    { what: "nothing to compare with", usual: undefined, now: 120_000, found: [] },
  ])("response_time_p95: $what", ({ usual, now, found, slow = 10 }) => {
    const minutes = new Map([minute({ [`d${bucketOf(now)}`]: slow, [`d${bucketOf(100)}`]: 10 - slow })]);
    expect(states(find("response_time_p95", { signs: { minutes, usualP95Ms: usual } }))).toEqual(found);
  });

  it.each([
    { what: "nothing to compare with", cost: 1000, usual: undefined, found: [] },
    { what: "dear as ever", cost: 110, usual: 100, found: [] },
    { what: "four times as dear", cost: 400, usual: 100, found: ["breached"] },
    { what: "nearly so", cost: 280, usual: 100, found: ["between"] },
    { what: "many times nearly nothing", cost: 5, usual: 0.01, found: [] },
    { what: "nothing known of now", cost: undefined, usual: 100, found: [] },
  ])("cost_burst: $what", ({ cost, usual, found }) => {
    expect(states(find("cost_burst", { signs: { hourCost: cost, usualHourCost: usual } }))).toEqual(found);
  });

  it("WorkflowQueueDepthHigh has two thresholds, so that it does not flap on one", () => {
    expect([501, 500, 401, 400].map((waiting) => states(find("WorkflowQueueDepthHigh", { signs: { waiting } })))).toEqual([["breached"], ["between"], ["between"], []]);
  });

  it("CircuitBreakerOpen is critical where nobody else can do the work", () => {
    const agents = [agentSigns({ breaker: "open", onlyOneFor: ["sum"] }), agentSigns({ agentId: "b", breaker: "half_open" }), agentSigns({ agentId: "c", breaker: "open", isQuarantined: true })];
    expect(find("CircuitBreakerOpen", { signs: { agents } })).toMatchObject([
      { subject: "agent-1", severity: "critical", says: "the circuit breaker of agent-1 is open; no other agent can sum" },
      { subject: "b", severity: "medium" },
    ]);
  });

  it.each([
    { what: "given up by the registry", agent: agentSigns({ status: "INACTIVE" }), lost: true },
    { what: "two probes failed", agent: lostAgent(), lost: true },
    { what: "one probe failed, and its tasks do: it may be about to start again", agent: agentSigns({ failedProbes: 1, breaker: "open" }), lost: false },
    { what: "quarantined", agent: lostAgent({ isQuarantined: true }), lost: false },
    { what: "taken out", agent: agentSigns({ status: "DECOMMISSIONED", failedProbes: 9 }), lost: false },
  ])("agent_lost: $what", ({ agent, lost }) => {
    expect(find("agent_lost", { signs: { agents: [agent] } })).toHaveLength(lost ? 1 : 0);
  });

  it("makes one finding of five agents of one host that go together, and one each of fewer", () => {
    const agents = (count: number, origin: string) => Array.from({ length: count }, (_, index) => lostAgent({ agentId: `a${index}`, origin, onlyOneFor: ["x"] }));
    expect(states(find("agent_lost", { signs: { agents: agents(5, "https://one.test") } }))).toEqual(["host https://one.test breached"]);
    expect(find("agent_lost", { signs: { agents: agents(4, "https://one.test") } })).toHaveLength(4);
  });

  it("agent_error_rate speaks of what was learnt lately", () => {
    const agent = (errorRate: number, learntAt: number) => find("agent_error_rate", { signs: { agents: [agentSigns({ errorRate, learntAt })] } });
    expect([agent(0.6, NOW), agent(0.45, NOW), agent(0.3, NOW), agent(0.6, NOW - 700_000)].map(states)).toEqual([["agent-1 breached"], ["agent-1 between"], [], []]);
  });

  it("looks at queues of the deployment", () => {
    const work = [{ name: "settle", waiting: 150 }, { name: "tasks-low", waiting: 12_000 }, { name: "hooks", waiting: 45 }];
    expect(states(find("lag_warning", { system: { work } }))).toEqual(["settle breached"]);
    expect(states(find("RedisConsumerLagHigh", { system: { work } }))).toEqual(["tasks-low breached"]);
    expect(states(find("hooks_backlog", { system: { work } }))).toEqual(["hooks between"]);
    const dead = [{ name: "watch-dead", waiting: 1 }, { name: "live-dead", waiting: 0 }];
    expect(find("watch-dead", { system: { dead } })).toMatchObject([{ says: "1 message in watch-dead failed for good" }]);
    expect(find("live-dead", { system: { dead } })).toEqual([]);
    expect(find("DeadLetterQueueGrowing", { system: { dead } })).toEqual([]);
    expect(find("DeadLetterQueueGrowing", { system: { dead: [...dead, { name: "await-dead", waiting: 100 }] } })).toMatchObject([{ state: "breached", facts: { queues: { "watch-dead": 1, "await-dead": 100 } } }]);
    expect(find("DeadLetterQueueGrowing", { system: { dead: [{ name: "await-dead", waiting: 90 }] } })).toMatchObject([{ state: "between" }]);
    expect(find("watch-dead", { system: { dead: [{ name: "watch-dead", waiting: 2 }] } })).toMatchObject([{ says: "2 messages in watch-dead failed for good" }]);
  });
});
