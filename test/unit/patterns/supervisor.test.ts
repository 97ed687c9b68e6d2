import { describe, expect, it } from "vitest";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("lead", "one", "two");
const MEMBERS = { supervisor: ["lead"], workers: ["one", "two"] };
const supervisor = (config: object = {}) => prepared("supervisor", { roles: ROLES, members: MEMBERS, config });
const subtask = (id: string, more: object = {}) => ({ id, role: "one", goal: `do ${id}`, ...more });
const plan = (...subtasks: object[]): Say => ({ output: { subtasks } });

/** Plays with rules by kind; workers say their subtask unless told otherwise. */
const act = (rules: Partial<Record<Question["kind"], (question: Question) => Say>>) => (question: Question): Say =>
  rules[question.kind]?.(question) ?? { output: question.kind === "assess" ? { score: 1 } : `${question.kind} done` };

describe("supervisor", () => {
  it("splits the goal, gives parts out in their order with what they need, judges, and makes one answer", () => {
    const game = play(supervisor(), act({ decompose: () => plan(subtask("a"), subtask("b", { role: "two", after: ["a"] })) }), { input: { topic: "tea" } });
    expect(game.asked.map(({ kind, role }) => `${kind} ${role}`)).toEqual(["decompose lead", "delegate one", "assess lead", "delegate two", "assess lead", "synthesize lead"]);
    expect(game.asked[0]?.message).toEqual({ goal: { topic: "tea" }, workers: ["one", "two"], max_subtasks: 10 });
    expect(game.asked[3]?.message).toMatchObject({ goal: "do b", whole_goal: { topic: "tea" }, inputs: [{ id: "a", result: "delegate done" }] });
    expect(outputOf(game)).toMatchObject({ result: "synthesize done", synthesized: true, plans: 1, subtasks: [{ id: "a", standing: "accepted", tries: 1, score: 1 }, { id: "b" }] });
  });

  it("has what falls short done again, by another agent and with the feedback, and keeps the best", () => {
    const scores = [0.5, 0.3];
    const game = play(
      supervisor({ replan: 0 }),
      act({ decompose: () => plan(subtask("a")), assess: () => ({ output: { score: scores.shift() ?? 0, feedback: "shorter" } }), delegate: ({ id }) => ({ output: id, agent: "agent-x" }) }),
    );
    const redo = game.asked.filter(({ kind }) => kind === "delegate")[1];
    expect(redo).toMatchObject({ exclude: ["agent-x"], message: { feedback: "shorter", best_so_far: "work.0.1" } });
    expect(game.asked.at(-1)?.message).toMatchObject({ results: [{ id: "a", result: "work.0.1", score: 0.5 }] });
    expect(outputOf(game)).toMatchObject({ subtasks: [{ standing: "given_up", tries: 2, score: 0.5 }] });
  });

  it("without its judgement lets a poor result through: that is its rule", () => {
    const answer = act({ decompose: () => plan(subtask("a")), assess: () => ({ output: { score: 0 } }) });
    const accepted = (config: object) => JSON.stringify(outputOf(play(supervisor(config), answer))).includes('"standing":"accepted"');
    expect(accepted({})).toBe(false);
    expect(accepted({ min_quality: 0 })).toBe(true);
  });

  it("reaches its bound in the worst case, and no case passes it", () => {
    const config = { max_subtasks: 3, max_redo: 2, replan: 2 };
    const worst = act({ decompose: ({ id }) => plan(subtask(`${id}a`), subtask(`${id}b`), subtask(`${id}c`)), assess: () => ({ output: { score: 0 } }), delegate: ({ id }) => ({ output: id }) });
    expect(supervisor(config).callsBound).toBe((1 + 2) * (1 + 3 * 3 * 2) + 1);
    expect(play(supervisor(config), worst, { fuel: 1000 }).asked).toHaveLength(supervisor(config).callsBound);
  });

  it("hands a failed worker's part to another, skips it or fails, as it is told", () => {
    const failing = act({ decompose: () => plan(subtask("a"), subtask("b")), delegate: ({ message }) => (message["subtask"] === "a" ? { fails: "TaskTimedOut" } : { output: 1 }) });
    const reassigned = play(supervisor({ replan: 0 }), failing);
    expect(reassigned.asked.filter(({ message }) => message["subtask"] === "a").map(({ exclude }) => exclude)).toEqual([[], ["one-agent"]]);
    expect(outputOf(reassigned)).toMatchObject({ subtasks: [{ id: "a", standing: "given_up", tries: 2 }, { id: "b", standing: "accepted" }] });
    expect(outputOf(play(supervisor({ on_worker_failure: "skip", replan: 0 }), failing))).toMatchObject({ subtasks: [{ standing: "given_up", tries: 1 }, {}] });
    expect(outputOf(play(supervisor({ on_worker_failure: "fail" }), failing))).toMatchObject({ do: "fail", code: "WorkerFailed" });
  });

  it("splits anew what was given up, telling what is done and what is not", () => {
    let plans = 0;
    const game = play(
      supervisor({ max_redo: 0 }),
      act({ decompose: () => (plans++ === 0 ? plan(subtask("a"), subtask("b")) : plan(subtask("c"))), delegate: ({ message }) => (message["subtask"] === "a" ? { fails: "AgentFailed" } : { output: message["subtask"] }) }),
    );
    const second = game.asked.filter(({ kind }) => kind === "decompose")[1];
    expect(second?.message).toMatchObject({ done: [{ id: "b", result: "b" }], not_done: [{ id: "a", result: null }] });
    expect(outputOf(game)).toMatchObject({ plans: 2, subtasks: [{ id: "a" }, { id: "b" }, { id: "c", standing: "accepted" }] });
  });

  it("takes no subtask of an unknown role or a known id, and no order that goes backwards", () => {
    const game = play(supervisor(), act({ decompose: () => plan(subtask("a", { after: ["a", "c", "ghost"] }), subtask("a"), subtask("x", { role: "ghost" }), subtask("c", { after: ["a"] })) }));
    expect(outputOf(game)).toMatchObject({ subtasks: [{ id: "a" }, { id: "c" }] });
    const none = play(supervisor(), act({ decompose: () => plan(subtask("x", { role: "ghost" })) }));
    expect(outputOf(none)).toMatchObject({ do: "fail", code: "BadDecomposition", message: expect.stringContaining("one, two") });
    expect(none.asked).toHaveLength(2);
  });

  it("accepts what nobody can judge, and gives the results where nobody can put them together", () => {
    const game = play(supervisor(), act({ decompose: () => plan(subtask("a")), assess: () => ({ fails: "AgentFailed" }), synthesize: () => ({ fails: "AgentFailed" }) }));
    expect(outputOf(game)).toMatchObject({ result: [{ id: "a", result: "delegate done" }], synthesized: false, subtasks: [{ standing: "accepted" }] });
    expect(outputOf(play(supervisor(), act({ decompose: () => ({ fails: "AgentFailed" }) })))).toMatchObject({ do: "fail", code: "NoResult" });
  });

  it("owes the results when its calls are used up", () => {
    const game = play(supervisor(), act({ decompose: () => plan(subtask("a"), subtask("b")) }), { fuel: 3 });
    expect(outputOf(game)).toMatchObject({ partial: true, bound: "max_calls" });
  });
});
