import { describe, expect, it } from "vitest";
import { hear } from "../../../shared/patterns/host.ts";
import { PATTERN_LIMITS } from "../../../shared/patterns/limits.ts";
import type { PreparedPattern } from "../../../shared/patterns/pattern.ts";
import { play, replay } from "./play.ts";

const bare = (step: PreparedPattern["step"], best?: PreparedPattern["best"]): PreparedPattern => ({ callsBound: 100, init: () => ({}), step, best: best ?? (() => undefined) });
const ask = (id: string, goal = id) => ({ do: "ask", id, role: "one", kind: "delegate", message: { goal } }) as const;

describe("the host", () => {
  it("ends a pattern that asks for ever at its fuel, and one that asks at every event too", () => {
    let count = 0;
    const greedy = bare((state) => [state, Array.from({ length: 64 }, () => ask(`q.${count++}`))], () => ({ result: "what there is" }));
    const { run, asked } = play(greedy, () => ({ output: 1 }), { fuel: 20 });
    expect(asked).toHaveLength(20);
    expect(run.end).toEqual({ do: "finish", bound: "max_calls", output: { result: "what there is", partial: true, bound: "max_calls" } });
  });

  it("hears no more than 64 actions of a step", () => {
    const broad = bare((state, event) => [state, event.kind === "started" ? Array.from({ length: 90 }, (_, n) => ask(`q.${n}`)) : []]);
    expect(play(broad, () => ({ output: 1 }), { fuel: 90 }).asked).toHaveLength(PATTERN_LIMITS.actionsPerStep);
  });

  it("lets what is under way end before the last word", () => {
    const heard: string[] = [];
    const wide = bare((state, event) => {
      heard.push(event.kind);
      if (event.kind === "started") return [state, [ask("a"), ask("b"), ask("c")]];
      return [state, event.kind === "exhausted" ? [{ do: "finish", output: { heard: [...heard] } }] : []];
    });
    const { run } = play(wide, () => ({ output: 1 }), { fuel: 2 });
    expect(run.end).toMatchObject({ output: { heard: ["started", "answered", "answered", "exhausted"], partial: true } });
  });

  it("fails one that throws, one that grows, one that falls silent and one that has nothing to give", () => {
    const endOf = (pattern: PreparedPattern) => play(pattern, () => ({ output: 1 }), { fuel: 1 }).run.end;
    const broken = bare(() => {
      throw new TypeError("no");
    });
    expect(endOf(broken)).toMatchObject({ do: "fail", code: "PatternFaulted", message: expect.stringContaining("TypeError") });
    expect(endOf(bare(() => [{ text: "x".repeat(PATTERN_LIMITS.stateBytes) }, []]))).toMatchObject({ code: "PatternStateTooLarge" });
    expect(endOf(bare((state) => [state, []]))).toMatchObject({ code: "PatternStalled" });
    expect(endOf(bare((state) => [state, [ask("a"), ask("b")]]))).toMatchObject({ code: "PatternExhausted", bound: "max_calls" });
  });

  it("asks once more for an answer that does not have its shape, and says what was wrong", () => {
    const judging = bare((state, event) => [state, event.kind === "started" ? [{ do: "ask", id: "j", role: "one", kind: "assess", message: {} }] : [{ do: "finish", output: { event } }]]);
    const game = play(judging, ({ finding }) => ({ output: finding === undefined ? { score: 9 } : 'Sure: {"score": 0.9}' }));
    expect(game.asked.map(({ finding }) => finding)).toEqual([undefined, expect.stringContaining("score")]);
    expect(game.run.end).toMatchObject({ output: { event: { kind: "answered", output: { score: 0.9 } } } });
    const again = play(judging, () => ({ output: "no idea" }));
    expect(again.asked).toHaveLength(2);
    expect(again.run.end).toMatchObject({ output: { event: { kind: "failed", code: "BadAnswer" } } });
    const poor = play(judging, () => ({ output: "{" }), { fuel: 1 });
    expect(poor.run.end).toMatchObject({ output: { event: { kind: "failed", code: "BadAnswer" } } });
  });

  it("takes the fourth equal question for a repetition, says so twice, then ends it", () => {
    const stalls: unknown[] = [];
    let count = 0;
    const circling = bare((state, event) => {
      if (event.kind === "stalled") stalls.push(event.stalls);
      return [state, event.kind === "exhausted" ? [] : [ask(`q.${count++}`, "the same")]];
    });
    const { run, asked } = play(circling, (_, n) => ({ output: n }));
    expect(asked).toHaveLength(PATTERN_LIMITS.equalAsks);
    expect(stalls).toEqual([1, 2]);
    expect(run.end).toMatchObject({ code: "PatternExhausted", bound: "stalled" });
  });

  it("takes equal drafts in a row for a repetition, and equal votes for none", () => {
    const asking = (kind: "improve" | "assess") => {
      const heard: string[] = [];
      const pattern = bare((state, event) => {
        heard.push(event.kind);
        return [state, heard.length > 5 ? [{ do: "finish", output: {} }] : [{ do: "ask", id: `q.${heard.length}`, role: "one", kind, message: { n: heard.length } }]];
      });
      play(pattern, () => ({ output: { score: 1 } }));
      return heard;
    };
    expect(asking("improve")).toContain("stalled");
    expect(asking("assess")).not.toContain("stalled");
  });

  it("fires waits, calls off what a pattern drops, and whatever is open at its end", () => {
    const waiting = bare((state, event) => {
      if (event.kind === "started") return [state, [{ do: "wait", id: "w", seconds: 30 }, ask("a"), ask("b"), { do: "cancel", id: "b" }, { do: "cancel", id: "never" }]];
      return [state, [{ do: "finish", output: { by: event.kind } }]];
    });
    const game = play(waiting, () => ({ output: 1 }));
    expect(game.effects).toEqual([
      { do: "wait", n: 0, until: "2026-11-21T10:00:30.000Z" },
      { do: "ask", n: 1, ask: ask("a") },
      { do: "ask", n: 2, ask: ask("b") },
      { do: "cancel", n: 2 },
      { do: "cancel", n: 1 },
    ]);
    expect(game.steps[0]).toEqual({ event: "started", actions: ["wait w", "ask a", "ask b", "cancel b"], refused: ["cancel never"] });
    expect(game.run.end).toMatchObject({ output: { by: "timer" } });
  });

  it("ends at once when its time is up, with the last word and everything called off", () => {
    const open = bare((state, event) => [state, event.kind === "started" ? [ask("a")] : []], () => ({ result: 1 }));
    const begun = play(open, () => ({ output: 1 }), { fuel: 5 }).log.slice(0, 1);
    const late = hear(open, replay(open, 5, begun), { kind: "exhausted", bound: "max_seconds", at: "2026-11-21T10:00:00.000Z" });
    expect(late.run.end).toEqual({ do: "finish", bound: "max_seconds", output: { result: 1, partial: true, bound: "max_seconds" } });
    expect(late.effects).toEqual([{ do: "cancel", n: 0 }]);
  });
});
