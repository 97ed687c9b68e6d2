/** Makespan ÷ critical path, beside level barriers. Run: `node test/bench/makespan.bench.ts`. */
import { compilePlan } from "../../shared/workflow/compiler/compile-plan.ts";
import { simulate } from "../../shared/workflow/compiler/simulator.ts";
import { planWorkflow } from "../../shared/workflow/plan/planner.ts";
import type { Plan } from "../../shared/workflow/plan/plan.ts";
import { SHAPES } from "../unit/workflow/compiler/shapes.ts";
import { recordedGraphs, workflowOf } from "../fixtures/workflow/workflows.ts";

/** What converters without cross-branch waits do: each level starts when the one before has ended. */
function barrierMakespan(plan: Plan): number {
  const slowest: number[] = Array.from({ length: plan.levelCount }, () => 0);
  for (const { level, estimateSeconds } of plan.tasks) slowest[level] = Math.max(slowest[level] ?? 0, estimateSeconds);
  return slowest.reduce((sum, seconds) => sum + seconds, 0);
}

function rowOf(name: string, inputs: readonly (readonly number[])[], seconds: readonly number[]) {
  const plan = planWorkflow(workflowOf(inputs, seconds));
  const compiled = compilePlan(plan);
  const times = new Map(plan.tasks.map(({ id, estimateSeconds }) => [id, estimateSeconds]));
  const run = simulate(compiled, plan, (task) => times.get(task) ?? 0);
  const { seconds: critical } = plan.criticalPath;
  return {
    graph: name,
    tasks: plan.tasks.length,
    edges: plan.tasks.reduce((sum, { needs }) => sum + needs.length, 0),
    "dataflow ÷ critical path": (run.makespan / critical).toFixed(3),
    "level barriers ÷ critical path": (barrierMakespan(plan) / critical).toFixed(3),
    "cross-branch waits": plan.tasks.reduce((sum, { after }) => sum + after.length, 0),
    "tasks really parked": run.parked,
    machines: compiled.machines.length,
  };
}

const drawn = Object.entries(SHAPES).map(([shape, draw]) => {
  const inputs = draw(2_000);
  return rowOf(
    `drawn: ${shape}`,
    inputs,
    inputs.map((_, index) => 1 + ((index * 7_919) % 101)),
  );
});
const recorded = recordedGraphs().map(({ name, pred, w }) => rowOf(name, pred, w));
console.table([...recorded, ...drawn]);
