import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_INS } from "../../../../shared/patterns/built-ins.ts";
import { broken, PatternWorld } from "../../../fixtures/runtime/pattern-world.ts";

const USES: Readonly<Record<string, object>> = {
  supervisor: { members: { supervisor: "lead", workers: ["one", "two"] }, config: { max_subtasks: 3 } },
  supervised: { members: { supervisor: ["lead", "two"], worker: "one" } },
  swarm: { members: { workers: "one" }, config: { mode: "partitions", data_partitions: 4, agents_required: 2, speculate: true } },
  pipeline: { members: { stages: ["one", "two"], critic: "lead" } },
  map_reduce: { members: { mapper: "one", reducer: "two" }, config: { items: "list" } },
  handoff: { members: { holders: ["one", "two"], critic: "lead" } },
  evaluator_optimizer: { members: { optimizer: "one", evaluator: "lead" } },
  network: { members: { peers: ["lead", "one", "two"] } },
  voting: { members: { voters: ["lead", "one", "two"] } },
  debate: { members: { debaters: ["one", "two"], judge: "lead" } },
  contract_net: { members: { bidders: ["lead", "one", "two"] } },
  blackboard: { members: { sources: ["one", "two"] }, config: { goal: "board.done == true", sources: [{ role: "one", when: "true" }, { role: "two", when: "has(board.a)" }] } },
  group_chat: { members: { speakers: ["one", "two"], selector: "lead" } },
};

const words = fc.oneof(
  fc.constantFrom<unknown>(null, "", "{", 7, [], JSON.parse('{"__proto__": {"score": 1}}'), { $held: "team[0]", bytes: 1, sha256: "0" }, { text: "x".repeat(9000) }),
  fc.record({
    score: fc.double({ min: 0, max: 1, noNaN: true }),
    result: fc.constantFrom<unknown>("r", { $held: "team[1]", bytes: 1, sha256: "0" }, "x".repeat(9000)),
    hand_to: fc.constantFrom("one", "two", "stranger", null),
    answer: fc.constantFrom<unknown>("a", "b", 1),
    choice: fc.constantFrom<unknown>("a", "b"),
    price: fc.nat(9),
    says: fc.constantFrom("x", "y"),
    role: fc.constantFrom("one", "two", "lead"),
    set: fc.dictionary(fc.constantFrom("a", "done", "__proto__"), fc.constantFrom<unknown>(1, true, null)),
    subtasks: fc.array(fc.record({ id: fc.constantFrom("a", "b", "__proto__"), role: fc.constantFrom("one", "two", "nobody"), goal: fc.constant("g"), after: fc.array(fc.constantFrom("a", "b")) }), { minLength: 1, maxLength: 4 }),
  }),
  fc.constant(broken),
);

describe.each(BUILT_INS.map(({ name }) => name))("%s on the engine, whatever agents answer", (name) => {
  it("ends its task, inside its calls, with nothing left under way", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 25 }), fc.integer({ min: 1, max: 20 }), async (said, most) => {
        const task = { id: "team", input: { list: [1, 2, 3] }, pattern: { name, bounds: { max_calls: most }, ...USES[name] }, retry_policy: "none", on_failure: "continue" };
        let count = 0;
        const world = new PatternWorld([task], { script: () => said[count++ % said.length] });
        await world.start();
        await world.drain();
        for (const look of world.runtime.tasks.splice(0, Infinity)) {
          world.runtime.time += look.delay * 1000;
          await world.drain();
        }
        expect(["completed", "failed"]).toContain(world.runtime.record("team")?.state);
        expect(world.questions.length).toBeLessThanOrEqual(most);
        expect(world.runtime.head().status).toBe("completed");
        const told = world.runtime.told("pattern.finished");
        expect(told).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });
});
