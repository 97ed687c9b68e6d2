import { describe, expect, it } from "vitest";
import { comparePlans, downstreamOf } from "../../../../shared/workflow/plan/plan-difference.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const before = planOf([task("a"), task("b", ["a"]), task("c", ["b"])]);
const compare = (tasks: readonly object[], more: object = {}) => comparePlans(before, planOf(tasks, more));

describe("comparePlans", () => {
  it.each([
    { what: "nothing", tasks: [task("a"), task("b", ["a"]), task("c", ["b"])], changed: [], added: [], removed: [] },
    {
      what: "an input",
      tasks: [task("a"), task("b", ["a"], { input: { x: 1 } }), task("c", ["b"])],
      changed: ["b"],
      added: [],
      removed: [],
    },
    {
      what: "a dependency",
      tasks: [task("a"), task("b", ["a"]), task("c", ["a", "b"])],
      changed: ["c"],
      added: [],
      removed: [],
    },
    {
      what: "retries",
      tasks: [task("a", [], { retry_policy: { max_attempts: 9 } }), task("b", ["a"]), task("c", ["b"])],
      changed: ["a"],
      added: [],
      removed: [],
    },
    {
      what: "a task more behind the others",
      tasks: [task("a"), task("b", ["a"]), task("c", ["b"]), task("d", ["a"])],
      changed: [],
      added: ["d"],
      removed: [],
    },
    { what: "the last task gone", tasks: [task("a"), task("b", ["a"])], changed: [], added: [], removed: ["c"] },
    {
      what: "a description",
      tasks: [task("a", [], { description: "for people" }), task("b", ["a"]), task("c", ["b"])],
      changed: [],
      added: [],
      removed: [],
    },
    {
      what: "the order of lines",
      tasks: [task("c", ["b"]), task("b", ["a"]), task("a")],
      changed: [],
      added: [],
      removed: [],
    },
  ])("sees $what", ({ what: _what, tasks, ...difference }) => {
    const { unchanged: _, ...found } = compare(tasks);
    expect(found).toEqual(difference);
  });

  it("counts a changed role as a change of whoever works in it", () => {
    const agents = { worker: { type: "worker", capabilities: ["work", "more"] } };
    expect(compare([task("a"), task("b", ["a"]), task("c", ["b"])], { agents }).changed).toEqual(["a", "b", "c"]);
  });
});

describe("downstreamOf", () => {
  const plan = planOf([task("z", ["y"]), task("y", ["x"]), task("x"), task("side"), task("join", ["side", "z"])]);
  it.each([
    { from: ["x"], after: ["z", "y", "join"] },
    { from: ["side"], after: ["join"] },
    { from: ["x", "z"], after: ["y", "join"] },
    { from: ["join"], after: [] },
  ])("finds what comes after $from in the plan's order", ({ from, after }) => {
    expect(downstreamOf(plan, new Set(from))).toEqual(after);
  });
});
