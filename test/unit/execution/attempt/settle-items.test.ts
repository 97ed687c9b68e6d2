import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { moveElsewhere, type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { openEach } from "../../../../shared/execution/store/each-store.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { EXECUTION, MemoryRuntime, planOf, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const row = (name: string, more: RowFields): TaskRecord => taskRow({ task: name, state: "running", run: 2, token: "token-each", ...more });
const done = (n: number): RowFields => ({ state: "completed", output: { json: String(n) } });

/** A list of three in its second run, of whose instances these rows are there; then somebody asks how it goes. */
async function lookedAt(instances: readonly (RowFields | undefined)[], { rule = {}, group = {}, begun = { run: 2, count: 3, started: 3 } }: { rule?: object; group?: RowFields; begun?: Parameters<typeof openEach>[2] } = {}) {
  const runtime = new MemoryRuntime(planOf([task("each", [], { for_each: { items: "input.list", ...rule }, retry_policy: "none" })]));
  const execution = await runtime.submit({ run: 2, input: { json: '{"list":[1,2,3]}' } });
  const records = [
    row("each", { items: { count: 3, list: { json: "[1,2,3]" } }, dispatchedAt: execution.submittedAt, ...group }),
    ...instances.flatMap((more, index) => (more === undefined ? [] : [row(`each[${index}]`, more)])),
  ];
  for (const record of records) await saveRow(runtime.executions, execution, { row: record });
  await openEach(runtime.executions, { tenant: TENANT, execution: EXECUTION, task: "each" }, begun);
  await dispatchTask(runtime, runtime.message("each", { runNumber: 2, seen: 0 }));
  return runtime;
}

const queued = (runtime: MemoryRuntime) => runtime.tasks.map(({ message }) => message.task);

describe("a list that is looked at", () => {
  it("ends with the outputs in the list's order once all are done, null where one failed", async () => {
    const runtime = await lookedAt([done(1), { state: "failed" }, done(3)], { rule: { tolerated_failures: 1 } });
    expect(runtime.record("each")).toMatchObject({ state: "completed", output: { json: "[1,null,3]" } });
  });

  it("fails with its own code when its outputs are too large together, and reads none of them", async () => {
    const large = (n: number): RowFields => ({ state: "completed", output: { key: `T/large-${n}.json`, bytes: 40_000_000, sha256: "0" } });
    const runtime = await lookedAt([large(1), large(2), large(3)]);
    expect(runtime.record("each")).toMatchObject({ state: "failed", failure: { code: "OutputTooLarge", message: expect.stringContaining("120000000 bytes together, more than 104857600") } });
  });

  it.each([
    { what: "is at its agent", instance: { state: "running" }, again: false },
    { what: "waits for its next attempt", instance: { state: "queued", notBefore: "2026-11-21T10:01:00.000Z" }, again: false },
    { what: "has lost its message", instance: { state: "queued" }, again: true },
    { what: "is at the agent of an earlier run", instance: { state: "running", run: 1 }, again: true },
    { what: "waits in an earlier run", instance: { state: "queued", run: 1, notBefore: "2026-11-21T10:01:00.000Z" }, again: true },
    { what: "has no row", instance: undefined, again: true },
    { what: "was cancelled with an earlier run", instance: { state: "cancelled", run: 1 }, again: true },
  ] as const)("has an instance looked at that $what: $again", async ({ instance, again }) => {
    const runtime = await lookedAt([done(1), instance, done(3)]);
    expect(runtime.record("each")?.state).toBe("running");
    expect(queued(runtime)).toEqual(again ? ["each[1]"] : []);
    expect(runtime.parked()).toEqual(["PARK#each on each[1]"]);
  });

  it("takes what an earlier run has done, and nothing of a later one", async () => {
    expect((await lookedAt([{ ...done(1), run: 1 }, done(2), done(3)])).record("each")?.state).toBe("completed");
    expect((await lookedAt([{ ...done(1), run: 3 }, done(2), done(3)])).record("each")?.state).toBe("running");
  });

  it("begins its list anew in a new run, as many at once as may be", async () => {
    const begun = { run: 1, count: 3, started: 3 };
    const runtime = await lookedAt([undefined, undefined, undefined], { rule: { max_concurrency: 2 }, begun });
    expect(queued(runtime)).toEqual(["each[0]", "each[1]"]);
  });

  it("goes on where its own run has got to", async () => {
    const runtime = await lookedAt([done(1), undefined, undefined], { rule: { max_concurrency: 1 }, begun: { run: 2, count: 3, started: 2 } });
    expect(queued(runtime)).toEqual(["each[1]"]);
  });

  it("is looked at again when the one it waits for ends in that moment", async () => {
    const runtime = new MemoryRuntime(planOf([task("each", [], { for_each: { items: "input.list" } })]));
    const execution = await runtime.submit({ input: { json: '{"list":[1]}' } });
    for (const record of [row("each", { run: 1, items: { count: 1, list: { json: "[1]" } } }), row("each[0]", { run: 1 })]) {
      await saveRow(runtime.executions, execution, { row: record });
    }
    runtime.tables.onSent = (name) => {
      if (name === "PutCommand") moveElsewhere(runtime, "each[0]", done(1));
    };
    await dispatchTask(runtime, runtime.message("each", { seen: 0, token: "token-each" }));
    expect(queued(runtime)).toEqual(["each"]);
    runtime.tables.onSent = () => {};
    await dispatchTask(runtime, runtime.tasks[0]?.message ?? runtime.message("each"));
    expect(runtime.record("each")).toMatchObject({ state: "completed", output: { json: "[1]" } });
  });

  it("waits without asking again when the one it waits for goes on", async () => {
    expect(queued(await lookedAt([done(1), { state: "running" }, done(3)]))).toEqual([]);
  });

  it("fails when more failed than it tolerates: those at work are called back, those that ended stay", async () => {
    const runtime = await lookedAt([{ state: "failed" }, { state: "running", agentId: "agent-one", agentTaskId: "remote-1" }, done(3)]);
    expect(runtime.record("each")).toMatchObject({ state: "failed", failure: { code: "TooManyFailures" } });
    expect(runtime.cancelled).toEqual(["remote-1"]);
    expect(runtime.record("each[1]")?.state).toBe("cancelled");
    expect(runtime.record("each[2]")?.state).toBe("completed");
  });

  it("is left alone once it has ended", async () => {
    const runtime = await lookedAt([{ state: "failed" }, done(2), done(3)], { group: { state: "completed", output: { json: "1" } } });
    expect(runtime.events()).not.toContain("task.result_ignored");
    expect(runtime.record("each")).toMatchObject({ state: "completed", output: { json: "1" } });
  });
});
