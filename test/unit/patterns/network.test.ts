import { describe, expect, it } from "vitest";
import * as z from "zod";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("a", "b", "c", "d");
const peers = ["a", "b", "c", "d"];
const network = (config: object = {}) => prepared("network", { roles: ROLES, members: { peers }, config });
const Word = z.object({ answer: z.string() });
const Heard = z.object({ neighbours: z.array(Word), you_said: Word.nullable() });
/** Each begins with its own letter and takes over the least that it has heard. */
const least = ({ role, message }: Question): Say => {
  const { neighbours, you_said: own } = Heard.parse(message);
  const words = [own?.answer ?? role, ...neighbours.map(({ answer }) => answer)];
  return { output: { answer: words.sort()[0] }, agent: `agent-${role}` };
};

describe("network", () => {
  it("ends in agreement once everybody has heard everybody", () => {
    const game = play(network(), least);
    expect(outputOf(game)).toMatchObject({ result: "a", support: 4, of: 4, agreed: true, rounds: 2 });
    expect(game.asked[4]).toMatchObject({ agent: "agent-a", message: { you_are: "a-1", neighbours: [{ peer: "b-2", answer: "b" }, { peer: "c-3" }, { peer: "d-4" }] } });
  });

  it("takes as many rounds as the topology has steps: without hearing neighbours nobody would agree", () => {
    expect(outputOf(play(network({ topology: "ring" }), least))).toMatchObject({ agreed: true, rounds: 3 });
    expect(outputOf(play(network({ topology: "star" }), least))).toMatchObject({ agreed: true, rounds: 2 });
    const line = { topology: "edges", edges: { b: ["a"], c: ["b"], d: ["c"] } };
    expect(outputOf(play(network(line), least))).toMatchObject({ agreed: true, rounds: 4 });
    const deaf = ({ role }: Question): Say => ({ output: { answer: role } });
    expect(outputOf(play(network(), deaf))).toMatchObject({ agreed: false, support: 1, rounds: 2 });
  });

  it("nobody is ahead: in one round all hear the round before, whoever answers first", () => {
    const game = play(network({ stop: "rounds", rounds: 2 }), least, { pick: (open) => open - 1 });
    const second = game.asked.slice(4).map(({ message }) => message["neighbours"]);
    expect(second.flat()).toHaveLength(12);
    expect(JSON.stringify(second)).toContain('"answer":"d"');
  });

  it("reaches its bound when minds change in every round", () => {
    const restless = ({ role }: Question, n: number): Say => ({ output: { answer: `${role}${n}` } });
    expect(network({ rounds: 3 }).callsBound).toBe(12);
    expect(play(network({ rounds: 3 }), restless, { fuel: 100 }).asked).toHaveLength(12);
  });

  it("keeps the last word of one that falls silent, marked, and asks another agent for it", () => {
    const game = play(network({ stop: "rounds", rounds: 3 }), (question) => (question.role === "d" && question.round === 2 ? { fails: "TaskTimedOut" } : { output: { answer: question.role }, agent: `agent-${question.role}` }));
    const third = game.asked.slice(8);
    expect(third[3]).toMatchObject({ role: "d", agent: undefined });
    expect(JSON.stringify(third[0]?.message)).toContain('"stale":true');
  });

  it("fails below its quorum, and gives what there is where a bound ends it", () => {
    const few = ({ role }: Question): Say => (role === "a" ? { output: { answer: 1 } } : { fails: "AgentFailed" });
    expect(outputOf(play(network(), few))).toMatchObject({ do: "fail", code: "NoQuorum", message: expect.stringContaining("1 of 4") });
    expect(outputOf(play(network({ quorum: 1, rounds: 1 }), few))).toMatchObject({ result: 1, support: 1 });
    expect(outputOf(play(network(), least, { fuel: 2 }))).toMatchObject({ partial: true, bound: "max_calls", support: 1 });
  });

  it("counts each agent of a role, and knows what does not fit", () => {
    const reading = planPattern({ name: "network", members: { peers: ["a"] }, config: {} }, { a: { count: 3 } });
    expect(reading.planned?.members).toEqual({ peers: ["a", "a", "a"] });
    const flaws = (config: object, roles: string[] = peers) => planPattern({ name: "network", members: { peers: roles }, config: { ...config } }, ROLES).findings.map(({ path }) => path.join("."));
    expect(flaws({}, ["a"])).toEqual(["config"]);
    expect(flaws({ quorum: 5 })).toEqual(["config.quorum"]);
    expect(flaws({ topology: "edges" })).toEqual(["config.topology"]);
    expect(flaws({ topology: "edges", edges: { a: ["z"] } })).toEqual(["config.edges.a"]);
  });
});
