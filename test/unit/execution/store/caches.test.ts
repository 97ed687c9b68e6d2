import { describe, expect, it } from "vitest";
import { executionHeads, settledTasks } from "../../../../shared/execution/store/caches.ts";
import { RunRef } from "../../../../shared/execution/messages.ts";
import { savePayload, storeJson } from "../../../../shared/execution/store/payload-store.ts";
import { MemoryBucket } from "../../../fixtures/runtime/memory-bucket.ts";
import { EXECUTION, type MemoryRuntime, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

describe("settledTasks", () => {
  it("holds outputs by their size, not by their number: 4000 of 48 KB would be 190 MB", () => {
    const cache = settledTasks();
    const run = RunRef.parse({ tenant: TENANT, execution: EXECUTION, run: 1, plan: "0".repeat(64), queue: "q" });
    const tasks = Array.from({ length: 4000 }, (_, index) => `t${index}`);
    for (const task of tasks) cache.set(run, taskRow({ task, state: "completed", output: { json: "x".repeat(48_000) } }));
    const kept = tasks.filter((task) => cache.get(run, task) !== undefined);
    // 64 MB ÷ (48 000 + 1024).
    expect(kept).toHaveLength(1305);
    expect(kept.at(-1)).toBe("t3999");
  });

  it("knows nothing in a newer run: that may have taken results back", () => {
    const cache = settledTasks();
    const run = RunRef.parse({ tenant: TENANT, execution: EXECUTION, run: 1, plan: "0".repeat(64), queue: "q" });
    cache.set(run, taskRow({ task: "a", state: "completed" }));
    expect(cache.get({ ...run, run: 2 }, "a")).toBeUndefined();
  });
});

describe("executionHeads", () => {
  it("asks once for many who ask at the same time", async () => {
    const runtime = await startedRuntime();
    const { read } = executionHeads(runtime.executions, () => runtime.time);
    runtime.tables.calls.length = 0;
    await Promise.all(Array.from({ length: 50 }, () => read(TENANT, EXECUTION)));
    await read(TENANT, EXECUTION);
    expect(runtime.tables.calls).toEqual(["GetCommand"]);
  });

  /** A restart begins the next run. */
  const beginRun = (runtime: MemoryRuntime, run: number): void => {
    const [key, head] = [...runtime.tables.rows].find(([id]) => id.endsWith(" META")) ?? [];
    if (key !== undefined) runtime.tables.rows.set(key, { ...head, run });
  };

  it("remembers a head of the very run that is asked for, also while it is read", async () => {
    const runtime = await startedRuntime();
    const { read } = executionHeads(runtime.executions, () => runtime.time);
    runtime.tables.calls.length = 0;
    await Promise.all([read(TENANT, EXECUTION, 1), read(TENANT, EXECUTION, 1)]);
    await read(TENANT, EXECUTION, 1);
    expect(runtime.tables.calls).toEqual(["GetCommand"]);
  });

  it("reads again when the head it remembers is of a run before the one that is asked for", async () => {
    const runtime = await startedRuntime();
    const { read } = executionHeads(runtime.executions, () => runtime.time);
    await read(TENANT, EXECUTION);
    beginRun(runtime, 2);
    expect((await read(TENANT, EXECUTION)).run).toBe(1);
    expect((await read(TENANT, EXECUTION, 2)).run).toBe(2);
    expect((await read(TENANT, EXECUTION)).run).toBe(2);
  });

  it("does not take the answer to a question that was asked before the run began", async () => {
    const runtime = await startedRuntime();
    const { read } = executionHeads(runtime.executions, () => runtime.time);
    const early = read(TENANT, EXECUTION);
    beginRun(runtime, 2);
    expect((await read(TENANT, EXECUTION, 2)).run).toBe(2);
    expect((await early).run).toBe(1);
  });

  it("believes what it wrote itself, and nothing older", async () => {
    const runtime = await startedRuntime();
    const { read, remember } = executionHeads(runtime.executions, () => runtime.time);
    const before = await read(TENANT, EXECUTION);
    runtime.tables.calls.length = 0;
    remember({ ...before, move: before.move + 1, priority: "critical" });
    remember(before);
    expect((await read(TENANT, EXECUTION)).priority).toBe("critical");
    expect(runtime.tables.calls).toEqual([]);
  });

  it.each([
    { age: 900, reads: [] },
    { age: 1000, reads: ["GetCommand"] },
  ])("believes what was so $age ms ago as long as what it read then", async ({ age, reads }) => {
    const runtime = await startedRuntime();
    const { read, remember } = executionHeads(runtime.executions, () => runtime.time);
    const head = runtime.head();
    runtime.tables.calls.length = 0;
    remember(head, runtime.time - age);
    await read(TENANT, EXECUTION);
    expect(runtime.tables.calls).toEqual(reads);
  });

  it("does not remember a failure", async () => {
    const runtime = await startedRuntime();
    const { read } = executionHeads(runtime.executions, () => runtime.time);
    runtime.tables.onSend = () => {
      throw new Error("throttled");
    };
    await expect(read(TENANT, EXECUTION)).rejects.toThrow("throttled");
    runtime.tables.onSend = () => {};
    expect((await read(TENANT, EXECUTION)).executionId).toBe(EXECUTION);
  });
});

describe("savePayload", () => {
  it("keeps in the row what fits there to the byte", async () => {
    const store = { s3: new MemoryBucket().client, bucket: "b" };
    expect(await savePayload(store, "x", "y".repeat(49_150))).toHaveProperty("json");
    expect(await savePayload(store, "x", "y".repeat(49_151))).toHaveProperty("key");
  });
});

describe("storeJson", () => {
  it("never replaces what was stored under the same name before", async () => {
    const bucket = new MemoryBucket();
    const store = { s3: bucket.client, bucket: "b" };
    const [first, second] = [await storeJson(store, "T/acme/x", "1"), await storeJson(store, "T/acme/x", "2")];
    expect(bucket.objects.get(first.key)).toBe("1");
    expect(bucket.objects.get(second.key)).toBe("2");
    expect(first.key).toBe("T/acme/x-6b86b273ff34fce1.json");
  });
});
