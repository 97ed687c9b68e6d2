import { describe, expect, it } from "vitest";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("scout", "planner", "critic");
const SOURCES = [
  { role: "scout", when: "!has(board.map)" },
  { role: "planner", when: "has(board.map) && !has(board.plan)" },
  { role: "critic", when: "has(board.plan)", priority: 1 },
];
const board = (config: object = {}) => prepared("blackboard", { roles: ROLES, config: { goal: "board.plan.ok == true", sources: SOURCES, ...config } });
const expert = ({ role }: Question): Say => ({ output: { set: role === "scout" ? { map: "here" } : role === "planner" ? { plan: { ok: false } } : { plan: { ok: true } } } });

describe("blackboard", () => {
  it("lets the board decide who is next, until its goal holds: without conditions nobody would wait for anybody", () => {
    const game = play(board(), expert);
    expect(game.asked.map(({ role }) => role)).toEqual(["scout", "planner", "critic"]);
    expect(game.asked[2]?.message).toEqual({ goal: "the goal", until: "board.plan.ok == true", board: { map: "here", plan: { ok: false } } });
    expect(outputOf(game)).toEqual({ result: { map: "here", plan: { ok: true } }, complete: true, activations: 3 });
  });

  it("asks the highest priority first, and of equals the first", () => {
    const sources = [{ role: "scout", when: "true" }, { role: "planner", when: "true" }, { role: "critic", when: "true", priority: 2 }];
    const game = play(board({ sources, goal: "size(board) > 1" }), ({ role }) => ({ output: { set: { [role]: 1 } } }));
    expect(game.asked.map(({ role }) => role)).toEqual(["critic", "critic", "scout"]);
  });

  it("ends when nobody has anything to add, or to do", () => {
    const nothing = play(board(), () => ({ output: { set: {} } }));
    expect(nothing.asked).toHaveLength(1);
    expect(outputOf(nothing)).toEqual({ result: {}, complete: false, activations: 1 });
  });

  it("does not ask a source again that has failed twice", () => {
    const game = play(board(), () => ({ fails: "AgentFailed" }));
    expect(game.asked.map(({ role }) => role)).toEqual(["scout", "scout"]);
    expect(outputOf(game)).toMatchObject({ complete: false });
  });

  it("reaches its bound when the board changes for ever", () => {
    const restless = (_: Question, n: number): Say => ({ output: { set: { map: n, plan: { ok: false } } } });
    expect(board({ max_activations: 7 }).callsBound).toBe(7);
    expect(play(board({ max_activations: 7 }), restless, { fuel: 100 }).asked).toHaveLength(7);
    expect(outputOf(play(board(), restless, { fuel: 2 }))).toMatchObject({ partial: true, bound: "max_calls", complete: false });
  });

  it("knows strangers and expressions that cannot be", () => {
    const config = { goal: "board.x ==", sources: [{ role: "ghost", when: "true" }, { role: "scout", when: "outputs.a" }] };
    const { findings } = planPattern({ name: "blackboard", members: {}, config }, ROLES);
    expect(findings.map(({ path }) => path.join("."))).toEqual(["config.sources.0.role", "config.goal", "config.sources.1.when"]);
  });
});
