import { describe, expect, it } from "vitest";
import { rolesOf } from "../../../shared/patterns/pattern-use.ts";
import { planPattern } from "../../../shared/patterns/planned-pattern.ts";
import { rolesNamed } from "./play.ts";

const ROLES = rolesNamed("supervisor", "one", "two");
const read = (use: { name: string; members?: Record<string, string[]>; config?: Record<string, unknown>; maxCalls?: number }, roles = ROLES) => planPattern({ members: {}, config: {}, ...use }, roles);
const places = (...asked: Parameters<typeof read>) => read(...asked).findings.map(({ path, remedy }) => [path.join("."), remedy]);

describe("a pattern of a task", () => {
  it("fills in parts by name, the rest with those that play no other, and the configuration's defaults", () => {
    const { planned } = read({ name: "supervisor", config: { max_redo: 0 } });
    expect(planned).toEqual({
      name: "supervisor",
      version: 1,
      members: { supervisor: ["supervisor"], workers: ["one", "two"] },
      config: { max_subtasks: 10, min_quality: 0.7, max_redo: 0, replan: 1, on_worker_failure: "reassign" },
      callsBound: 43,
      maxCalls: 43,
      maxSeconds: undefined,
    });
    expect(planned === undefined ? [] : rolesOf(planned)).toEqual(["supervisor", "one", "two"]);
  });

  it("may use less than its bound, never more, and never more than a pattern may", () => {
    expect(read({ name: "supervisor", maxCalls: 7 }).planned?.maxCalls).toBe(7);
    expect(read({ name: "supervisor", maxCalls: 900 }).planned?.maxCalls).toBe(83);
    expect(read({ name: "supervisor", config: { max_subtasks: 50, max_redo: 5, replan: 3 } }).planned).toMatchObject({ callsBound: 2405, maxCalls: 1000 });
  });

  it("says what is wrong, where, and what to do", () => {
    expect(places({ name: "supervisr" })).toEqual([["name", 'did you mean "supervisor"?']]);
    expect(places({ name: "elders" })).toEqual([["name", expect.stringContaining("use one of supervisor, supervised, handoff")]]);
    expect(places({ name: "supervisor", members: { boss: ["one"] } })).toEqual([["members.boss", "name supervisor, workers"]]);
    expect(places({ name: "supervisor", members: { workers: ["thre"] } })).toEqual([["members.workers", expect.stringContaining("one of supervisor, one, two")]]);
    expect(places({ name: "supervisor", members: { supervisor: ["one", "two"] } })).toEqual([["members.supervisor", "name fewer"]]);
    expect(places({ name: "evaluator_optimizer" })).toEqual([["members", "add members.optimizer: a role of `agents`"], ["members", "add members.evaluator: a role of `agents`"]]);
    expect(places({ name: "supervisor", config: { max_redo: 9, mex: 1 } })).toEqual([
      ["config.max_redo", expect.stringContaining("a2a patterns show")],
      ["config.mex", expect.stringContaining("remove it")],
    ]);
  });
});
