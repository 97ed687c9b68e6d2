import { describe, expect, it } from "vitest";
import { LEARNING } from "../../../../shared/agents/learning-limits.ts";
import { NO_POSTERIORS, observeEnding, type Posteriors } from "../../../../shared/agents/registry/posterior.ts";
import { drawAgent } from "../../../../shared/agents/routing/draw-agent.ts";

const AT = Date.parse("2026-11-21T10:00:00.000Z");
const AGENTS = ["a", "b", "c", "d", "e", "f"];
const TASKS = 1500;

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How an agent does at a task: how likely it succeeds, and how long it takes. */
interface Nature {
  readonly success: number;
  readonly seconds: number;
}

/** Agents whose best one breaks every 300 tasks, and comes right 300 later. */
function shifting(task: number): readonly Nature[] {
  const period = Math.floor(task / 300);
  return AGENTS.map((_, index) => ({ success: index === period % AGENTS.length ? 0.3 : 0.98 - index * 0.04, seconds: index === period % AGENTS.length ? 6 : 1 + index * 0.3 }));
}

const fixed = (): readonly Nature[] => AGENTS.map((_, index) => ({ success: 0.97 - index * 0.06, seconds: 1 + index * 0.5 }));

/** Agents that get better and worse by themselves, all the time. */
function drifting(seed: number): (task: number) => readonly Nature[] {
  const random = seeded(seed * 31 + 7);
  const phases = AGENTS.map(() => random() * 2 * Math.PI);
  return (task) => phases.map((phase) => ({ success: 0.72 + 0.25 * Math.sin(phase + task / 160), seconds: 2 - 1.5 * Math.sin(phase + task / 160) }));
}

type Policy = (known: ReadonlyMap<string, Posteriors>, task: number, random: () => number) => number;

const learned: Policy = (known, _, random) => {
  const contenders = AGENTS.map((agentId) => ({ agentId, posteriors: known.get(agentId) ?? NO_POSTERIORS }));
  return AGENTS.indexOf(drawAgent(contenders, { skill: "work", weights: LEARNING.weights, random })[0]?.agentId ?? "");
};
const inTurn: Policy = (_, task) => task % AGENTS.length;
/** Best after twenty tasks each, and that for good. */
const settled = (): Policy => {
  let best: number | undefined;
  return (known, task) => {
    if (task < AGENTS.length * 20) return task % AGENTS.length;
    const good = AGENTS.map((id) => known.get(id)?.skills["work"]).map((own) => (own === undefined ? 0 : own.completed / (own.completed + own.failed) - own.mean / 10));
    best ??= good.indexOf(Math.max(...good));
    return best;
  };
};

/** Failures of a policy, and how much worse than the best choice it did all in all. */
function play(policy: Policy, nature: (task: number) => readonly Nature[], seed: number): { failures: number; regret: number } {
  const random = seeded(seed);
  const known = new Map<string, Posteriors>();
  const worth = ({ success, seconds }: Nature): number => LEARNING.weights.success * success - LEARNING.weights.latency * Math.min(3, seconds / 2);
  let [failures, regret] = [0, 0];
  for (let task = 0; task < TASKS; task += 1) {
    const all = nature(task);
    const chosen = policy(known, task, random);
    const { success = 0, seconds = 0 } = all[chosen] ?? {};
    const isGood = random() < success;
    const id = AGENTS[chosen] ?? "";
    known.set(id, observeEnding(known.get(id) ?? NO_POSTERIORS, { capability: "work", success: isGood ? 1 : 0, seconds: seconds * (0.5 + random()), at: AT + task * 1000 }));
    failures += isGood ? 0 : 1;
    regret += Math.max(...all.map(worth)) - worth({ success, seconds });
  }
  return { failures, regret };
}

function mean(policy: () => Policy, nature: (seed: number) => (task: number) => readonly Nature[]): { failures: number; regret: number } {
  const runs = [1, 2, 3].map((seed) => play(policy(), nature(seed), seed));
  return { failures: runs.reduce((sum, { failures }) => sum + failures, 0) / 3, regret: runs.reduce((sum, { regret }) => sum + regret, 0) / 3 };
}

describe("drawing an agent", () => {
  it("has half the regret of a choice made once when the best agent breaks, and fails less", () => {
    const [own, once] = [mean(() => learned, () => shifting), mean(settled, () => shifting)];
    expect(own.regret).toBeLessThan(once.regret / 2);
    expect(own.failures).toBeLessThan(once.failures);
  });

  it.each([
    { world: "that stay as they are", nature: () => fixed },
    { world: "that drift", nature: drifting },
    { world: "of which the best breaks", nature: () => shifting },
  ])("beats turns among agents $world", ({ nature }) => {
    const [own, turns] = [mean(() => learned, nature), mean(() => inTurn, nature)];
    expect(own.regret).toBeLessThan(turns.regret * 0.6);
    expect(own.failures).toBeLessThan(turns.failures);
  });

  it("counts an agent's other tasks where it has none of the skill", () => {
    const bad = Array.from({ length: 60 }).reduce<Posteriors>((known) => observeEnding(known, { capability: "other", success: 0, at: AT }), NO_POSTERIORS);
    const random = seeded(1);
    const contenders = [{ agentId: "bad", posteriors: bad }, { agentId: "new", posteriors: NO_POSTERIORS }];
    const first = Array.from({ length: 200 }, () => drawAgent(contenders, { skill: "work", weights: LEARNING.weights, random })[0]?.agentId);
    expect(first.filter((id) => id === "new").length).toBeGreaterThan(180);
  });

  it("prefers the cheaper of two that are alike otherwise, where cost counts", () => {
    const priced = (cost: number): Posteriors =>
      Array.from({ length: 40 }).reduce<Posteriors>((known) => observeEnding(known, { capability: "work", success: 1, cost, at: AT }), NO_POSTERIORS);
    const random = seeded(2);
    const contenders = [{ agentId: "dear", posteriors: priced(10) }, { agentId: "cheap", posteriors: priced(1) }, { agentId: "unknown", posteriors: NO_POSTERIORS }];
    const draws = Array.from({ length: 100 }, () => drawAgent(contenders, { skill: "work", weights: { success: 0.2, latency: 0, cost: 1 }, random })[0]?.agentId);
    expect(draws.every((id) => id === "cheap")).toBe(true);
    expect(drawAgent(contenders, { skill: "work", weights: LEARNING.weights, random })[0]).not.toHaveProperty("seconds", expect.any(Number));
  });

  it("draws nobody where there is nobody", () => {
    expect(drawAgent([], { skill: "work", weights: LEARNING.weights, random: () => 0.5 })).toEqual([]);
  });

  it("draws of very little evidence as well", () => {
    const random = seeded(3);
    const one = observeEnding(NO_POSTERIORS, { capability: "work", success: 0, at: AT });
    for (let round = 0; round < 200; round += 1) {
      const [draw] = drawAgent([{ agentId: "a", posteriors: one }], { skill: "work", weights: LEARNING.weights, random });
      expect(draw?.success).toSatisfy((success: number) => success >= 0 && success <= 1);
    }
  });
});
