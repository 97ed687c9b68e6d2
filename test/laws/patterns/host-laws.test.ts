import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hear } from "../../../shared/patterns/host.ts";
import { BUILT_INS } from "../../../shared/patterns/built-ins.ts";
import type { PreparedPattern } from "../../../shared/patterns/pattern.ts";
import { play, prepared, type Question, replay, rolesNamed, type Say } from "../../unit/patterns/play.ts";

const ROLES = rolesNamed("lead", "one", "two");
const USES: Readonly<Record<string, { members: Record<string, string[]>; config?: object }>> = {
  supervisor: { members: { supervisor: ["lead"], workers: ["one", "two"] }, config: { max_subtasks: 4 } },
  supervised: { members: { supervisor: ["lead", "two"], worker: ["one"] }, config: { max_redo: 2 } },
  handoff: { members: { holders: ["one", "two"], critic: ["lead"] } },
  evaluator_optimizer: { members: { optimizer: ["one"], evaluator: ["lead"] } },
  network: { members: { peers: ["lead", "one", "two"] } },
  voting: { members: { voters: ["lead", "one", "two"] } },
  debate: { members: { debaters: ["one", "two"], judge: ["lead"] } },
  blackboard: { members: { sources: ["one", "two"] }, config: { goal: "board.done == true", sources: [{ role: "one", when: "true" }, { role: "two", when: "has(board.a)", priority: 1 }] } },
  group_chat: { members: { speakers: ["one", "two"], selector: ["lead"] } },
  swarm: { members: { workers: ["one"] }, config: { mode: "optimise", bounds: [[0, 1]], agents: 4, max_evaluations: 20, target: 0.5 } },
  pipeline: { members: { stages: ["one", "two"], critic: ["lead"] } },
  map_reduce: { members: { mapper: ["one"], reducer: ["two"] }, config: { max_items: 8, fan_in: 2, tolerated: 2 } },
  contract_net: { members: { bidders: ["lead", "one", "two"] } },
};
const pattern = (name: string): PreparedPattern => prepared(name, { roles: ROLES, members: {}, ...USES[name] });

const hostile = fc.oneof(
  fc.constantFrom<unknown>(null, "", 7, [], {}, { score: null }, { score: "1" }, { subtasks: "x" }, JSON.parse('{"__proto__": {"score": 1}}')),
  fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), feedback: fc.string() }),
  fc.record({ result: fc.jsonValue(), hand_to: fc.constantFrom("one", "two", "lead", "stranger", "__proto__", null), reason: fc.string() }),
  fc.record({ fitness: fc.double({ noNaN: true }) }),
  fc.record({ decision: fc.constantFrom("redo", "accept", "fail"), result: fc.option(fc.jsonValue(), { nil: undefined }) }),
  fc.record({ set: fc.dictionary(fc.constantFrom("a", "b", "done", "__proto__"), fc.constantFrom<unknown>(1, true, null, "x")) }),
  fc.record({ says: fc.constantFrom("x", "y"), done: fc.boolean(), role: fc.constantFrom("one", "two", "lead") }),
  fc.record({ choice: fc.constantFrom<unknown>("a", "b", { a: 1 }) }),
  fc.record({ price: fc.double({ min: 0, noNaN: true }), seconds: fc.nat(), refuse: fc.boolean() }),
  fc.record({ answer: fc.constantFrom<unknown>("a", "b", { a: 1 }), confidence: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    subtasks: fc.array(
      fc.record({ id: fc.constantFrom("a", "b", "__proto__", "constructor"), role: fc.constantFrom("one", "two", "nobody"), goal: fc.constant("g"), after: fc.array(fc.constantFrom("a", "b", "toString")) }),
      { maxLength: 6 },
    ),
  }),
  fc.string(),
);
const says: fc.Arbitrary<Say> = fc.oneof(
  { weight: 3, arbitrary: hostile.map((output) => ({ output })) },
  { weight: 1, arbitrary: fc.constantFrom("TaskTimedOut", "AgentFailed").map((fails) => ({ fails })) },
);
const games = fc.record({ fuel: fc.integer({ min: 1, max: 30 }), words: fc.array(says, { minLength: 1, maxLength: 40 }), order: fc.infiniteStream(fc.nat(50)) });
const RUNS = { numRuns: 250 };

describe.each(BUILT_INS.map(({ name }) => name))("%s, whatever agents say", (name) => {
  const law = (judge: (game: ReturnType<typeof played>) => void): void =>
    fc.assert(fc.property(games, (game) => judge(played(name, game))), RUNS);

  it("ends, inside its fuel and the bound of steps", () => {
    law(({ game, fuel }) => {
      expect(game.run.end).toBeDefined();
      expect(game.asked.length).toBeLessThanOrEqual(fuel);
      expect(game.run.steps).toBeLessThanOrEqual(5 + 2 * fuel);
    });
  });

  it("is the same, byte for byte, when its log is heard again", () => {
    law(({ game, fuel }) => {
      expect(JSON.stringify(replay(pattern(name), fuel, game.log))).toBe(JSON.stringify(game.run));
    });
  });

  it("does nothing after its end, nor for what comes twice, late, or from nobody", () => {
    law(({ game }) => {
      for (const heard of [...game.log, { kind: "timer", n: 999, at: "2026-11-21T10:00:00.000Z" } as const]) {
        const turned = hear(pattern(name), game.run, heard);
        expect(turned).toEqual({ run: game.run, effects: [], steps: [] });
      }
    });
  });

  it("uses each id once, and owes the best there was when a bound ended it", () => {
    law(({ game }) => {
      expect(new Set(game.run.used).size).toBe(game.run.used.length);
      const { end } = game.run;
      if (end?.bound === undefined) return;
      if (pattern(name).best(game.run.state) !== undefined) expect(end).toMatchObject({ do: "finish", output: { partial: true, bound: end.bound } });
    });
  });
});

function played(name: string, { fuel, words, order }: { fuel: number; words: readonly Say[]; order: fc.Stream<number> }) {
  const answer = (_: Question, count: number): Say => words[count % words.length] ?? { fails: "none" };
  const game = play(pattern(name), answer, { fuel, input: { items: [1, 2, 3, 4] }, pick: () => order.next().value ?? 0 });
  return { game, fuel };
}
