import { describe, expect, it } from "vitest";
import { dispatchTask } from "../../../shared/execution/dispatch/dispatch-task.ts";
import { streamStatus } from "../../../functions/stream-status/stream-status.ts";
import { EXECUTION, type MemoryRuntime, START, startedRuntime, TENANT } from "../../fixtures/runtime/memory-runtime.ts";

/** Streams with a clock that only `sleep` moves; `between` runs during each sleep. */
async function stream(runtime: MemoryRuntime, options: { seconds: number; between?: (round: number) => Promise<void>; closesAfter?: number }) {
  const written: string[] = [];
  let rounds = 0;
  const sleep = async (milliseconds: number): Promise<void> => {
    runtime.time += milliseconds;
    await options.between?.((rounds += 1));
  };
  const sink = { write: async (text: string) => void written.push(text), isClosed: () => written.length >= (options.closesAfter ?? Infinity) };
  const until = START + options.seconds * 1000;
  await streamStatus(runtime, sink, { tenant: TENANT, execution: EXECUTION, intervalMs: 500, until, sleep });
  return written.map((text) => text.split("\n")[0]);
}

const finish = async (runtime: MemoryRuntime): Promise<void> => {
  Object.assign(runtime.tables.row("T#acme#X#exec_0123456789", "META") ?? {}, { status: "completed", completedAt: runtime.now().toISOString() });
};

describe("streamStatus", () => {
  it("sends a status when it changes, a comment when it does not, and an end", async () => {
    const runtime = await startedRuntime();
    const steps = [async () => {}, () => dispatchTask(runtime, runtime.message("a")), () => finish(runtime)];
    const lines = await stream(runtime, { seconds: 60, between: async (round) => steps[round - 1]?.() });
    expect(lines).toEqual(["event: status", ": alive", "event: status", "event: status", "event: end"]);
  });

  it("stops before the gateway would cut it off", async () => {
    expect(await stream(await startedRuntime(), { seconds: 1 })).toEqual(["event: status", ": alive", ": alive"]);
  });

  it("stops when the reader went away", async () => {
    expect(await stream(await startedRuntime(), { seconds: 60, closesAfter: 2 })).toEqual(["event: status", ": alive"]);
  });

  it("writes nothing for an execution that this tenant does not have", async () => {
    const runtime = await startedRuntime();
    const written: string[] = [];
    const sink = { write: async (text: string) => void written.push(text), isClosed: () => false };
    const request = { tenant: "other", execution: EXECUTION, intervalMs: 1, until: START, sleep: async () => {} };
    await expect(streamStatus(runtime, sink, request)).rejects.toMatchObject({ name: "NotFound" });
    expect(written).toEqual([]);
  });
});
