/** Kinds of workflows in which nothing is meant to go wrong but everything around them. */
import type { KindMaker } from "./kind.ts";
import { all, DONE, ONCE, SKIPPED, sound, times } from "./kind-parts.ts";

/** Dataflow, branches, lists, events, workflows in workflows. */
export const WORK: readonly KindMaker[] = [
  (random) => ({
    name: "diamond",
    tasks: [sound(random, "a"), sound(random, "b", ["a"]), sound(random, "c", ["a"]), sound(random, "d", ["b", "c"])],
    more: {},
    ends: ["completed"],
    expected: all(["a", "b", "c", "d"], ONCE),
  }),
  (random) => ({
    name: "n-shape",
    tasks: [sound(random, "a"), sound(random, "b"), sound(random, "c", ["a"]), sound(random, "d", ["a", "b"]), sound(random, "e", ["c", "d"])],
    more: {},
    ends: ["completed"],
    expected: all(["a", "b", "c", "d", "e"], ONCE),
  }),
  (random) => ({
    name: "branch",
    tasks: [
      { id: "find", agent: "worker", input: { behaviour: "echo", count: 12 } },
      { ...sound(random, "few", ["find"]), when: "outputs.find.echo.count <= 10" },
      { ...sound(random, "many", ["find"]), when: "outputs.find.echo.count > 10" },
      sound(random, "after-few", ["few"]),
      sound(random, "join", ["after-few", "many"]),
    ],
    more: {},
    ends: ["completed"],
    expected: { ...all(["find", "many", "join"], ONCE), ...all(["few", "after-few"], SKIPPED) },
  }),
  (random) => ({
    name: "list",
    tasks: [{ ...sound(random, "each"), for_each: { items: "[1, 2, 3, 4, 5, 6, 7, 8]", max_concurrency: 3 }, input_from: { n: "item" } }, sound(random, "sum", ["each"])],
    more: {},
    ends: ["completed"],
    expected: { each: DONE, ...all(times(8).map((index) => `each[${index}]`), ONCE), sum: ONCE },
  }),
  (random) => ({
    name: "events",
    tasks: [
      sound(random, "first"),
      { id: "tell", depends_on: ["first"], emit_event: { detail_type: "campaign.ready" } },
      { id: "wait", wait_for_event: { pattern: { "detail-type": ["campaign.ready"] } } },
      sound(random, "use", ["wait"]),
    ],
    more: {},
    ends: ["completed"],
    expected: { ...all(["first", "use"], ONCE), ...all(["tell", "wait"], DONE) },
  }),
  (random) => ({
    name: "inner",
    tasks: [sound(random, "x"), sound(random, "y", ["x"])],
    more: { outputs: { total: "1 + 1" } },
    ends: ["completed"],
    expected: all(["x", "y"], ONCE),
    isInner: true,
  }),
  (random) => ({
    name: "nested",
    tasks: [sound(random, "before"), { id: "sub", workflow: "inner", depends_on: ["before"] }, sound(random, "after", ["sub"])],
    more: {},
    ends: ["completed"],
    expected: { before: ONCE, sub: DONE, after: ONCE },
  }),
  (random) => ({
    name: "literal",
    tasks: ["a", "b", "c"].map((id, index, ids) => ({
      ...sound(random, id, ids.slice(Math.max(0, index - 1), index), ["task", "poll", "close", "push-twice"]),
      agent: "literal",
    })),
    more: {},
    ends: ["completed"],
    expected: all(["a", "b", "c"], ONCE),
  }),
];
