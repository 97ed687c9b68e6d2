import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planWorkflow } from "../../../../shared/workflow/plan/planner.ts";
import { runGraphOf } from "../../../../shared/execution/run/run-graph.ts";
import { RUN_END } from "../../../../shared/execution/messages.ts";
import { acyclicGraphs } from "../../../fixtures/workflow/random-graphs.ts";
import { workflowOf } from "../../../fixtures/workflow/workflows.ts";

describe("runGraphOf", () => {
  it.each([
    {
      shape: "a chain",
      inputs: [[], [0], [1]],
      graph: { roots: ["t0"], triggers: [["t0", ["t1"]], ["t1", ["t2"]]], awaited: [], sinks: ["t2"] },
    },
    {
      shape: "a join",
      inputs: [[], [], [0, 1]],
      graph: { roots: ["t0", "t1"], triggers: [["t0", ["t2"]]], awaited: [["t1", ["t2"]]], sinks: ["t2"] },
    },
    {
      shape: "an N",
      inputs: [[], [], [0], [0, 1]],
      graph: { roots: ["t0", "t1"], triggers: [["t0", ["t2", "t3"]]], awaited: [["t1", ["t3"]], ["t3", ["$end"]]], sinks: ["t2", "t3"] },
    },
    { shape: "islands", inputs: [[], []], graph: { roots: ["t0", "t1"], triggers: [], awaited: [["t1", ["$end"]]], sinks: ["t0", "t1"] } },
  ])("works out $shape", ({ inputs, graph }) => {
    const { roots, triggers, awaited, sinks } = runGraphOf(planWorkflow(workflowOf(inputs)));
    expect({ roots, triggers: [...triggers], awaited: [...awaited], sinks }).toEqual(graph);
  });

  it("has every task looked at by exactly one event: the start, or the end of one of its needs", () => {
    fc.assert(
      fc.property(acyclicGraphs(40), (inputs) => {
        const plan = planWorkflow(workflowOf(inputs));
        const { roots, triggers } = runGraphOf(plan);
        const looked = [...roots, ...[...triggers.values()].flat()];
        expect(looked.toSorted()).toEqual(plan.tasks.map(({ id }) => id).toSorted());
        for (const { id, needs } of plan.tasks) {
          const triggering = [...triggers].flatMap(([need, started]) => (started.includes(id) ? [need] : []));
          expect(triggering).toHaveLength(needs.length === 0 ? 0 : 1);
          expect(needs).toEqual(expect.arrayContaining(triggering));
        }
      }),
    );
  });

  it("names, for every need, those that are looked at or may wait when it settles: all that have the need, each once", () => {
    fc.assert(
      fc.property(acyclicGraphs(40), (inputs) => {
        const plan = planWorkflow(workflowOf(inputs));
        const { triggers, awaited } = runGraphOf(plan);
        for (const { id } of plan.tasks) {
          const told = [...(triggers.get(id) ?? []), ...(awaited.get(id) ?? [])].filter((task) => task !== RUN_END);
          const needing = plan.tasks.filter(({ needs }) => needs.includes(id)).map((task) => task.id);
          expect(told.toSorted()).toEqual(needing.toSorted());
        }
      }),
    );
  });

  it("ends with the tasks that no other depends on; the run's end may wait on each of them but the first", () => {
    fc.assert(
      fc.property(acyclicGraphs(40), (inputs) => {
        const { awaited, sinks } = runGraphOf(planWorkflow(workflowOf(inputs)));
        const depended = new Set(inputs.flat());
        const ends = inputs.flatMap((_, index) => (depended.has(index) ? [] : [`t${index}`]));
        expect(sinks.toSorted()).toEqual(ends.toSorted());
        const holding = [...awaited].flatMap(([task, waiting]) => (waiting.includes(RUN_END) ? [task] : []));
        expect(holding.toSorted()).toEqual(sinks.slice(1).toSorted());
      }),
    );
  });
});
