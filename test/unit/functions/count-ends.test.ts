import * as fc from "fast-check";
import * as z from "zod";
import { describe, expect, it } from "vitest";
import { type LearnDeps, learnFromEnds } from "../../../functions/learn-durations/learn-durations.ts";
import { rollUpAnalytics } from "../../../functions/roll-up-analytics/roll-up-analytics.ts";
import { figuresIn } from "../../../shared/analytics/figures.ts";
import { type Series, WHOLE } from "../../../shared/analytics/series.ts";
import { loadCounters, loadWindows, namedSeries } from "../../../shared/analytics/store/aggregate-store.ts";
import { readSeries } from "../../../shared/analytics/store/read-series.ts";
import { addTallies } from "../../../shared/analytics/tally.ts";
import { type WindowLevel, WINDOW_MS, windowOf } from "../../../shared/analytics/windows.ts";
import { MemoryRuntime, planOf, START, task, TENANT } from "../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../fixtures/runtime/task-rows.ts";

const HOUR = WINDOW_MS["1h"];
const at = (milliseconds: number): string => new Date(START + milliseconds).toISOString();
const idOf = (index: number): string => `exec_${String(index).padStart(10, "0")}`;
const endOf = (index: number) => ({ tenant: TENANT, execution_id: idOf(index) });

interface Ending {
  readonly status: "completed" | "failed" | "cancelled";
  readonly afterMs: number;
  readonly agents: readonly string[];
}

/** A runtime with executions that ended so. */
async function ended(endings: readonly Ending[]): Promise<MemoryRuntime> {
  const runtime = new MemoryRuntime(planOf([task("a")]));
  for (const [index, { status, afterMs, agents }] of endings.entries()) {
    const execution = await runtime.submit({ executionId: idOf(index), status, startedAt: at(afterMs - 2000), completedAt: at(afterMs) });
    for (const [place, agentId] of agents.entries()) {
      const row = taskRow({ task: `t${place}`, state: "completed", attempt: 2, agentId, dispatchedAt: at(afterMs - 1000), settledAt: at(afterMs) });
      await saveRow(runtime.executions, execution, { row });
    }
  }
  return runtime;
}

const depsOf = ({ executions }: MemoryRuntime): LearnDeps => ({
  executions,
  aggregates: { db: executions.db, table: "control" },
  known: namedSeries(),
});

async function figuresOf(runtime: MemoryRuntime, series: Series, level: WindowLevel, now = START + 48 * HOUR) {
  const stretch = { tenant: TENANT, series, level, from: windowOf(level, START - 24 * HOUR), to: windowOf(level, now) };
  return figuresIn(addTallies([...(await readSeries(depsOf(runtime).aggregates, stretch, now)).values()]));
}

