import { describe, expect, it } from "vitest";
import * as z from "zod";
import { randomStream } from "../../../shared/core/random-stream.ts";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { FUNCTIONS } from "../../../shared/patterns/swarm/functions.ts";
import { optimise } from "../../../shared/patterns/swarm/optimise.ts";
import { chainState, leaderOf, moveParticle, scatterSwarm, spreadOf, tellValue } from "../../../shared/patterns/swarm/optimiser.ts";
import { outputOf, play, prepared, type Question, rolesNamed, type Say } from "./play.ts";

const ROLES = rolesNamed("crew", "other");
const swarm = (config: object, members: Record<string, string[]> = {}) => prepared("swarm", { roles: ROLES, members, config });
const CREW = { workers: ["crew"] };
const flaws = (config: object, members: Record<string, string[]> = {}) =>
  planPattern({ name: "swarm", members, config: { ...config } }, ROLES).findings.map(({ path }) => path.join("."));
const box = (width: number, dimensions: number) => ({ least: Array<number>(dimensions).fill(-width), most: Array<number>(dimensions).fill(width) });
const Course = z.looseObject({ fitness: z.number(), evaluations: z.number(), result: z.object({ position: z.array(z.number()), fitness: z.number() }) });

describe("the optimiser", () => {
  const search = { space: box(5, 4), size: 20, seed: 7, evaluations: 20_000, target: 1e-6, restarts: true };

  it.each(Object.entries(FUNCTIONS))("finds the lowest value of %s in few dimensions, inside its space", (_, valueOf) => {
    const found = optimise({ ...search, seed: 3, space: box(5, 2) }, (point) => {
      for (const x of point) expect(Math.abs(x)).toBeLessThanOrEqual(5);
      return valueOf(point);
    });
    expect(found).toMatchObject({ stopped: "target", value: expect.closeTo(0, 5) });
  });

  it("is the same, byte for byte, from the same seed, and another from another", () => {
    const once = optimise(search, FUNCTIONS.rastrigin);
    expect(optimise(search, FUNCTIONS.rastrigin)).toEqual(once);
    expect(optimise({ ...search, seed: 8 }, FUNCTIONS.rastrigin).chain).not.toBe(once.chain);
  });

  it("stops when it gets no lower, or scatters anew where a target is not met", () => {
    const flat = () => 1;
    expect(optimise({ ...search, target: undefined }, flat)).toMatchObject({ stopped: "converged", value: 1, restarts: 0 });
    expect(optimise({ ...search, restarts: false }, flat)).toMatchObject({ stopped: "evaluations", restarts: 0 });
    const again = optimise(search, flat);
    expect(again).toMatchObject({ stopped: "evaluations", evaluations: 20_000 });
    expect(again.restarts).toBeGreaterThan(3);
  });

  it("never forgets the best, whatever restarts forget", () => {
    let lowest = Infinity;
    const found = optimise({ ...search, target: -1 }, (point) => {
      const value = FUNCTIONS.ackley(point);
      lowest = Math.min(lowest, value);
      return value;
    });
    expect(found.value).toBe(lowest);
  });

  it("chains its states: one bit of one place changes every link after it", () => {
    const at = scatterSwarm(box(1, 2), 4, randomStream(1));
    const link = chainState("", at);
    expect(link).toMatch(/^[0-9a-f]{64}$/);
    at.at[0] = (at.at[0] ?? 0) + Number.EPSILON;
    expect(chainState("", at)).not.toBe(link);
    expect(chainState("x", at)).not.toBe(chainState("", at));
  });

  it("has particles learn from those that inform them, and tells how far they are apart", () => {
    const one = scatterSwarm(box(1, 3), 5, randomStream(4));
    expect(leaderOf(one).value).toBe(Infinity);
    expect(tellValue(one, 2, 5)).toBe(true);
    expect(tellValue(one, 2, Number.NaN)).toBe(false);
    for (let particle = 0; particle < 5; particle += 1) tellValue(one, particle, particle);
    expect(leaderOf(one).value).toBe(0);
    for (let particle = 1; particle < 5; particle += 1) expect(tellValue(one, particle, 9)).toBe(false);
    moveParticle(one, 1, randomStream(5));
    expect(spreadOf(one)).toBeGreaterThan(0);
    expect(spreadOf(one)).toBeLessThanOrEqual(1);
  });
});

