import validator from "asl-validator";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkLimits } from "../../../../shared/workflow/compiler/check-limits.ts";
import { type CompileOptions, compilePlan } from "../../../../shared/workflow/compiler/compile-plan.ts";
import { simulate } from "../../../../shared/workflow/compiler/simulator.ts";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { acyclicGraphs, seriesParallelOrders } from "../../../fixtures/workflow/random-graphs.ts";
import { recordedGraphs, workflowOf } from "../../../fixtures/workflow/workflows.ts";
import { SHAPES } from "../../../unit/workflow/compiler/shapes.ts";

type Inputs = readonly (readonly number[])[];

/** The law of exact dataflow: a task starts with the end of its last input. Written without the planner. */
function lawfulSpans(inputs: Inputs, seconds: readonly number[]): Map<string, { start: number; end: number }> {
  const ends: (number | undefined)[] = [];
  const startOf = (node: number): number => Math.max(0, ...(inputs[node] ?? []).map(endOf));
  const endOf = (node: number): number => (ends[node] ??= startOf(node) + (seconds[node] ?? 0));
  return new Map(inputs.map((_, node) => [`t${node}`, { start: startOf(node), end: endOf(node) }]));
}

function run(inputs: Inputs, seconds: readonly number[], options: CompileOptions = {}) {
  const plan = planWorkflow(workflowOf(inputs));
  const compiled = compilePlan(plan, options);
  return { plan, compiled, outcome: simulate(compiled, plan, (task) => seconds[Number(task.slice(1))] ?? 0) };
}

/** The plan knows nothing of `seconds`: estimates may be wrong, the schedule must be exact all the same. */
function expectExact(inputs: Inputs, seconds: readonly number[], options: CompileOptions = {}): void {
  const { outcome } = run(inputs, seconds, options);
  expect(outcome).toMatchObject({ finished: true, stuck: [] });
  expect(outcome.spans).toHaveLength(inputs.length);
  expect(new Map(outcome.spans.map(({ task, start, end }) => [task, { start, end }]))).toEqual(
    lawfulSpans(inputs, seconds),
  );
}

/** One machine whose branches are these: the validator compiles its schemas anew for each machine, a tenth of a second. */
function besideEachOther(machines: readonly string[]): object {
  const Branches = machines.map((asl, index) => {
    const names = [...asl.matchAll(/"([^"]+)":\{"Type":/g)].map(([, name = ""]) => name);
    return JSON.parse(names.reduce((text, name) => text.replaceAll(`"${name}"`, `"${index} ${name}"`), asl));
  });
  return { StartAt: "All", States: { All: { Type: "Parallel", Branches, End: true } } };
}

const uneven = (inputs: Inputs): number[] => inputs.map((_, node) => ((node * 7_919) % 101) / 8);

describe("the compiled machines", () => {
  it("start every task of any graph exactly when its last input ends, once, without deadlock", () => {
    fc.assert(
      fc.property(
        acyclicGraphs(60),
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 60, maxLength: 60 }),
        (inputs, seconds) => {
          expectExact(inputs, seconds);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("stay exact when split into nested executions", () => {
    const budget = { bytes: 3_000, events: 60 };
    fc.assert(
      fc.property(acyclicGraphs(60), (inputs) => {
        expectExact(inputs, uneven(inputs), { budget });
      }),
      { numRuns: 60 },
    );
  });

  it("never park a task of a series-parallel order", () => {
    fc.assert(
      fc.property(seriesParallelOrders(50), (inputs) => {
        const { plan, outcome } = run(inputs, uneven(inputs));
        expect(plan.tasks.flatMap(({ after }) => after)).toEqual([]);
        expect(outcome.parked).toBe(0);
      }),
    );
  });

  it.each([
    ...Object.keys(SHAPES).flatMap((shape) => [1, 2, 37, 300].map((size) => ({ shape, size }))),
    ...["layered", "montage", "random"].map((shape) => ({ shape, size: 2_000 })),
  ])("run $size tasks in the shape of $shape exactly", ({ shape, size }) => {
    const inputs = SHAPES[shape]?.(size) ?? [];
    expectExact(inputs, uneven(inputs));
  });

  it.each(recordedGraphs())("take the critical path and not a moment longer for $name", ({ pred, w }) => {
    const plan = planWorkflow(workflowOf(pred, w));
    const outcome = simulate(compilePlan(plan), plan, (task) => w[Number(task.slice(1))] ?? 0);
    expect(outcome.makespan / plan.criticalPath.seconds).toBe(1);
    expectExact(pred, w);
  });

  it.each(["chain", "comb", "montage"])("fit every limit at 10 000 tasks in the shape of %s", (shape) => {
    const inputs = SHAPES[shape]?.(10_000) ?? [];
    const { compiled, outcome } = run(inputs, uneven(inputs));
    expect(compiled.machines.flatMap(({ asl }) => checkLimits(asl))).toEqual([]);
    expect(outcome).toMatchObject({ finished: true, stuck: [] });
    expect(outcome.spans).toHaveLength(10_000);
  });

  it("pass asl-validator in every shape, whole and split", () => {
    const machines = Object.values(SHAPES).flatMap((shape) =>
      [{}, { budget: { bytes: 3_000, events: 100 } }].flatMap((options) =>
        run(shape(16), [], options).compiled.machines.map(({ asl }) => asl),
      ),
    );
    expect(machines.length).toBeGreaterThan(2 * Object.keys(SHAPES).length);
    expect(validator(besideEachOther(machines))).toMatchObject({ isValid: true, errors: [] });
  });

  it("would stand still, and the simulator would say so, if nobody released what waits", () => {
    const plan = planWorkflow(workflowOf([[], [], [0, 1], [1]], [9, 1, 1, 1]));
    const deaf = { ...plan, tasks: plan.tasks.map((task) => ({ ...task, releases: [] })) };
    expect(simulate(compilePlan(plan), deaf, (task) => (task === "t1" ? 20 : 1))).toMatchObject({
      finished: false,
      stuck: ["t2"],
    });
  });
});