describe("ends are counted", () => {
  it("once each, however often they are told, together, at once, or by a function that was killed", async () => {
    const Endings = fc.array(
      fc.record({
        status: fc.constantFrom("completed" as const, "failed" as const, "cancelled" as const),
        afterMs: fc.integer({ min: 3000, max: 3 * HOUR }),
        agents: fc.array(fc.constantFrom("x", "y"), { maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 6 },
    );
    const Batches = fc.array(fc.record({ picks: fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), killedAt: fc.option(fc.nat({ max: 3 })) }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(Endings, Batches, async (endings, batches) => {
        const runtime = await ended(endings);
        for (const { picks, killedAt } of batches) {
          let writes = 0;
          runtime.tables.onSend = (name) => {
            if (name === "TransactWriteCommand" && writes++ === killedAt) throw new Error("killed");
          };
          await learnFromEnds(depsOf(runtime), picks.map((pick) => endOf(pick % endings.length)));
        }
        runtime.tables.onSend = () => {};
        const all = endings.map((_, index) => endOf(index));
        // Two functions at once, as deployed; what neither could do comes again.
        const [one, other] = await Promise.all([learnFromEnds(depsOf(runtime), all), learnFromEnds(depsOf(runtime), all.toReversed())]);
        await learnFromEnds(depsOf(runtime), [...one.keys(), ...other.keys()]);
        for (const hours of [1, 2, 3, 4]) await rollUpAnalytics(depsOf(runtime).aggregates, START + hours * HOUR);
        const expected = {
          ended: endings.length,
          completed: endings.filter(({ status }) => status === "completed").length,
          tasks: endings.flatMap(({ agents }) => agents).length,
          attempts: endings.flatMap(({ agents }) => agents).length * 2,
        };
        for (const level of ["1m", "5m", "1h", "1d"] as const) expect(await figuresOf(runtime, WHOLE, level)).toMatchObject(expected);
        for (const series of [{ kind: "workflow", value: "drawn" }, { kind: "version", value: "drawn#1.0" }] as const) {
          expect(await figuresOf(runtime, series, "5m")).toMatchObject(expected);
        }
        const ofAgent = await figuresOf(runtime, { kind: "agent", value: "x" }, "1h");
        expect(ofAgent.tasks).toBe(endings.flatMap(({ agents }) => agents).filter((agent) => agent === "x").length);
        const [counter] = [...(await loadCounters(depsOf(runtime).aggregates, TENANT)).values()];
        expect(figuresIn(counter ?? {})).toMatchObject(expected);
      }),
      { numRuns: 8 },
    );
  });

  it("again when the execution ends again, with the tasks of that run only", async () => {
    const runtime = await ended([{ status: "failed", afterMs: 5000, agents: ["x", "y"] }]);
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    Object.assign(runtime.tables.row(`T#acme#X#${idOf(0)}`, "META") ?? {}, { run: 2, status: "completed" });
    Object.assign(runtime.tables.row(`T#acme#X#${idOf(0)}`, "TASK#t1") ?? {}, { run: 2, attempt: 3, retryBase: 2 });
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    expect(await figuresOf(runtime, WHOLE, "5m")).toMatchObject({ ended: 2, completed: 1, failed: 1, tasks: 3, attempts: 5 });
  });

  it("with what its agents used since the last end, of nested executions only once", async () => {
    const runtime = await ended([{ status: "failed", afterMs: 5000, agents: ["x", "y"] }]);
    const row = (name: string) => runtime.tables.row(`T#acme#X#${idOf(0)}`, name) ?? {};
    Object.assign(row("TASK#t0"), { usage: { cost: 0.5, tokens: 100 } });
    Object.assign(row("TASK#t1"), { usage: { cost: 3.25, records: 40 }, childUsage: { cost: 3 } });
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    expect(await figuresOf(runtime, WHOLE, "5m")).toMatchObject({ cost: 0.75, tokens: 100, records: 40 });
    Object.assign(row("META"), { run: 2, status: "completed" });
    Object.assign(row("TASK#t1"), { run: 2, attempt: 3, retryBase: 2, usage: { cost: 3.5, records: 60 } });
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    expect(await figuresOf(runtime, WHOLE, "5m")).toMatchObject({ cost: 1, tokens: 100, records: 60 });
    expect(await figuresOf(runtime, { kind: "agent", value: "x" }, "5m")).toMatchObject({ cost: 0.5, tokens: 100 });
    expect(await figuresOf(runtime, { kind: "agent", value: "y" }, "5m")).toMatchObject({ cost: 0.5, records: 60 });
  });

  it("with what more agents used than a row could name", async () => {
    const agents = Array.from({ length: 1200 }, (_, index) => `agent-${String(index).padStart(4, "0")}`);
    const runtime = await ended([{ status: "completed", afterMs: 5000, agents }]);
    for (const place of agents.keys()) Object.assign(runtime.tables.row(`T#acme#X#${idOf(0)}`, `TASK#t${place}`) ?? {}, { usage: { tokens: 2 } });
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    expect(await figuresOf(runtime, WHOLE, "5m")).toMatchObject({ tasks: 1200, tokens: 2400 });
    const { used } = z.object({ used: z.record(z.string(), z.unknown()) }).parse(runtime.tables.row(`T#acme#X#${idOf(0)}`, "LEARNT"));
    expect(Object.keys(used)).toHaveLength(501);
  });

  it("of many agents in transactions that fit", async () => {
    const agents = (first: number): string[] => Array.from({ length: 15 }, (_, index) => `agent-${first + index}`);
    const runtime = await ended([0, 15, 30, 45].map((first) => ({ status: "completed" as const, afterMs: 5000, agents: agents(first) })));
    expect([...(await learnFromEnds(depsOf(runtime), [0, 1, 2, 3].map(endOf)))]).toEqual([]);
    expect(await figuresOf(runtime, WHOLE, "5m")).toMatchObject({ ended: 4, tasks: 60 });
    expect(await figuresOf(runtime, { kind: "agent", value: "agent-59" }, "5m")).toMatchObject({ tasks: 1 });
  });
});

describe("rolling up", () => {
  it("makes hours and days that equal their parts, twice the same, and again when an end is told late", async () => {
    const afterMs = [0.2, 0.7, 1.1, 1.9].map((hours) => hours * HOUR + 3000);
    const runtime = await ended(afterMs.map((each) => ({ status: "completed" as const, afterMs: each, agents: ["x"] })));
    const store = depsOf(runtime).aggregates;
    await learnFromEnds(depsOf(runtime), [0, 1, 2].map(endOf));
    const now = START + 2 * HOUR + 60_000;
    const made = async (level: WindowLevel) => {
      const windows = await loadWindows(store, { tenant: TENANT, series: WHOLE, level, from: windowOf(level, START), to: windowOf(level, now) });
      return [...windows].map(([window, tally]) => [window.slice(0, 13), figuresIn(tally).ended]);
    };
    const first = await rollUpAnalytics(store, now);
    expect(await made("1h")).toEqual([["2026-11-21T10", 2], ["2026-11-21T11", 1]]);
    expect(await rollUpAnalytics(store, now)).toBe(first);
    expect(await made("1h")).toEqual([["2026-11-21T10", 2], ["2026-11-21T11", 1]]);
    await learnFromEnds(depsOf(runtime), [endOf(3)]);
    await rollUpAnalytics(store, now + HOUR);
    expect(await made("1h")).toEqual([["2026-11-21T10", 2], ["2026-11-21T11", 2]]);
    expect(await made("1d")).toEqual([["2026-11-21T00", 4]]);
    expect(await figuresOf(runtime, WHOLE, "1h", START + 30 * HOUR)).toMatchObject({ ended: 4 });
    expect(await figuresOf(runtime, WHOLE, "1d", START + 30 * HOUR)).toMatchObject({ ended: 4 });
  });

  it("keeps tenants apart", async () => {
    const runtime = await ended([{ status: "completed", afterMs: 3000, agents: ["x"] }]);
    await learnFromEnds(depsOf(runtime), [endOf(0)]);
    const store = depsOf(runtime).aggregates;
    await rollUpAnalytics(store, START + HOUR + 60_000);
    const others = { tenant: "other", series: WHOLE, level: "1h", from: windowOf("1h", START), to: windowOf("1h", START + HOUR) } as const;
    expect((await readSeries(store, others, START + 30 * HOUR)).size).toBe(0);
  });
});
