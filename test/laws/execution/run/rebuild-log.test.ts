import { array, asyncProperty, assert, boolean, constantFrom, integer, nat, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { projectEvents } from "../../../../functions/project-events/project-events.ts";
import { rebuildMissed } from "../../../../functions/reconcile-executions/rebuild-missed.ts";
import type { StreamRow } from "../../../../shared/execution/store/stream-row.ts";
import { auditExecution, loadEvents } from "../../../../shared/execution/run/audit-execution.ts";
import { rebuildLog } from "../../../../shared/execution/run/rebuild-log.ts";
import { appendEvent } from "../../../../shared/execution/store/execution-store.ts";
import { loadProgress } from "../../../../shared/execution/store/execution-queries.ts";
import { listEvents } from "../../../../shared/execution/store/log-queries.ts";
import { rememberedOrigins, rememberedStandings } from "../../../../shared/execution/store/projection-store.ts";
import { newEvent, type StoredEvent } from "../../../../shared/execution/new-event.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { eventsIn, streamOf } from "../../../fixtures/runtime/memory-stream.ts";
import { drain, startGraphRun, states } from "../../../unit/functions/memory-run.ts";

const NAME = { tenant: TENANT, execution: EXECUTION };

/** A graph run to its end; agents fail where `fails` says so, and are tried again. */
async function played(tasks: number, fails: (attempt: number) => boolean): Promise<MemoryRuntime> {
  const ids = Array.from({ length: tasks }, (_, index) => `t${index}`);
  const runtime = new MemoryRuntime(planOf(ids.map((id, index) => task(id, index < 2 ? [] : [ids[(index - 1) >> 1] ?? ""]))));
  let sent = 0;
  runtime.onSend = () => {
    runtime.time += 10;
    return fails((sent += 1)) ? { kind: "failed", failure: { code: "AgentFailed", message: "it failed ".repeat(50) }, retryable: true } : { kind: "completed", output: sent };
  };
  await startGraphRun(runtime, { status: "submitted" });
  await drain(runtime, { inPlace: true });
  return runtime;
}

const projector = (runtime: MemoryRuntime) => ({ executions: runtime.executions, standings: rememberedStandings(), origins: rememberedOrigins() });

/** What must hold of a log that has everything. */
async function expectWhole(runtime: MemoryRuntime): Promise<void> {
  const told = eventsIn(runtime.tables.changes).map(({ event_id: id }) => id);
  const { chain, events, differences } = await auditExecution(runtime.executions, NAME);
  expect({ defect: chain.defect, unchained: chain.unchained, length: chain.length, events, differences }).toEqual({
    defect: undefined,
    unchained: 0,
    length: told.length,
    events: told.length,
    differences: [],
  });
  const listed = await pages(runtime, { limit: 7 });
  expect(listed.map(({ event_id: id }) => id).toSorted()).toEqual(told.toSorted());
  const counts = Map.groupBy(Object.values(states(runtime)), (state) => state);
  const { byState } = await loadProgress(runtime.executions, TENANT, EXECUTION);
  expect(byState).toEqual(Object.fromEntries([...counts].map(([state, rows]) => [state, rows.length])));
}

async function pages({ executions }: MemoryRuntime, page: { limit: number; descending?: boolean }): Promise<StoredEvent[]> {
  const found: StoredEvent[] = [];
  let after: Record<string, unknown> | undefined;
  do {
    const { rows, next } = await listEvents(executions, NAME, { ...page, after });
    expect(rows.length).toBeLessThanOrEqual(page.limit);
    found.push(...rows);
    after = next;
  } while (after !== undefined);
  return found;
}

describe("rebuildLog", () => {
  it("makes the logs of a hundred executions whole from rows alone, when the projection stood still and the stream is gone", { timeout: 120_000 }, async () => {
    for (let index = 0; index < 100; index += 1) {
      const runtime = await played(2 + (index % 9), (attempt) => index % 3 === 0 && attempt % 4 === 1);
      const stream = streamOf(runtime.tables.changes);
      // Some it missed from the beginning, some from the middle on.
      const heard = stream.slice(0, index % 2 === 0 ? 0 : (index * 7) % stream.length);
      if (heard.length > 0) await projectEvents(projector(runtime), heard);
      expect(await rebuildLog(runtime.executions, NAME)).toBeGreaterThan(0);
      await expectWhole(runtime);
      expect(await rebuildLog(runtime.executions, NAME)).toBe(0);
    }
  });

  it("reads what left a row that had got long", async () => {
    const runtime = await played(2, (attempt) => attempt % 3 !== 0);
    const spilled = [...runtime.tables.rows.values()].filter(({ sk }) => String(sk).startsWith("TOLD#"));
    expect(spilled.length).toBeGreaterThan(0);
    await rebuildLog(runtime.executions, NAME);
    await expectWhole(runtime);
  });

  it("leaves out what the stream brings after all, and takes in what is new", async () => {
    const runtime = await played(6, (attempt) => attempt % 3 === 1);
    const stream = streamOf(runtime.tables.changes);
    const warm = projector(runtime);
    await projectEvents(warm, stream.slice(0, 5));
    await rebuildLog(runtime.executions, NAME);
    await projectEvents(warm, stream.slice(5, 9));
    await projectEvents(projector(runtime), stream);
    await expectWhole(runtime);
  });

  it("counts a link that the projection was cut off from counting", async () => {
    const runtime = await played(3, () => false);
    runtime.tables.onSend = (name) => {
      if (name === "UpdateCommand") throw new Error("killed");
    };
    await expect(projectEvents(projector(runtime), streamOf(runtime.tables.changes))).rejects.toThrow("killed");
    runtime.tables.onSend = () => {};
    expect(await rebuildLog(runtime.executions, NAME)).toBe(0);
    await expectWhole(runtime);
  });

  it("is done by the sweep, for executions of which nothing was heard in a quarter of an hour", async () => {
    const runtime = await played(4, () => false);
    const open = [runtime.head()];
    expect(await rebuildMissed(runtime.executions, open, START + 800_000)).toEqual({ rebuilt: 0, failed: [] });
    expect(await rebuildMissed(runtime.executions, open, START + 1_000_000)).toEqual({ rebuilt: 1, failed: [] });
    await expectWhole(runtime);
    expect(await rebuildMissed(runtime.executions, open, START + 9_000_000)).toEqual({ rebuilt: 0, failed: [] });
  });
});

describe("the log", () => {
  const batches = array(record({ from: nat(60), length: integer({ min: 1, max: 30 }), isCold: boolean() }), { maxLength: 12 });

  it("is made in as many links as its events need", async () => {
    const runtime = await played(1, () => false);
    const text = "x".repeat(200_000);
    for (const id of ["a", "b", "c"]) {
      const facts = { task_id: "t0", attempt: 1, reason: text };
      await appendEvent(runtime.executions, runtime.head(), newEvent("task.result_ignored", { id, at: new Date(runtime.time).toISOString(), facts }));
    }
    // 3 large ones beside what submission and the task told.
    const told = eventsIn(runtime.tables.changes).length;
    expect(await rebuildLog(runtime.executions, NAME)).toBe(told);
    await expectWhole(runtime);
    expect(await rebuildLog(runtime.executions, NAME)).toBe(0);
  });

  it("has each event once, whichever batches come again, late, bisected or out of turn", async () => {
    await assert(
      asyncProperty(batches, integer({ min: 2, max: 6 }), async (drawn, tasks) => {
        const runtime = await played(tasks, (attempt) => attempt % 4 === 1);
        const stream = streamOf(runtime.tables.changes);
        const warm = projector(runtime);
        const deliver = (rows: readonly StreamRow[], isCold: boolean) => projectEvents(isCold ? projector(runtime) : warm, rows);
        for (const { from, length, isCold } of drawn) await deliver(stream.slice(from, from + length), isCold);
        await deliver(stream, false);
        await expectWhole(runtime);
      }),
      { numRuns: 30 },
    );
  });

  it("is listed without gap or double, forwards and backwards, in pages of any size, while it grows", async () => {
    await assert(
      asyncProperty(integer({ min: 1, max: 40 }), integer({ min: 1, max: 12 }), constantFrom(true, false), async (limit, batch, descending) => {
        const runtime = await played(5, () => false);
        const stream = streamOf(runtime.tables.changes);
        const deps = projector(runtime);
        for (let start = 0; start < stream.length; start += batch) await projectEvents(deps, stream.slice(start, start + batch));
        const forwards = (await pages(runtime, { limit: 1000 })).map(({ event_id: id }) => id);
        const listed = (await pages(runtime, { limit, descending })).map(({ event_id: id }) => id);
        expect(listed).toEqual(descending ? forwards.toReversed() : forwards);
      }),
      { numRuns: 30 },
    );
  });

  it("misses nothing of a row that moved again before the projection came", async () => {
    const runtime = await played(3, (attempt) => attempt === 1);
    await projectEvents(projector(runtime), streamOf(runtime.tables.changes));
    const ids = (await loadEvents(runtime.executions, NAME)).map(({ event_id: id }) => id);
    expect(ids).toEqual(expect.arrayContaining(["t0.1.assigned", "t0.2.retry"]));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("never takes in an event of an old move, though the row still tells it", async () => {
    const runtime = await played(1, () => false);
    const moves = streamOf(runtime.tables.changes).flatMap((row) => (row.kind === "task" && row.task === "t0" ? [row.told.length] : []));
    expect(moves).toEqual([1, 1]);
  });
});
