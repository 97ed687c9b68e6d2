/** Kinds of workflows that people or budgets step into. */
import type { KindMaker } from "./kind.ts";
import { all, DONE, ONCE, PATIENT, RETRIED, sound, times } from "./kind-parts.ts";

/** Approvals, budgets, pauses, boosts, cancels, redrives. */
export const STEERING: readonly KindMaker[] = [
  (random) => ({
    name: "approved",
    tasks: [sound(random, "a"), { id: "ok", depends_on: ["a"], approval: { prompt: "go?" } }, sound(random, "b", ["ok"])],
    more: {},
    ends: ["completed"],
    expected: { a: ONCE, ok: DONE, b: ONCE },
    steering: "approve",
  }),
  (random) => ({
    name: "refused",
    tasks: [sound(random, "a"), { id: "ok", depends_on: ["a"], approval: true }, sound(random, "b", ["ok"])],
    more: {},
    ends: ["failed"],
    expected: { a: ONCE, ok: { state: "failed", effects: "none" } },
    steering: "reject",
  }),
  (random) => ({
    name: "frugal",
    tasks: times(4).map((index) => sound(random, `t${index}`, index === 0 ? [] : [`t${index - 1}`])),
    more: { budget: { max_agent_calls: 2 } },
    ends: ["failed"],
    expected: { t0: ONCE, t1: ONCE },
  }),
  (random) => ({
    name: "paused",
    tasks: times(4).map((index) => sound(random, `t${index}`, index === 0 ? [] : [`t${index - 1}`])),
    more: {},
    ends: ["completed"],
    expected: all(["t0", "t1", "t2", "t3"], ONCE),
    steering: "pause",
  }),
  (random) => ({
    name: "boosted",
    tasks: times(4).map((index) => sound(random, `t${index}`, index === 0 ? [] : [`t${index - 1}`])),
    more: {},
    ends: ["completed"],
    expected: all(["t0", "t1", "t2", "t3"], ONCE),
    steering: "boost",
  }),
  (random) => ({
    name: "cancelled",
    tasks: times(4).map((index) => sound(random, `t${index}`, index === 0 ? [] : [`t${index - 1}`])),
    more: {},
    ends: ["cancelled", "completed"],
    steering: "cancel",
  }),
  (random) => ({
    name: "redriven",
    tasks: [
      sound(random, "a"),
      { id: "b", agent: "faulty", depends_on: ["a"], input: { behaviour: "unavailable", times: 1 }, retry_policy: { ...PATIENT, max_attempts: 1 } },
      sound(random, "c", ["b"]),
    ],
    more: {},
    ends: ["completed"],
    expected: { a: ONCE, b: RETRIED, c: ONCE },
    steering: "redrive",
  }),
];
