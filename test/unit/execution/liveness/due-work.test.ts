import { describe, expect, it } from "vitest";
import { dueWork } from "../../../../shared/execution/liveness/due-work.ts";
import { RUN_END } from "../../../../shared/execution/messages.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import { planOf, START, task } from "../../../fixtures/runtime/memory-runtime.ts";
import { type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const NOW = START + 100_000;
const at = (second: number): string => new Date(NOW + second * 1000).toISOString();
/** Messages are lost half a minute after their time. */
const [LOST, LATE] = [at(-30), at(-29)];

interface Given {
  readonly tasks?: readonly object[];
  readonly isGraphRun?: boolean;
  readonly run?: number;
  readonly parkedOn?: Readonly<Record<string, string>>;
}

function due(rows: readonly TaskFields[], { tasks = [task("a"), task("b", ["a"])], isGraphRun = true, run = 1, parkedOn = {} }: Given = {}) {
  const view = viewPlan(planOf(tasks));
  const records = rows.map((row) => taskRow(row));
  return dueWork({ plan: view.plan, tasks: view.tasks, isGraphRun, run, records, parkedOn: new Map(Object.entries(parkedOn)), now: new Date(NOW) });
}

describe("a row that waits", () => {
  it.each([
    { what: "for its message", row: { state: "queued" }, is: true },
    { what: "for a retry whose message was lost", row: { state: "queued", notBefore: LOST }, is: true },
    { what: "for a retry whose message may be late", row: { state: "queued", notBefore: LATE }, is: false },
    { what: "for a retry to come", row: { state: "queued", notBefore: at(60) }, is: false },
    { what: "for an agent, looked for long ago", row: { state: "queued", wait: { reason: "no_capacity", until: LOST } }, is: true },
    { what: "for an agent, looked for a moment ago", row: { state: "queued", wait: { reason: "no_capacity", until: LATE } }, is: false },
    { what: "in nobody's parking lot", row: { state: "parked" }, is: true },
    { what: "for an input that has settled", row: { state: "parked" }, on: "a", is: true },
    { what: "for an input that has not", row: { state: "parked" }, on: "c", is: false },
    { what: "for a person", row: { state: "parked", reason: "approval" }, on: "$approval", is: false },
    { what: "for a person whose time is over", row: { state: "parked", reason: "approval", waitUntil: LOST }, on: "$approval", is: true },
    { what: "for a person who has a moment left", row: { state: "parked", reason: "approval", waitUntil: LATE }, on: "$approval", is: false },
  ] as const)("$what is due: $is", ({ row, is, ...given }) => {
    const tasks = [task("a"), task("b", ["a"]), task("c")];
    const rows: TaskFields[] = [{ task: "a", state: "completed" }, { task: "c", state: "running" }, { task: "b", ...row }];
    const { looks } = due(rows, { tasks, parkedOn: "on" in given ? { b: given.on } : {} });
    expect(looks).toEqual(is ? ["b"] : []);
  });

  it("is looked at by its list, not by itself, once its instances have stopped", () => {
    const items = { count: 2, list: { json: "[1,2]" } };
    const tasks = [task("each", [], { for_each: { items: "input.list" } })];
    expect(due([{ task: "each", state: "running", items }, { task: "each[0]", state: "running" }], { tasks }).looks).toEqual(["each"]);
  });
});

describe("a task without a row", () => {
  it.each([
    { what: "that needs nothing", rows: [], looks: ["a"] },
    { what: "whose first input has settled", rows: [{ task: "a", state: "completed" }], looks: ["b"] },
    { what: "whose first input is at work", rows: [{ task: "a", state: "running" }], looks: [] },
  ] as const)("is due in a graph run: $what", ({ rows, looks }) => {
    expect(due(rows, { tasks: [task("a"), task("b", ["a"])] }).looks).toEqual(looks);
  });

  it("is due in a graph run with its first input, where it waits for the next, and in a machine with the last", () => {
    const tasks = [task("a"), task("c"), task("b", ["a", "c"])];
    const rows: TaskFields[] = [{ task: "a", state: "completed" }, { task: "c", state: "running" }];
    expect(due(rows, { tasks }).looks).toEqual(["b"]);
    expect(due(rows, { tasks, isGraphRun: false }).looks).not.toContain("b");
    expect(due([{ task: "a", state: "completed" }, { task: "c", state: "completed" }], { tasks, isGraphRun: false }).looks).toContain("b");
  });
});

describe("the end of a run", () => {
  const settled = (...names: string[]): TaskFields[] => names.map((name) => ({ task: name, state: "completed" }));

  it("is due once the first of its last tasks has settled, unless it is parked for another", () => {
    const tasks = [task("a"), task("b")];
    expect(due(settled("a", "b"), { tasks }).looks).toEqual([RUN_END]);
    expect(due([...settled("a"), { task: "b", state: "running" }], { tasks }).looks).toEqual([RUN_END]);
    expect(due([...settled("a"), { task: "b", state: "running" }], { tasks, parkedOn: { [RUN_END]: "b" } }).looks).toEqual([]);
    expect(due(settled("a", "b"), { tasks, parkedOn: { [RUN_END]: "b" } }).looks).toEqual([RUN_END]);
    expect(due([{ task: "a", state: "running" }, ...settled("b")], { tasks }).looks).toEqual([]);
  });

  it("is due with the first failure that ends it, and with none that it tolerates", () => {
    const tasks = [task("a"), task("t", [], { on_failure: "continue" })];
    const rows = (failing: string): TaskFields[] => ["a", "t"].map((name) => ({ task: name, state: name === failing ? "failed" : "running" }));
    expect(due(rows("a"), { tasks }).looks).toEqual(["a"]);
    expect(due(rows("t"), { tasks }).looks).toEqual([]);
  });

  it("is not due with an instance or a second attempt that failed: their task decides", () => {
    const tasks = [task("each", [], { for_each: { items: "input.list" } }), task("twice", [], { hedge: { after: 1 } })];
    const rows: TaskFields[] = [
      { task: "each", state: "running" },
      { task: "each[0]", state: "failed" },
      { task: "twice", state: "running" },
      { task: "twice~hedge", state: "failed" },
    ];
    expect(due(rows, { tasks }).looks).toEqual([]);
  });

  it("is due, in a machine, task by task: those that nothing follows, and those whose followers are open", () => {
    const tasks = [task("a"), task("b", ["a"]), task("c", ["b"]), task("d", ["a"])];
    const look = (rows: readonly TaskFields[]) => due(rows, { tasks, isGraphRun: false }).looks;
    expect(look([...settled("a", "b", "d"), { task: "c", state: "running" }])).toEqual(["b", "d"]);
    expect(look(settled("a", "b", "c", "d"))).toEqual(["c", "d"]);
    expect(look([...settled("a"), { task: "b", state: "running" }, { task: "d", state: "running" }])).toEqual(["a"]);
  });
});

describe("an attempt", () => {
  const sent = { task: "a", state: "dispatched", agentId: "one" } as const;
  const working = { task: "a", state: "running", agentId: "one", agentTaskId: "remote" } as const;
  it.each([
    { what: "whose send was never heard of", row: { ...sent, dispatchedAt: LOST }, is: true },
    { what: "that was sent a moment ago", row: { ...sent, dispatchedAt: LATE }, is: false },
    { what: "whose deadline has passed", row: { ...working, dispatchedAt: at(-90), deadlineAt: LOST }, is: true },
    { what: "whose deadline is to come", row: { ...working, dispatchedAt: at(-90), deadlineAt: at(60) }, is: false },
    { what: "that every look must have reached, long before its deadline", row: { ...working, dispatchedAt: at(-930), deadlineAt: at(9000) }, is: true },
    { what: "that a look may still be on its way to", row: { ...working, dispatchedAt: at(-929), deadlineAt: at(9000) }, is: false },
    { what: "without a deadline that every look must have reached", row: { ...working, dispatchedAt: at(-930) }, is: true },
    { what: "that asks", row: { ...working, state: "input_required", dispatchedAt: at(-9000) }, is: false },
  ] as const)("$what is to be asked about: $is", ({ row, is }) => {
    expect(due([row]).polls).toEqual(is ? [{ task: "a", attempt: 1 }] : []);
  });

  it("of nobody is not asked about; an execution that runs as a task is looked for", () => {
    const child = "exec_child000001";
    const { polls, children } = due([{ task: "a", state: "running", dispatchedAt: at(-9000), child }, { task: "b", state: "completed", child }]);
    expect({ polls, children }).toEqual({ polls: [], children: [{ task: "a", attempt: 1, child }] });
  });
});

describe("the token of a message", () => {
  const rows: TaskFields[] = [
    { task: "old", state: "completed", token: "token-of-old", run: 1 },
    { task: "none", state: "completed", token: "", run: 2 },
    { task: "a", state: "completed", token: "token-of-a", run: 2 },
  ];

  it("is, in a machine, the row's own, of the present run", () => {
    const { tokenOf } = due(rows, { run: 2, isGraphRun: false });
    expect(["a", "none", "old", "b"].map(tokenOf)).toEqual(["token-of-a", undefined, undefined, undefined]);
  });
});
