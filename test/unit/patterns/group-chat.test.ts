import { describe, expect, it } from "vitest";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("a", "b", "c", "host");
const chat = (config: object = {}, selector: string[] = []) => prepared("group_chat", { roles: ROLES, members: { speakers: ["a", "b", "c"], selector }, config });
const says = ({ role }: Question, n: number): Say => ({ output: { says: `${role} ${n}` } });

describe("group_chat", () => {
  it("lets them speak in turn over one transcript, until one is done", () => {
    const game = play(chat(), (question, n) => (n === 4 ? { output: { says: "enough", done: true } } : says(question, n)));
    expect(game.asked.map(({ role }) => role)).toEqual(["a", "b", "c", "a"]);
    expect(game.asked[2]?.message).toEqual({ goal: "the goal", transcript: [{ speaker: "a", says: "a 1" }, { speaker: "b", says: "b 2" }], omitted: 0 });
    expect(outputOf(game)).toMatchObject({ result: "enough", by: "a", done: true, turns: 4 });
  });

  it("asks a selector who is next; who it does not know is replaced by the next in turn", () => {
    const named = ["c", "stranger", "c"];
    const host = (question: Question, n: number): Say => (question.role === "host" ? (named.length === 0 ? { fails: "AgentFailed" } : { output: { role: named.shift() } }) : says(question, n));
    const game = play(chat({ max_turns: 4 }, ["host"]), host, { fuel: 100 });
    expect(game.asked.filter(({ kind }) => kind === "speak").map(({ role }) => role)).toEqual(["c", "a", "c", "a"]);
    expect(chat({ max_turns: 4 }, ["host"]).callsBound).toBe(8);
    expect(game.asked).toHaveLength(8);
  });

  it("ends at its turns, with what was said last and only the last words travelling", () => {
    const game = play(chat({ last_words: 2 }), says, { fuel: 100 });
    expect(game.asked).toHaveLength(6);
    expect(game.asked[5]?.message).toMatchObject({ transcript: [{ says: "d" }, {}].map(() => expect.any(Object)), omitted: 3 });
    expect(outputOf(game)).toMatchObject({ result: "c 6", done: false });
  });

  it("passes over who fails, and ends when nobody speaks any more", () => {
    expect(outputOf(play(chat(), (question, n) => (question.role === "b" ? { fails: "TaskTimedOut" } : says(question, n))))).toMatchObject({ result: "c 6" });
    const dumb = play(chat({ max_turns: 50 }), () => ({ fails: "AgentFailed" }));
    expect(dumb.asked).toHaveLength(3);
    expect(outputOf(dumb)).toMatchObject({ do: "fail", code: "NoResult" });
  });

  it("notices one who says the same again and again: without that it would go on to the last turn", () => {
    const game = play(chat({ max_turns: 100 }), () => ({ output: { says: "I agree" } }));
    expect(game.asked.length).toBeLessThan(60);
    expect(outputOf(game)).toMatchObject({ result: "I agree", partial: true, bound: "stalled" });
  });
});
