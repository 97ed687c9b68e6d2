import { expect, it } from "vitest";
import { earlyOutputs } from "../../../../shared/execution/run/early-outputs.ts";
import { taskRow, type TaskFields } from "../../../fixtures/runtime/task-rows.ts";
import { MemoryRuntime, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const OUTPUTS = { said: "outputs.a.n", state: "tasks.b.state", both: "outputs.a.n + outputs.b.n", wrong: "outputs.a.n.m", asked: "input.greeting" };
const done = (id: string, value: unknown): TaskFields => ({ task: id, state: "completed", output: { json: JSON.stringify(value) } });

async function early(...rows: readonly TaskFields[]): Promise<Record<string, unknown>> {
  const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"])], { outputs: OUTPUTS }));
  const execution = await runtime.submit({});
  const { plan } = await runtime.plan(execution.tenant, execution.plan);
  const known = new Map(rows.map((fields) => [fields.task, taskRow(fields)]));
  return Object.fromEntries(await earlyOutputs(runtime.payloads, execution, { plan, rows: known }));
}

it("tells an output as soon as the tasks that it reads have settled, whether it reads what they gave or how they stand", async () => {
  expect(await early()).toEqual({});
  expect(await early(done("a", { n: 1 }))).toEqual({ said: 1 });
  expect(await early(done("a", { n: 1 }), { task: "b", state: "running" })).toEqual({ said: 1 });
  expect(await early(done("a", { n: 1 }), done("b", { n: 2 }))).toEqual({ said: 1, state: "completed", both: 3 });
});
