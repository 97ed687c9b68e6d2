import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compensationPlan } from "../../../../shared/execution/saga/compensation.ts";
import { isGenuine } from "../../../../shared/workflow/plan/planner.ts";
import { runGraphOf } from "../../../../shared/execution/run/run-graph.ts";
import type { TaskState } from "../../../../shared/execution/task/task-record.ts";
import { Plan } from "../../../../shared/workflow/plan/plan.ts";
import { CompensationStrategy } from "../../../../shared/workflow/definition/workflow-definition.ts";
import { acyclicGraphs, closureOf } from "../../../fixtures/workflow/random-graphs.ts";
import { FOR_EACH, planOf, record } from "../../../unit/execution/saga/undoable.ts";

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
