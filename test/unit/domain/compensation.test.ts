import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compensationPlan } from "../../../shared/domain/compensation.ts";
import { isGenuine, planWorkflow } from "../../../shared/domain/planner.ts";
import { runGraphOf } from "../../../shared/domain/run-graph.ts";
import type { TaskRecord, TaskState } from "../../../shared/schemas/execution.ts";
import { Plan, type PlanTask } from "../../../shared/schemas/plan.ts";
import { CompensationStrategy, type RetryPolicy } from "../../../shared/schemas/workflow-definition.ts";
import { acyclicGraphs, closureOf } from "./random-graphs.ts";
import { workflowOf } from "./workflows.ts";

const RETRY: RetryPolicy = {
  maxAttempts: 5,
  backoff: "exponential",
  initialDelaySeconds: 1,
  maxDelaySeconds: 30,
  jitter: true,
  nonRetryable: [],
  circuitBreaker: true,
};
const compensation = { action: "undo-it", input: { reason: "saga" }, timeoutSeconds: 20, retryPolicy: RETRY };
const FOR_EACH = { items: "input.list", maxConcurrency: 10, toleratedFailures: 0, toleratedFailurePercentage: 0 };

/** A plan whose task `t2` waits for the tasks in `inputs[2]`; all have a compensation unless `more` says otherwise. */
function planOf(inputs: readonly (readonly number[])[], more: Readonly<Record<string, Partial<PlanTask>>> = {}): Plan {
  const plan = planWorkflow(workflowOf(inputs));
  return Plan.parse({ ...plan, tasks: plan.tasks.map((task) => ({ ...task, compensation, ...more[task.id] })) });
}

const minute = (minutes: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + minutes * 60_000).toISOString();

const record = (task: string, state: TaskState, ended: number, more: Partial<TaskRecord> = {}): TaskRecord => ({
  task,
  state,
  run: 1,
  attempt: 1,
  token: "t",
  settledAt: minute(ended),
  ...more,
});

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

describe("every strategy, on random graphs", () => {
  const STATES = ["completed", "completed", "completed", "failed", "skipped", "cancelled"] as const;
  const runs = acyclicGraphs(16).chain((inputs) =>
    fc.record({
      inputs: fc.constant(inputs),
      states: fc.array(fc.constantFrom(...STATES), { minLength: inputs.length, maxLength: inputs.length }),
      ended: fc.array(fc.nat(20), { minLength: inputs.length, maxLength: inputs.length }),
      isPlain: fc.array(fc.boolean(), { minLength: inputs.length, maxLength: inputs.length }),
      copies: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: inputs.length, maxLength: inputs.length }),
    }),
  );

  /** Names of what was done, by task; instances where a task has several copies. */
  const draw = (run: DrawnRun) => {
    const copiesOf = (v: number): number => run.copies[v] ?? 1;
    const more = run.inputs.map((_, v) => [
      `t${v}`,
      { ...(run.isPlain[v] === true ? { compensation: undefined } : {}), ...(copiesOf(v) > 1 ? { forEach: FOR_EACH } : {}) },
    ] as const);
    const names = run.inputs.map((_, v) => (copiesOf(v) === 1 ? [`t${v}`] : Array.from({ length: copiesOf(v) }, (__, item) => `t${v}[${item}]`)));
    const records = names.flatMap((all, v) => all.map((name, item) => record(name, run.states[v] ?? "completed", (run.ended[v] ?? 0) + item)));
    return { plan: planOf(run.inputs, Object.fromEntries(more)), names, records };
  };

  it.each(CompensationStrategy.options)("%s undoes each task that is its to undo exactly once, in a plan of its own hash that runs to the end", (strategy) => {
    fc.assert(
      fc.property(runs, (run) => {
        const { plan, records } = draw(run);
        const wanted = strategy === "selective" ? ["failed", "cancelled"] : ["completed", "cancelled"];
        const chosen = records.filter(({ task, state }) => wanted.includes(state) && run.isPlain[Number(/\d+/.exec(task)?.[0])] !== true);
        const undoing = compensationPlan({ plan, records, strategy });
        if (undoing === undefined) return chosen.length === 0;
        const undone = undoing.tasks.flatMap(({ id }) => (id.endsWith("~undo") ? [id.slice(0, -"~undo".length)] : []));
        expect(undone.sort()).toEqual(chosen.map(({ task }) => task).sort());
        expect(isGenuine(undoing)).toBe(true);
        expect(Plan.parse(undoing)).toEqual(undoing);
        expect(playedOut(undoing)).toBe(undoing.tasks.length);
        return true;
      }),
      { numRuns: 60 },
    );
  });

  it("backward and forward go one by one, never against or along a dependency respectively, and mirror each other", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const { plan, names, records } = draw(run);
        const before = closureOf(run.inputs);
        const lines = (["backward", "forward"] as const).map((strategy) => compensationPlan({ plan, records, strategy })?.tasks ?? []);
        for (const line of lines) line.forEach(({ needs }, index) => expect(needs).toEqual(index === 0 ? [] : [line[index - 1]?.id]));
        const [backward = [], forward = []] = lines.map((line) => line.map(({ id }) => id));
        expect(backward.toReversed()).toEqual(forward);
        const owner = new Map(names.flatMap((all, v) => all.map((name): [string, number] => [`${name}~undo`, v])));
        for (const [index, later] of forward.entries()) {
          for (const earlier of forward.slice(0, index)) expect(before[owner.get(later) ?? -1]?.[owner.get(earlier) ?? -1]).not.toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("cascade orders exactly what depends on each other, and no need implies another", () => {
    fc.assert(
      fc.property(runs, (run) => {
        const { plan, names, records } = draw(run);
        const tasks = compensationPlan({ plan, records, strategy: "cascade" })?.tasks ?? [];
        const place = new Map(tasks.map(({ id }, index) => [id, index]));
        const needs = tasks.map((task) => task.needs.map((need) => place.get(need) ?? -1));
        const undoneFirst = closureOf(needs);
        const before = closureOf(run.inputs);
        const owner = new Map(names.flatMap((all, v) => all.map((name): [string, number] => [`${name}~undo`, v])));
        for (const { id: first } of tasks.filter(({ kind }) => kind === "agent")) {
          for (const { id: second } of tasks.filter(({ kind }) => kind === "agent")) {
            const isDependent = before[owner.get(second) ?? -1]?.[owner.get(first) ?? -1] === true;
            expect(undoneFirst[place.get(first) ?? -1]?.[place.get(second) ?? -1]).toBe(isDependent);
          }
        }
        for (const row of needs) for (const u of row) for (const v of row) expect(undoneFirst[u]?.[v]).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

interface DrawnRun {
  readonly inputs: readonly (readonly number[])[];
  readonly states: readonly TaskState[];
  readonly ended: readonly number[];
  readonly isPlain: readonly boolean[];
  readonly copies: readonly number[];
}

/** How many tasks the graph runner would get through. */
function playedOut(plan: Plan): number {
  const { roots, triggers, awaited } = runGraphOf(plan);
  const needs = new Map(plan.tasks.map((task) => [task.id, task.needs]));
  const settled = new Set<string>();
  const looks = [...roots];
  for (let task = looks.shift(); task !== undefined; task = looks.shift()) {
    if (settled.has(task) || needs.get(task)?.every((need) => settled.has(need)) !== true) continue;
    settled.add(task);
    looks.push(...(triggers.get(task) ?? []), ...(awaited.get(task) ?? []));
  }
  return settled.size;
}
