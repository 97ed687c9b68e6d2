import { describe, expect, it } from "vitest";
import { hasStarted, stepsOf } from "../../../../shared/execution/control/restart-rules.ts";
import type { TaskOutline } from "../../../../shared/execution/task/task-outline.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import type { Restart } from "../../../../shared/execution/control.ts";
import { planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const { tasks } = viewPlan(
  planOf([
    task("a"),
    task("b", ["a"]),
    task("tolerated", ["a"], { on_failure: "continue" }),
    task("each", ["a"], { for_each: { items: "input.list" } }),
    { id: "team", pattern: { name: "network", members: { peers: ["worker", "worker"] } } },
  ]),
);
const outline = (name: string, state: TaskOutline["state"], more: Partial<TaskOutline> = {}): TaskOutline => ({
  task: name,
  state,
  run: 1,
  attempt: 1,
  move: 1,
  told: [],
  ...more,
});
const restart = (more: Partial<Restart>): Restart => ({
  stop: "arn",
  action: "redrive",
  by: "ann",
  tasks: {},
  ...more,
});
const told = (wanted: Restart, outlines: readonly TaskOutline[], run = 2): string[] =>
  stepsOf(wanted, run, { outlines, tasks }).map(
    ({ task: name, change, outline: row }) => `${change.act} ${name}${row === undefined ? " (no row)" : ""}`,
  );

const FAILURES = restart({ others: { rule: "failures" } });

describe("stepsOf, by the rule for failures", () => {
  it.each([
    {
      what: "takes failed and cancelled tasks",
      rows: [outline("a", "completed"), outline("b", "failed")],
      steps: ["reset b"],
    },
    {
      what: "takes what was still under way: it is being recalled",
      rows: [outline("a", "running"), outline("b", "parked", { attempt: 0 })],
      steps: ["reset a", "reset b"],
    },
    {
      what: "keeps a failure that the definition tolerates",
      rows: [outline("tolerated", "failed"), outline("b", "cancelled")],
      steps: ["reset b"],
    },
    { what: "keeps what was skipped", rows: [outline("a", "skipped")], steps: [] },
    { what: "leaves rows of the new run alone", rows: [outline("b", "failed", { run: 2 })], steps: [] },
    {
      what: "takes of a for_each that failed the instances that failed",
      rows: [
        outline("each", "failed"),
        outline("each[0]", "completed"),
        outline("each[1]", "failed"),
        outline("each[2]", "cancelled"),
      ],
      steps: ["reset each", "reset each[1]", "reset each[2]"],
    },
    {
      what: "ends the open questions of a pattern that starts over, and leaves the others as its history",
      rows: [outline("team", "failed"), outline("team[0]", "completed"), outline("team[1]", "failed"), outline("team[2]", "queued")],
      steps: ["reset team", "drop team[2]"],
    },
    {
      what: "leaves the questions of a pattern that is done",
      rows: [outline("team", "completed"), outline("team[0]", "completed"), outline("team[1]", "failed")],
      steps: [],
    },
    {
      what: "keeps instances whose for_each bore their failure",
      rows: [outline("each", "completed"), outline("each[0]", "completed"), outline("each[1]", "failed")],
      steps: [],
    },
  ])("$what", ({ rows, steps }) => {
    expect(told(FAILURES, rows)).toEqual(steps);
  });
});

describe("stepsOf, by the rule for a moment", () => {
  const at = "2026-11-21T10:00:00.000Z";
  const since = (isOver: boolean): Restart => restart({ others: { rule: "since", at, isOver } });
  it.each([
    { what: "keeps what had settled", rows: [outline("a", "completed", { settledAt: at })], steps: [] },
    {
      what: "takes back what settled later",
      rows: [outline("a", "completed", { settledAt: "2026-11-21T10:00:00.001Z" })],
      steps: ["reset a"],
    },
    {
      what: "keeps what was at work then and still is",
      rows: [outline("a", "running", { dispatchedAt: "2026-11-21T09:59:59.000Z" })],
      steps: [],
    },
    {
      what: "takes back what went to work later",
      rows: [outline("a", "running", { dispatchedAt: "2026-11-21T10:00:01.000Z" })],
      steps: ["reset a"],
    },
    {
      what: "takes back what was cancelled, whenever that was",
      rows: [outline("a", "cancelled", { settledAt: at })],
      steps: ["reset a"],
    },
    { what: "keeps what went to work in that very moment", rows: [outline("a", "running", { dispatchedAt: at })], steps: [] },
    { what: "keeps a failure from before, and takes a later one back", rows: [outline("a", "failed", { settledAt: at }), outline("b", "failed", { settledAt: "2026-11-21T10:00:00.001Z" })], steps: ["reset b"] },
    { what: "takes a question back that was asked later", rows: [outline("a", "input_required", { dispatchedAt: "2026-11-21T10:00:01.000Z" })], steps: ["reset a"] },
    { what: "leaves alone what nobody worked on", rows: [outline("a", "parked", { attempt: 0 })], steps: [] },
    { what: "takes back what waits for another attempt", rows: [outline("a", "queued")], steps: ["reset a"] },
  ])("$what", ({ rows, steps }) => {
    expect(told(since(false), rows)).toEqual(steps);
  });

  it("keeps nothing under way of an execution that is over: it is being recalled", () => {
    expect(told(since(true), [outline("a", "running", { dispatchedAt: "2026-11-21T09:00:00.000Z" })])).toEqual([
      "reset a",
    ]);
  });
});

describe("stepsOf, by name", () => {
  it("changes named tasks whether or not they have a row", () => {
    const wanted = restart({ tasks: { a: { act: "skip" }, b: { act: "reset" }, gone: { act: "drop" } } });
    expect(told(wanted, [outline("a", "completed")])).toEqual(["skip a", "reset b (no row)", "drop gone (no row)"]);
  });

  it("leaves a task that has begun meanwhile where only others may change", () => {
    const wanted = restart({
      tasks: { a: { act: "reset", unlessStarted: true }, b: { act: "reset", unlessStarted: true } },
    });
    expect(told(wanted, [outline("a", "dispatched"), outline("b", "parked", { attempt: 0 })])).toEqual(["reset b"]);
  });

  it("takes all instances with their for_each", () => {
    const rows = [outline("each", "completed"), outline("each[0]", "completed"), outline("each[1]", "failed")];
    expect(told(restart({ tasks: { each: { act: "reset" } } }), rows)).toEqual([
      "reset each",
      "reset each[0]",
      "reset each[1]",
    ]);
  });

  it("takes one instance and looks at its for_each again, the other instances stay", () => {
    const rows = [outline("each", "completed"), outline("each[0]", "completed"), outline("each[1]", "completed")];
    const wanted = restart({ tasks: { each: { act: "reset", keepsItems: true }, "each[1]": { act: "reset" } } });
    expect(told(wanted, rows)).toEqual(["reset each", "reset each[1]"]);
  });

  it("takes instances that failed along when it takes one instance of an execution that is over", () => {
    const rows = [outline("each", "completed"), outline("each[0]", "completed"), outline("each[1]", "completed"), outline("each[2]", "failed")];
    const wanted = restart({ tasks: { each: { act: "reset", keepsItems: true }, "each[1]": { act: "reset" } }, others: { rule: "failures" } });
    expect(told(wanted, rows)).toEqual(["reset each", "reset each[1]", "reset each[2]"]);
  });

  it("ends the instances of a for_each that is skipped", () => {
    expect(
      told(restart({ tasks: { each: { act: "skip" } } }), [outline("each", "running"), outline("each[0]", "running")]),
    ).toEqual(["skip each", "drop each[0]"]);
  });

  it("ends a second attempt beside the first with it, and only with it", () => {
    const rows = [
      outline("a", "running"),
      outline("a~hedge", "running"),
      outline("b", "running"),
      outline("b~hedge", "failed"),
    ];
    expect(told(restart({ tasks: { a: { act: "reset" } } }), rows)).toEqual(["reset a", "drop a~hedge"]);
    expect(told(FAILURES, [outline("b", "completed"), outline("b~hedge", "failed")])).toEqual([]);
  });

  it("changes every row once", () => {
    const wanted = restart({ tasks: { a: { act: "reset" } }, others: { rule: "failures" } });
    const rows = [outline("a", "failed"), outline("b", "failed")];
    const changed = rows.map((row) => ({ ...row, state: "queued" as const, run: 2 }));
    expect(told(wanted, rows)).toEqual(["reset a", "reset b"]);
    expect(told(wanted, changed)).toEqual([]);
  });
});

describe("hasStarted", () => {
  it.each([
    { state: "queued" as const, attempt: 0, started: false },
    { state: "parked" as const, attempt: 0, started: false },
    { state: "queued" as const, attempt: 1, started: true },
    { state: "parked" as const, attempt: 1, started: true },
    { state: "dispatched" as const, attempt: 1, started: true },
    { state: "skipped" as const, attempt: 0, started: true },
    { state: "completed" as const, attempt: 0, started: true },
    { state: "failed" as const, attempt: 0, started: true },
    { state: "cancelled" as const, attempt: 0, started: true },
    { state: "running" as const, attempt: 0, started: true },
    { state: "input_required" as const, attempt: 0, started: true },
  ])("a task that is $state at attempt $attempt: $started", ({ started, ...row }) => {
    expect(hasStarted(row)).toBe(started);
  });
});
