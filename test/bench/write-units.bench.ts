/**
 * What a task costs in DynamoDB: write units by kind of row, and calls. Counted, not timed: the graph runner over tables
 * in memory, ten tasks to a workflow, agents that answer in the response after a tenth of a second. The stream reaches
 * the projection in batches of the window that the template gives its mapping, and without one, commit by commit.
 */
import { projectEvents } from "../../functions/project-events/project-events.ts";
import { admissionSnapshots } from "../../shared/execution/store/admission-store.ts";
import { executionHeads } from "../../shared/execution/store/caches.ts";
import { rememberedOrigins, rememberedStandings } from "../../shared/execution/store/projection-store.ts";
import { submitExecution } from "../../shared/execution/run/submit-execution.ts";
import { describeDefinition } from "../../shared/workflow/plan/stored-definition.ts";
import { fakeSfn } from "../fixtures/runtime/fake-client.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../fixtures/runtime/memory-runtime.ts";
import { streamOf } from "../fixtures/runtime/memory-stream.ts";
import { drain } from "../unit/functions/memory-run.ts";
import { DynamoBill, type Line } from "./orchestration/dynamo-bill.ts";

const TASKS = 10;
const AGENT_MS = 100;
const BOUNDS = { unitsPerTask: 6, callsPerTask: 1.6 };

const SHAPES = {
  "ten in sequence": Array.from({ length: TASKS }, (_, index) => task(`t${index}`, index === 0 ? [] : [`t${index - 1}`])),
  "one, eight side by side, one": [
    task("first"),
    ...Array.from({ length: TASKS - 2 }, (_, index) => task(`side${index}`, ["first"])),
    task("last", Array.from({ length: TASKS - 2 }, (_, index) => `side${index}`)),
  ],
};

/** Runs a workflow from its submission to its end, then has its changes projected in windows of so many milliseconds. */
async function billOf(tasks: readonly object[], windowMs: number): Promise<DynamoBill> {
  const runtime = new MemoryRuntime(planOf(tasks));
  // As a warm function has it: a head is read once a second.
  const heads = executionHeads(runtime.executions, () => runtime.time);
  Object.assign(runtime, { execution: heads.read, remember: heads.remember });
  const bill = new DynamoBill(runtime.tables);
  const times: number[] = [];
  const { onSent } = runtime.tables;
  runtime.tables.onSent = (name) => {
    onSent(name);
    while (times.length < runtime.tables.changes.length) times.push(runtime.time);
  };
  runtime.onSend = () => {
    runtime.time += AGENT_MS;
    return { kind: "completed", output: { result: "an answer of some length, as agents give it" } };
  };
  await run(runtime);
  await project(runtime, times, windowMs);
  return bill;
}

async function run(runtime: MemoryRuntime): Promise<void> {
  const { executions, admission, payloads, queues, mail, before, now, random } = runtime;
  const sfn = fakeSfn(() => Promise.reject(new Error("a graph run has no machine")));
  const origin = { tenant: TENANT, machineArn: "", createdAt: new Date(START).toISOString(), createdBy: "ann" };
  const deps = { executions, admission, picture: admissionSnapshots(executions), payloads, queues, mail, before, sfn, now, random, newId: () => EXECUTION };
  await submitExecution(deps, {
    tenant: TENANT,
    subject: "ann",
    definition: describeDefinition(runtime.view.plan, origin),
    isPinned: false,
    runner: "graph",
    timeoutSeconds: undefined,
    input: { customer: "c-1", amount: 12.5 },
    priority: undefined,
    idempotencyKey: undefined,
    traceId: undefined,
  });
  await drain(runtime, { inPlace: true });
  if (runtime.head().status !== "completed") throw new Error(`the run is ${runtime.head().status}`);
}

async function project(runtime: MemoryRuntime, times: readonly number[], windowMs: number): Promise<void> {
  const deps = { executions: runtime.executions, standings: rememberedStandings(), origins: rememberedOrigins() };
  const changes = runtime.tables.changes.slice(0, times.length);
  let start = 0;
  while (start < changes.length) {
    const until = (times[start] ?? 0) + windowMs;
    const end = times.findIndex((time, index) => index > start && (windowMs === 0 ? time > (times[start] ?? 0) : time > until));
    const next = end === -1 ? changes.length : end;
    const rows = streamOf(changes.slice(start, next), start + 1);
    if (rows.length > 0) await projectEvents(deps, rows);
    start = next;
  }
}

const perTask = (value: number): string => (value / TASKS).toFixed(2);

for (const [shape, tasks] of Object.entries(SHAPES)) {
  for (const windowMs of [0, 1000]) {
    const { lines, calls } = await billOf(tasks, windowMs);
    const rows = [...lines].sort(([, a], [, b]) => b.units + b.indexUnits - a.units - a.indexUnits);
    const shown = (kind: string, { writes, units, indexUnits, bytes }: Line) => ({
      row: kind,
      writes,
      "bytes each": Math.round(bytes / writes),
      units,
      "index units": indexUnits,
      "units per task": perTask(units + indexUnits),
    });
    console.log(`\n${shape}, window ${windowMs / 1000} s`);
    console.table(rows.map(([kind, line]) => shown(kind, line)));
    const units = rows.reduce((sum, [, line]) => sum + line.units + line.indexUnits, 0);
    const all = [...calls.values()].reduce((sum, count) => sum + count, 0);
    console.log(`write units per task ${perTask(units)} (bound ${BOUNDS.unitsPerTask}), calls per task ${perTask(all)} (bound ${BOUNDS.callsPerTask}): ${[...calls].map(([name, count]) => `${count} ${name.replace("Command", "")}`).join(", ")}`);
  }
}