describe("a swarm that computes", () => {
  it("ends in one step, without asking anybody", () => {
    const game = play(swarm({ mode: "optimise", bounds: [[-100, 100]], dimensions: 10, fitness: { function: "sphere" }, target: 0.01, max_evaluations: 50_000 }), () => ({ output: 0 }), { input: {} });
    expect(game.asked).toEqual([]);
    expect(outputOf(game)).toMatchObject({ stopped_by: "target", convergence: expect.any(Number), chain: expect.any(String), iterations: expect.any(Number) });
    expect(Course.parse(outputOf(game)).fitness).toBeLessThanOrEqual(0.01);
  });

  it("maximises an expression over the position and the input", () => {
    const config = { mode: "optimise", bounds: [[0, 10], [0, 10]], goal: "maximise", fitness: { expression: "input.top - (position[0] - 3.0) * (position[0] - 3.0) - position[1]" }, max_evaluations: 5000 };
    const found = Course.parse(outputOf(play(swarm(config), () => ({ output: 0 }), { input: { top: 20 } })));
    expect(found.fitness).toBeCloseTo(20, 2);
    expect(found.result.position[0]).toBeCloseTo(3, 1);
  });

  it("fails where no position is worth a number", () => {
    const config = { mode: "optimise", bounds: [[0, 1]], fitness: { expression: "'x'" }, max_evaluations: 10 };
    expect(outputOf(play(swarm(config), () => ({ output: 0 })))).toMatchObject({ do: "fail", code: "NoResult" });
    const beyond = { ...config, fitness: { expression: "position[3]" } };
    expect(outputOf(play(swarm(beyond), () => ({ output: 0 })))).toMatchObject({ do: "fail", code: "NoResult" });
  });
});

describe("a swarm whose agents say what a position is worth", () => {
  const config = { mode: "optimise", bounds: [[0, 10], [-1, 1]], names: ["rate", "bias"], agents: 8, max_evaluations: 200, target: 0.01 };
  const Asked = z.object({ position: z.array(z.number()), parameters: z.record(z.string(), z.number()) });
  const worth = ({ message }: Question): Say => {
    const { position, parameters } = Asked.parse(message);
    expect(parameters).toEqual({ rate: position[0], bias: position[1] });
    return { output: { fitness: ((parameters["rate"] ?? 0) - 4) ** 2 + (parameters["bias"] ?? 0) ** 2 } };
  };

  it.each([0, 1, 2, 3])("finds the place, whoever answers first (order %d)", (order) => {
    let turn = 0;
    const game = play(swarm(config, CREW), worth, { pick: (open) => (order * 7 + turn++) % open });
    expect(outputOf(game)).toMatchObject({ stopped_by: "target" });
    expect(game.asked.length).toBeLessThan(200);
    expect(new Set(game.asked.slice(0, 8).map(({ message }) => JSON.stringify(message))).size).toBe(8);
  });

  it("goes on without those that fail, keeps to its evaluations, and fails with none", () => {
    let count = 0;
    const game = play(swarm({ ...config, target: -1 }, CREW), (question) => (count++ % 3 === 0 ? { fails: "AgentFailed" } : worth(question)));
    expect(outputOf(game)).toMatchObject({ stopped_by: "evaluations", evaluations: 200, failures: 67 });
    expect(game.asked).toHaveLength(200);
    expect(outputOf(play(swarm(config, CREW), () => ({ fails: "AgentFailed" })))).toMatchObject({ code: "NoResult" });
  });

  it("looks for the highest where it is told to, and gives the best there is when its calls are used up", () => {
    const most = play(swarm({ ...config, goal: "maximise", target: 35 }, CREW), worth);
    expect(Course.parse(outputOf(most)).fitness).toBeGreaterThanOrEqual(35);
    expect(outputOf(play(swarm({ ...config, target: -1 }, CREW), worth, { fuel: 20 }))).toMatchObject({ partial: true, bound: "max_calls", evaluations: 20 });
  });
});

