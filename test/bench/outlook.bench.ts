/** What an outlook costs. Run: `node test/bench/outlook.bench.ts`. */
import { lookAhead, type TaskStanding } from "../../shared/execution/service-level/outlook.ts";
import { planWorkflow } from "../../shared/workflow/plan/planner.ts";
import { EXECUTION_LIMITS } from "../../shared/execution/limits.ts";
import { SHAPES } from "../unit/workflow/compiler/shapes.ts";
import { workflowOf } from "../fixtures/workflow/workflows.ts";
import { median } from "./measure.ts";

const ROUNDS = 15;
const standings: ReadonlyMap<string, TaskStanding> = new Map([["t0", { state: "running", runningSeconds: 1, attempts: 1, waitSeconds: 0 }]]);

const rows = [10, 100, 1000, 10_000].flatMap((size) =>
  Object.entries(SHAPES).map(([shape, draw]) => {
    const plan = planWorkflow(workflowOf(draw(size)));
    const look = () => lookAhead(plan, { standings, secondsLeft: 60, seed: "exec_1" });
    for (let warm = 0; warm < 3; warm += 1) look();
    const times = Array.from({ length: ROUNDS }, () => {
      const started = process.cpuUsage();
      look();
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1000;
    });
    const samples = Math.min(EXECUTION_LIMITS.outlookSamples, Math.max(EXECUTION_LIMITS.outlookLeastSamples, Math.floor(EXECUTION_LIMITS.outlookDraws / size)));
    const milliseconds = median(times);
    return { tasks: size, shape, samples, "CPU ms": milliseconds.toFixed(2), worst: Math.max(...times).toFixed(2), "ns per task and sample": ((milliseconds * 1e6) / (size * samples)).toFixed(0) };
  }),
);
console.table(rows);
