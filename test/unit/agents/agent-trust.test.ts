import { describe, expect, it } from "vitest";
import { trustOf } from "../../../shared/agents/agent-trust.ts";
import { agentOf, START } from "../../fixtures/runtime/memory-runtime.ts";

const learned = (completed: number, failed: number) => ({ at: "2026-11-21T10:00:00.000Z", tasks: completed + failed, error_rate: 0, trust: { completed, failed, at: START } });

describe("the trust of an agent", () => {
  it("is in the middle for a newcomer, and what was vouched for one that somebody vouches for", () => {
    expect(trustOf(agentOf("agent-a"), START)).toBe(2.5);
    expect(trustOf(agentOf("agent-a", { initial_trust_score: 4 }), START)).toBe(4);
    expect(trustOf(agentOf("agent-a", { initial_trust_score: 0 }), START)).toBe(0);
  });

  it("is earned more and more, and vouched for less and less", () => {
    const after = (tasks: number) => trustOf(agentOf("agent-a", { initial_trust_score: 1, learned: learned(tasks, 0) }), START);
    const scores = [0, 5, 10, 50].map(after);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(scores[0]).toBe(1);
    expect(scores[3]).toBeGreaterThan(3.5);
    expect(trustOf(agentOf("agent-a", { initial_trust_score: 5, learned: learned(0, 50) }), START)).toBeLessThan(1.5);
  });
});