describe("a swarm that shares out partitions", () => {
  const parts = (more: object = {}) => swarm({ mode: "partitions", data_partitions: 6, agents_required: 3, ...more }, CREW);
  const Part = z.object({ partition: z.number(), of: z.number() });
  const done = ({ message }: Question): Say => ({ output: { of: Part.parse(message).partition } });

  it("gives each out once, so many at a time, and puts the results in their places", () => {
    const game = play(parts(), done, { pick: (open) => open - 1 });
    expect(outputOf(game)).toEqual({ result: [0, 1, 2, 3, 4, 5].map((of) => ({ of })), convergence: 1, partitions: 6, missing: [], calls: 6 });
    expect(game.asked[0]?.message).toMatchObject({ objective: "the goal", of: 6 });
  });

  it("has what fails done again by another agent, and does without what nobody can do", () => {
    const failing = (times: number) => {
      let left = times;
      return (question: Question): Say => (Part.parse(question.message).partition === 2 && left-- > 0 ? { fails: "AgentFailed", agent: "clumsy" } : done(question));
    };
    const again = play(parts(), failing(1));
    expect(again.asked.find(({ id }) => id === "part.2.2")).toMatchObject({ exclude: ["clumsy"] });
    expect(outputOf(again)).toMatchObject({ convergence: 1, calls: 7 });
    expect(outputOf(play(parts(), failing(9)))).toMatchObject({ code: "NotConverged", message: "83 % of the partitions are done, less than 100 %" });
    expect(outputOf(play(parts({ convergence_threshold: 0.8 }), failing(9)))).toMatchObject({ missing: [2], convergence: expect.closeTo(5 / 6) });
    expect(outputOf(play(parts(), () => ({ fails: "AgentFailed", agent: "" })))).toMatchObject({ code: "NotConverged" });
  });

  it("ends once enough are done, and calls the others off", () => {
    const game = play(parts({ convergence_threshold: 0.5 }), done);
    expect(outputOf(game)).toMatchObject({ convergence: 0.5, missing: [3, 4, 5] });
    expect(game.effects.filter((effect) => effect.do === "cancel")).toHaveLength(2);
  });

  it("gives the slowest to a second agent when nothing else is left: the first answer counts", () => {
    const slow = (open: number) => open - 1;
    const game = play(parts({ speculate: true, data_partitions: 3 }), done, { pick: slow });
    expect(outputOf(game)).toMatchObject({ convergence: 1, calls: 5 });
    expect(game.asked.map(({ id }) => id)).toEqual(["part.2.1", "part.0.2", "part.1.2"]);
    expect(game.effects.filter((effect) => effect.do === "cancel")).toHaveLength(2);
    const both = play(parts({ speculate: true, data_partitions: 2, agents_required: 4 }), done, { pick: () => 0 });
    expect(outputOf(both)).toMatchObject({ calls: 3, convergence: 1 });
  });

  it("gives what there is when its time or calls are over", () => {
    expect(outputOf(play(parts(), done, { fuel: 4 }))).toMatchObject({ partial: true, bound: "max_calls", missing: [4, 5] });
  });
});

describe("a swarm's configuration", () => {
  it("names what does not fit", () => {
    const base = { mode: "optimise", bounds: [[0, 1]] };
    expect(flaws(base)).toEqual(["config.fitness"]);
    expect(flaws({ ...base, fitness: { function: "sphere" } }, CREW)).toEqual(["config.fitness"]);
    expect(flaws({ ...base, bounds: [[1, 0]] }, CREW)).toEqual(["config.bounds.0"]);
    expect(flaws({ ...base, bounds: [[0, 1], [0, 1]], dimensions: 3 }, CREW)).toEqual(["config.dimensions"]);
    expect(flaws({ ...base, names: ["a", "b"] }, CREW)).toEqual(["config.names"]);
    expect(flaws({ ...base, agents: 100 }, CREW)).toEqual(["config.agents"]);
    expect(flaws({ ...base, fitness: { expression: "positon[0]" } })).toEqual(["config.fitness.expression"]);
    expect(flaws({ mode: "partitions", data_partitions: 5 })).toEqual(["config.mode"]);
    expect(flaws({ mode: "partitions", data_partitions: 0 }, CREW)).toEqual(["config.data_partitions"]);
  });

  it("says how many calls it can need", () => {
    expect(swarm({ mode: "optimise", bounds: [[0, 1]], fitness: { function: "sphere" } }).callsBound).toBe(1);
    expect(swarm({ mode: "optimise", bounds: [[0, 1]], max_evaluations: 30 }, CREW).callsBound).toBe(30);
    expect(swarm({ mode: "partitions", data_partitions: 10, max_redo: 2, speculate: true }, CREW).callsBound).toBe(40);
  });
});
