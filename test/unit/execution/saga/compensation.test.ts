import { describe, expect, it } from "vitest";
import { compensationPlan } from "../../../../shared/execution/saga/compensation.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { Plan } from "../../../../shared/workflow/plan/plan.ts";
import type { CompensationStrategy } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { compensation, FOR_EACH, planOf, record, RETRY } from "./undoable.ts";

/** `t0 t1` → both completed, a minute after one another. */
const completed = (names: string): TaskRecord[] => names.split(" ").map((name, index) => record(name, "completed", index));

/** `t1~undo < t2~undo t3~undo`: what each task needs. */
const needsOf = (plan: Plan | undefined): string[] =>
  (plan?.tasks ?? []).map(({ id, needs }) => (needs.length === 0 ? id : `${id} < ${needs.join(" ")}`));

const DIAMOND = [[], [0], [0], [1, 2]];
const CHAIN = [[], [0], [1], [2], [3]];

describe("compensationPlan", () => {
  it("undoes what completed before a failure, last first (spec 003, example 3)", () => {
    const records = [...completed("t0 t1"), record("t2", "failed", 3)];
    const plan = compensationPlan({ plan: planOf(CHAIN), records, strategy: "backward", failedTask: "t2" });
    expect(needsOf(plan)).toEqual(["t1~undo", "t0~undo < t1~undo"]);
  });

  it.each<{ strategy: CompensationStrategy; order: string[] }>([
    { strategy: "backward", order: ["t3~undo", "t1~undo < t3~undo", "t2~undo < t1~undo", "t0~undo < t2~undo"] },
    { strategy: "forward", order: ["t0~undo", "t2~undo < t0~undo", "t1~undo < t2~undo", "t3~undo < t1~undo"] },
    { strategy: "parallel", order: ["t0~undo", "t2~undo", "t1~undo", "t3~undo"] },
    { strategy: "cascade", order: ["t3~undo", "t1~undo < t3~undo", "t2~undo < t3~undo", "t0~undo < t1~undo t2~undo"] },
  ])("undoes a diamond in the order of $strategy", ({ strategy, order }) => {
    expect(needsOf(compensationPlan({ plan: planOf(DIAMOND), records: completed("t0 t2 t1 t3"), strategy }))).toEqual(order);
  });

  it("keeps a task between many that has nothing to undo as the gate that it is, and none between few", () => {
    const none = { compensation: undefined };
    const wide = planOf([[], [], [], [0, 1, 2], [3], [3], [3]], { t3: none });
    const all = compensationPlan({ plan: wide, records: completed("t0 t1 t2 t3 t4 t5 t6"), strategy: "cascade" });
    expect(needsOf(all).toSorted()).toEqual([
      "t0~undo < t3~clear",
      "t1~undo < t3~clear",
      "t2~undo < t3~clear",
      "t3~clear < t4~undo t5~undo t6~undo",
      "t4~undo",
      "t5~undo",
      "t6~undo",
    ]);
    const narrow = planOf([[], [], [0, 1], [2], [2]], { t2: none });
    const few = compensationPlan({ plan: narrow, records: completed("t0 t1 t2 t3 t4"), strategy: "cascade" });
    expect(needsOf(few).toSorted()).toEqual(["t0~undo < t3~undo t4~undo", "t1~undo < t3~undo t4~undo", "t3~undo", "t4~undo"]);
  });

  it("goes by dependencies where clocks disagree", () => {
    const records = [record("t0", "completed", 9), record("t1", "completed", 2)];
    const plan = compensationPlan({ plan: planOf([[], [0]]), records, strategy: "backward" });
    expect(needsOf(plan)).toEqual(["t1~undo", "t0~undo < t1~undo"]);
  });

  it("calls the compensation's capability with the task's output and inputs at hand, and parks it when it fails", () => {
    const plan = planOf(DIAMOND, { t1: { compensation: { ...compensation, agent: "cleaner" } } });
    const agents = { ...plan.agents, cleaner: { type: "cleaner", count: 1, capabilities: [], resources: {} } };
    const undoing = compensationPlan({ plan: { ...plan, agents }, records: completed("t0 t1"), strategy: "backward" });
    expect(undoing?.tasks[0]).toEqual({
      kind: "agent",
      id: "t1~undo",
      agent: "cleaner",
      skill: "undo-it",
      dependsOn: ["t1", "t0"],
      needs: [],
      after: [],
      releases: ["t0~undo"],
      level: 0,
      timeoutSeconds: 20,
      retryPolicy: 0,
      estimateSeconds: 20,
      estimateCost: 0,
      onFailure: "park",
      onEmptyAnswer: "accept",
      input: { reason: "saga" },
      join: "always",
    });
    expect(undoing?.tasks[1]).toMatchObject({ id: "t0~undo", agent: "worker", needs: ["t1~undo"], after: ["t1~undo"], level: 1 });
    expect(undoing).toMatchObject({ retryPolicies: [RETRY], flow: "(0|1)", levelCount: 2, parallelDegree: 1 });
    expect(undoing?.estimates).toMatchObject({ durationSeconds: 40, cost: 0, agentsRequired: 2 });
    expect(Object.keys(undoing?.agents ?? {})).toEqual(["worker", "cleaner"]);
  });

  it("undoes nothing once a pivot has completed", () => {
    const plan = planOf(CHAIN, { t1: { isPivot: true } });
    expect(compensationPlan({ plan, records: [...completed("t0 t1"), record("t2", "failed", 3)], strategy: "backward" })).toBeUndefined();
    expect(needsOf(compensationPlan({ plan, records: [...completed("t0"), record("t1", "failed", 3)], strategy: "backward" }))).toEqual(["t0~undo"]);
  });

  it.each<{ what: string; records: TaskRecord[]; undone: string[] }>([
    { what: "what an agent had when the run ended", records: [record("t0", "cancelled", 1)], undone: ["t0~undo"] },
    { what: "nothing that no agent ever had", records: [record("t0", "cancelled", 1, { attempt: 0 })], undone: [] },
    { what: "nothing that was skipped", records: [record("t0", "skipped", 1, { attempt: 0 })], undone: [] },
    { what: "nothing that failed", records: [record("t0", "failed", 1)], undone: [] },
    { what: "nothing without a compensation", records: [record("t1", "completed", 1)], undone: [] },
    { what: "no task that the plan does not know", records: [record("gone", "completed", 1)], undone: [] },
  ])("undoes $what", ({ records, undone }) => {
    const plan = planOf([[], []], { t1: { compensation: undefined } });
    expect(needsOf(compensationPlan({ plan, records, strategy: "backward" }))).toEqual(undone);
  });

  it("undoes only what failed or was interrupted when selective", () => {
    const records = [...completed("t0"), record("t1", "failed", 2), record("t2", "cancelled", 3), record("t3", "cancelled", 3, { attempt: 0 })];
    const plan = compensationPlan({ plan: planOf([[], [0], [0], [0]]), records, strategy: "selective", failedTask: "t1" });
    expect(needsOf(plan)).toEqual(["t1~undo", "t2~undo"]);
  });

  it("reaches across tasks that need no undoing", () => {
    const plan = planOf(CHAIN, { t1: { compensation: undefined }, t2: { compensation: undefined } });
    expect(needsOf(compensationPlan({ plan, records: completed("t0 t1 t2 t3"), strategy: "cascade" }))).toEqual(["t3~undo", "t0~undo < t3~undo"]);
  });

  it("undoes each completed instance of a for_each, and not the list as a whole", () => {
    const plan = planOf([[], [0]], { t1: { forEach: FOR_EACH } });
    const items = [record("t1[0]", "completed", 2), record("t1[1]", "failed", 2), record("t1[2]", "completed", 3)];
    const undoing = compensationPlan({ plan, records: [...completed("t0"), ...items, record("t1", "failed", 4)], strategy: "backward" });
    expect(needsOf(undoing)).toEqual(["t1[2]~undo", "t1[0]~undo < t1[2]~undo", "t0~undo < t1[0]~undo"]);
    expect(undoing?.tasks[0]?.dependsOn).toEqual(["t1[2]", "t0"]);
  });

  it("puts a gate where many instances are undone before many others", () => {
    const plan = planOf([[], [0]], { t0: { forEach: FOR_EACH }, t1: { forEach: FOR_EACH } });
    const instances = ["t0[0]", "t0[1]", "t0[2]", "t1[0]", "t1[1]", "t1[2]"].map((name) => record(name, "completed", 1));
    const undoing = compensationPlan({ plan, records: instances, strategy: "cascade" });
    expect(needsOf(undoing)).toEqual([
      "t1[0]~undo",
      "t1[1]~undo",
      "t1[2]~undo",
      "t1~undone < t1[0]~undo t1[1]~undo t1[2]~undo",
      "t0[0]~undo < t1~undone",
      "t0[1]~undo < t1~undone",
      "t0[2]~undo < t1~undone",
    ]);
    expect(undoing?.tasks[3]).toMatchObject({ kind: "gate", dependsOn: [], onFailure: "park", retryPolicy: 0 });
  });

  it("undoes 10 000 instances before 10 000 others with needs that stay linear", () => {
    const plan = planOf([[], [0]], { t0: { forEach: FOR_EACH }, t1: { forEach: FOR_EACH } });
    const records = ["t0", "t1"].flatMap((id) => Array.from({ length: 10_000 }, (_, index) => record(`${id}[${index}]`, "completed", 1)));
    const undoing = compensationPlan({ plan, records, strategy: "cascade" });
    expect(undoing?.tasks.length).toBe(20_001);
    expect(undoing?.tasks.reduce((sum, { needs }) => sum + needs.length, 0)).toBe(20_000);
  });

  it("refuses a compensation that nobody could carry out", () => {
    const whole = planOf([[]]);
    const plan = Plan.parse({ ...whole, tasks: [{ ...whole.tasks[0], kind: "workflow", workflow: { name: "other" } }] });
    expect(() => compensationPlan({ plan, records: completed("t0"), strategy: "backward" })).toThrow("'t0' has a compensation but no role");
  });
});
