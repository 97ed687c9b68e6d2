import { describe, expect, it } from "vitest";
import { BUILT_INS } from "../../../shared/patterns/built-ins.ts";
import { fold } from "../../../shared/patterns/fold-news.ts";
import type { Heard } from "../../../shared/patterns/heard.ts";
import type { PatternAction, PreparedPattern } from "../../../shared/patterns/pattern.ts";
import { beginPattern } from "../../../shared/patterns/pattern-run.ts";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { wordsOf } from "../../../shared/patterns/question.ts";
import { outputOf, play, prepared, rolesNamed } from "./play.ts";

const AT = "2026-11-21T10:00:00.000Z";
const ROLES = rolesNamed("lead", "one", "two");
const USES: Readonly<Record<string, Record<string, string[]>>> = {
  supervisor: { supervisor: ["lead"], workers: ["one", "two"] },
  supervised: { supervisor: ["lead"], worker: ["one"] },
  handoff: { holders: ["one", "two"] },
  evaluator_optimizer: { optimizer: ["one"], evaluator: ["lead"] },
  network: { peers: ["lead", "one", "two"] },
  voting: { voters: ["lead", "one", "two"] },
  debate: { debaters: ["one", "two"] },
  contract_net: { bidders: ["one", "two"] },
  blackboard: { sources: ["one", "two"] },
  group_chat: { speakers: ["one", "two"] },
  swarm: { workers: ["one"] },
  pipeline: { stages: ["one", "two"] },
  map_reduce: { mapper: ["one"], reducer: ["two"] },
};
const CONFIG: Readonly<Record<string, object>> = { swarm: { mode: "partitions", data_partitions: 3 }, blackboard: { goal: "has(board.a)", sources: [{ role: "one", when: "true" }] } };
const use = (name: string): PreparedPattern => prepared(name, { roles: ROLES, members: USES[name] ?? {}, config: CONFIG[name] ?? {} });

describe.each(BUILT_INS.map(({ name }) => name))("%s", (name) => {
  it("does nothing of its own when it is told that it repeats itself, or of a wait that it does not have", () => {
    const pattern = use(name);
    const [state] = pattern.step(pattern.init(), { kind: "started", input: "goal", seed: "s" });
    expect(pattern.step(state, { kind: "stalled", stalls: 1 })[1]).toEqual([]);
    if (name !== "contract_net") expect(pattern.step(state, { kind: "timer", id: "none" })[1]).toEqual([]);
  });

  it("fails where nothing was said when it has its last word", () => {
    const game = play(use(name), () => ({ fails: "AgentFailed", agent: "" }), { fuel: 1 });
    // A board that is empty is a board.
    expect(game.run.end?.do).toBe(name === "blackboard" ? "finish" : "fail");
  });

  it("goes on with agents that have no name", () => {
    const said = { result: 1, hand_to: null, answer: 1, score: 1, choice: 1, price: 1, set: { a: 1 }, says: 1, subtasks: [{ id: "a", role: "one", goal: "g" }] };
    expect(outputOf(play(use(name), () => ({ output: said, agent: "" }), { input: { items: [1, 2] } }))).not.toHaveProperty("do");
  });
});

describe("a turn", () => {
  const ask = (id: string): PatternAction => ({ do: "ask", id, role: "one", kind: "delegate", message: { id } });
  const broad: PreparedPattern = {
    callsBound: 500,
    init: () => ({}),
    step: (state, event) => [state, "id" in event ? Array.from({ length: 20 }, (_, n) => ask(`${event.id}.${n}`)) : ["a", "b", "c", "d"].map(ask)],
    best: () => undefined,
  };

  it("hears no more than one transaction takes rows of, and the rest in the next", () => {
    const begun = fold(broad, beginPattern(broad, { fuel: 500 }), [{ kind: "started", input: 1, seed: "s", at: AT }]);
    const news = [0, 1, 2, 3].map((n): Heard => ({ kind: "answered", n, agent: "x", output: 1, at: AT }));
    const first = fold(broad, begun.run, news);
    expect(first.heard).toHaveLength(1);
    expect(fold(broad, first.run, news.slice(1)).heard).toHaveLength(1);
    expect(fold(broad, begun.run, news).run).toEqual(first.run);
  });
});

describe("what is said of flaws and rounds", () => {
  it("names places in lists, and rounds without an end", () => {
    const { findings } = planPattern({ name: "network", members: USES["network"] ?? {}, config: { edges: { one: ["two", 7] } } }, ROLES);
    expect(findings.map(({ path }) => path)).toEqual([["config", "edges", "one", 1]]);
    expect(wordsOf("delegate", { round: 3 })).toContain("This is round 3.");
  });

  it("plans a role that counts several once for each, and an unknown one once", () => {
    expect(planPattern({ name: "voting", members: { voters: ["jury"] }, config: {} }, { jury: { count: 30 } }).planned?.members).toEqual({ voters: Array.from({ length: 20 }, () => "jury") });
    expect(planPattern({ name: "voting", members: { voters: ["ghost"] }, config: {} }, { jury: { count: 3 } }).findings).toHaveLength(1);
  });
});
