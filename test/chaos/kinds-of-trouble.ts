/** Kinds of workflows in which agents fail. */
import type { KindMaker } from "./kind.ts";
import { all, FAILED, FAILING, HANGING, ONCE, PATIENT, RETRIED, SAGA, sound, times, TRIED } from "./kind-parts.ts";

/** Sagas, retries, breakers, agents that hang, die or talk rubbish. */
export const TROUBLE: readonly KindMaker[] = [
  (random) => ({
    name: "saga",
    tasks: [
      { ...sound(random, "one"), compensation_action: "undo" },
      { ...sound(random, "two", ["one"]), compensation_action: "undo" },
      { ...sound(random, "side", ["one"]), compensation_action: "undo" },
      { id: "three", agent: "worker", depends_on: ["two", "side"], input: { behaviour: "reject" } },
    ],
    more: SAGA,
    ends: ["failed"],
    expected: { ...all(["one", "two", "side", "one~undo", "two~undo", "side~undo"], ONCE), three: FAILED },
  }),
  (random) => ({
    name: "stubborn-saga",
    tasks: [
      ...["one", "two"].map((id) => ({
        ...sound(random, id),
        compensation: { action: "undo", input: { behaviour: "flaky", rate: 1, times: 2, faults: FAILING }, retry_policy: PATIENT },
      })),
      { id: "three", agent: "worker", depends_on: ["one", "two"], input: { behaviour: "reject" } },
    ],
    more: SAGA,
    ends: ["failed"],
    expected: { ...all(["one", "two"], ONCE), ...all(["one~undo", "two~undo"], RETRIED), three: FAILED },
  }),
  (random) => ({
    name: "retries",
    tasks: [
      { id: "busy", agent: "faulty", input: { behaviour: "unavailable", times: 2 }, retry_policy: PATIENT },
      { id: "flaky", agent: "faulty", input: { behaviour: "flaky", rate: 1, times: 3, faults: FAILING }, retry_policy: PATIENT },
      sound(random, "join", ["busy", "flaky"]),
    ],
    more: {},
    ends: ["completed"],
    expected: { ...all(["busy", "flaky"], RETRIED), join: ONCE },
  }),
  (random) => ({
    name: "broken-circuit",
    tasks: [
      ...times(3).map((index) => ({ id: `f${index}`, agent: "faulty", input: { behaviour: "flaky", rate: 1, times: 2, faults: FAILING }, retry_policy: { ...PATIENT, circuit_breaker_enabled: true } })),
      sound(random, "join", ["f0", "f1", "f2"]),
    ],
    more: { fault_tolerance: { circuit_breaker: { failure_threshold: 3, timeout_seconds: 1 } } },
    ends: ["completed"],
    expected: { ...all(["f0", "f1", "f2"], RETRIED), join: ONCE },
  }),
  (random) => ({
    name: "hanging",
    tasks: [
      ...HANGING.map((fault) => ({ id: fault, agent: "faulty", timeout: 3, input: { behaviour: "flaky", rate: 1, times: 1, faults: [fault] }, retry_policy: PATIENT })),
      sound(random, "join", HANGING),
    ],
    more: {},
    ends: ["completed"],
    expected: { ...all(HANGING, RETRIED), join: ONCE },
  }),
  (random) => ({
    name: "rubbish",
    tasks: [
      // What nobody can read is asked for again, elsewhere or here; what is refused is not.
      ...["garbage", "error-body", "redirect", "reject"].map((id) => ({ id, agent: "faulty", input: { behaviour: id }, on_failure: "continue", retry_policy: PATIENT })),
      sound(random, "join", ["garbage", "error-body", "redirect", "reject"]),
    ],
    more: {},
    ends: ["completed"],
    expected: { ...all(["garbage", "error-body"], TRIED), ...all(["redirect", "reject"], FAILED), join: ONCE },
  }),
  (random) => ({
    name: "mortal",
    tasks: [
      { ...sound(random, "a"), agent: "mortal", retry_policy: PATIENT },
      { id: "b", agent: "mortal", depends_on: ["a"], input: { behaviour: "flaky", rate: 0.3, times: 1, faults: ["die"] }, retry_policy: PATIENT },
      { ...sound(random, "c", ["b"]), agent: "mortal", retry_policy: PATIENT },
    ],
    more: {},
    ends: ["completed"],
    expected: all(["a", "b", "c"], RETRIED),
  }),
];
