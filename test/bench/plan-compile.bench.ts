/** CPU from a parsed body to machines. Run: `node test/bench/plan-compile.bench.ts`. Targets: `README.md` here. */
import { compilePlan } from "../../shared/workflow/compiler/compile-plan.ts";
import { planWorkflow } from "../../shared/workflow/plan/planner.ts";
import { validateDefinition } from "../../shared/workflow/definition/validate-definition.ts";
import { Plan } from "../../shared/workflow/plan/plan.ts";
import { SHAPES } from "../unit/workflow/compiler/shapes.ts";
import { wireOf } from "../fixtures/workflow/workflows.ts";

const RUNS = 7;
const TARGET_MS: Readonly<Record<number, number>> = { 1_000: 20, 10_000: 250 };

/** The clock ticks every 4 ms, so small sizes are measured over several rounds. */
const ROUNDS: Readonly<Record<number, number>> = { 1_000: 10, 10_000: 1 };

function cpuMs(rounds: number, work: () => void): number {
  const before = process.threadCpuUsage();
  for (let round = 0; round < rounds; round++) work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000 / rounds;
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 0;
}

function measure(wire: object, rounds: number) {
  const read = () => {
    const { definition } = validateDefinition(wire);
    if (definition === undefined) throw new Error("the bench drew an invalid workflow");
    return definition;
  };
  const samples = Array.from({ length: RUNS }, () => {
    const validate = cpuMs(rounds, read);
    // Planning reuses the graph that validation built, so each round needs a definition of its own.
    const definitions = Array.from({ length: rounds }, read);
    const plan = cpuMs(rounds, () => planWorkflow(definitions.pop() ?? read()));
    const planned = planWorkflow(read());
    const compile = cpuMs(rounds, () => compilePlan(planned));
    const text = JSON.stringify(planned);
    const reload = cpuMs(rounds, () => Plan.parse(JSON.parse(text)));
    const waits = planned.tasks.filter(({ after }) => after.length > 0).length;
    const machines = compilePlan(planned).machines.length;
    return { validate, plan, compile, reload, total: validate + plan + compile, bytes: text.length, machines, waits };
  });
  const of = (key: keyof (typeof samples)[number]): number => median(samples.map((sample) => sample[key]));
  const spread = Math.max(...samples.map(({ total }) => total)) - Math.min(...samples.map(({ total }) => total));
  return { of, spread };
}

const rows = [1_000, 10_000].flatMap((size) =>
  Object.entries(SHAPES).map(([shape, draw]) => {
    const { of, spread } = measure(wireOf(draw(size)), ROUNDS[size] ?? 1);
    const target = TARGET_MS[size] ?? 0;
    return {
      tasks: size,
      shape,
      "validate ms": of("validate").toFixed(1),
      "plan ms": of("plan").toFixed(1),
      "compile ms": of("compile").toFixed(1),
      "total ms": of("total").toFixed(1),
      "spread ms": spread.toFixed(1),
      target: `≤ ${target} ${of("total") <= target ? "ok" : "MISSED"}`,
      "reload ms": of("reload").toFixed(1),
      machines: of("machines"),
      "tasks that wait": of("waits"),
      "plan KB": Math.round(of("bytes") / 1000),
    };
  }),
);
console.table(rows);
