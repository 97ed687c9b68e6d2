/** CPU of our own code per dispatched task (budget: 1 ms), with stores, queues and agents in memory. */
import { dispatchTask } from "../../shared/execution/dispatch/dispatch-task.ts";
import { type MemoryRuntime, startedRuntime, task } from "../fixtures/runtime/memory-runtime.ts";

const TASKS = 2000;
const ROUNDS = 7;
const ids = Array.from({ length: TASKS }, (_, index) => `t${index}`);

async function round(): Promise<{ cpuMs: number; runtime: MemoryRuntime }> {
  const runtime = await startedRuntime(ids.map((id) => task(id)));
  const before = process.cpuUsage();
  for (let start = 0; start < TASKS; start += 10) {
    await Promise.all(ids.slice(start, start + 10).map((id) => dispatchTask(runtime, runtime.message(id))));
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, runtime };
}

await round();
const times: number[] = [];
let calls = 0;
for (let index = 0; index < ROUNDS; index += 1) {
  const { cpuMs, runtime } = await round();
  times.push(cpuMs / TASKS);
  calls = runtime.tables.calls.length / TASKS;
}
times.sort((a, b) => a - b);
const [least = 0, median = 0, most = 0] = [times[0], times[Math.floor(ROUNDS / 2)], times.at(-1)];
console.table([
  { what: "dispatch + answer + settle, CPU per task", median: `${median.toFixed(3)} ms`, spread: `${least.toFixed(3)}–${most.toFixed(3)} ms`, budget: "1 ms" },
  { what: "DynamoDB calls per task, batches of ten", median: calls.toFixed(2), spread: "", budget: "" },
]);
