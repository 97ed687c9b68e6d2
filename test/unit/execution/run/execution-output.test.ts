import { describe, expect, it } from "vitest";
import { ConflictError, NotFoundError } from "../../../../shared/core/errors.ts";
import { findOutput } from "../../../../shared/execution/run/execution-output.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, type TaskFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";

/** An execution of `a`, and of `b` and `c` behind it, with these rows. */
async function outputOf(head: HeadFields, rows: readonly TaskFields[] = [], more: object = {}) {
  const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"]), task("c", ["a"])], more));
  const execution = await runtime.submit(head);
  for (const row of rows) await saveRow(runtime.executions, execution, { row: taskRow(row) });
  for (const { output } of rows.map((row) => taskRow(row))) if (output !== undefined && "key" in output) runtime.bucket.objects.set(output.key, '"large"');
  return findOutput(runtime, TENANT, EXECUTION);
}
const done = (name: string, output: object): TaskFields => ({ task: name, state: "completed", output });

describe("the output of an execution", () => {
  it("are those of the tasks that nothing follows, by task, null where one left none", async () => {
    const rows = [done("a", { json: "1" }), done("b", { json: "2" }), { task: "c", state: "skipped" } as const];
    expect(await outputOf({ status: "completed" }, rows)).toMatchObject({ isDeclared: false, output: { json: '{"b":2,"c":null}' } });
  });

  it("is what its definition declares", async () => {
    const more = { outputs: { all: "outputs.b" } };
    expect(await outputOf({ status: "completed", output: { json: '{"all":2}' } }, [], more)).toMatchObject({ isDeclared: true, output: { json: '{"all":2}' } });
  });

  it("is what was handed to the execution above it", async () => {
    const parent = { execution: "exec_parent00000", task: "sub", attempt: 1 };
    expect(await outputOf({ status: "completed", parent, output: { json: "7" } })).toMatchObject({ isDeclared: false, output: { json: "7" } });
  });

  it("is one value as long as it fits into one, and is refused with a remedy beyond", async () => {
    const of = (bytes: number) => outputOf({ status: "completed" }, [done("b", { key: "big", bytes, sha256: "0" }), done("c", { json: "1" })]);
    expect(await of(3_999_999)).toMatchObject({ output: { json: '{"b":"large","c":1}' } });
    await expect(of(4_000_000)).rejects.toThrow("read them task by task");
  });

  it.each([
    { status: "running", says: "wait until it is completed" },
    { status: "paused", says: "wait until it is completed" },
    { status: "failed", says: "see its tasks" },
    { status: "cancelled", says: "see its tasks" },
  ] as const)("is none of one that is $status", async ({ status, says }) => {
    const error: unknown = await outputOf({ status }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(ConflictError);
    expect(String(error)).toContain(says);
  });

  it("is not found of one that is not there", async () => {
    const runtime = new MemoryRuntime(planOf([task("a")]));
    await expect(findOutput(runtime, TENANT, EXECUTION)).rejects.toThrow(NotFoundError);
  });
});
