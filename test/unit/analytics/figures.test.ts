import * as fc from "fast-check";
import { sumUsage, type Usage } from "../../../shared/core/usage.ts";
import { describe, expect, it } from "vitest";
import { lowerBound } from "../../../shared/analytics/confidence.ts";
import { executionMetrics } from "../../../shared/analytics/exposition.ts";
import { countUpTo, figuresIn } from "../../../shared/analytics/figures.ts";
import { additionsOf } from "../../../shared/analytics/series.ts";
import { addTallies, type EndedRun, tallyOfRun } from "../../../shared/analytics/tally.ts";
import { periodOf, WINDOW_MS, WindowLevel, windowOf, windowsBetween } from "../../../shared/analytics/windows.ts";

const NOW = Date.parse("2026-11-29T10:07:30.000Z");

const Task = fc.record({
  agentId: fc.constantFrom("a", "b", "c"),
  isSuccess: fc.boolean(),
  attempts: fc.integer({ min: 1, max: 5 }),
  milliseconds: fc.nat({ max: 3_600_000 }),
});
const Run: fc.Arbitrary<EndedRun> = fc.record({
  status: fc.constantFrom("completed", "failed", "cancelled"),
  isViolated: fc.boolean(),
  runMs: fc.nat({ max: 86_400_000 }),
  queueMs: fc.nat({ max: 60_000 }),
  taskCount: fc.integer({ min: 1, max: 10_000 }),
  tasks: fc.array(Task, { maxLength: 8 }),
  used: fc.dictionary(fc.constantFrom("a", "b", "c"), fc.record({ cost: fc.nat({ max: 9 }), tokens: fc.nat() }, { requiredKeys: [] })).map((used) => new Map(Object.entries(used))),
});

const run = (more: Partial<EndedRun> = {}): EndedRun => ({
  status: "completed",
  isViolated: false,
  runMs: 8000,
  queueMs: 100,
  taskCount: 2,
  tasks: [],
  used: new Map(),
  ...more,
});

describe("tallies", () => {
  it("add up in any order and grouping, to what the runs are", () => {
    fc.assert(
      fc.property(fc.array(Run, { maxLength: 30 }), fc.integer({ min: 1, max: 7 }), (runs, size) => {
        const tallies = runs.map(tallyOfRun);
        const parts = Array.from({ length: Math.ceil(tallies.length / size) }, (_, index) => addTallies(tallies.slice(index * size, (index + 1) * size)));
        const figures = figuresIn(addTallies(parts.toReversed()));
        const ofStatus = (status: string): number => runs.filter((each) => each.status === status).length;
        const ran = runs.filter(({ status }) => status !== "cancelled");
        const tasks = runs.flatMap((each) => each.tasks);
        const attempts = tasks.reduce((sum, task) => sum + task.attempts, 0);
        const costs = runs.flatMap(({ used }) => [sumUsage(used.values())?.cost ?? []].flat());
        const successes = tasks.filter(({ isSuccess }) => isSuccess).length;
        expect(figures).toMatchObject({
          ended: runs.length,
          completed: ofStatus("completed"),
          failed: ofStatus("failed"),
          cancelled: ofStatus("cancelled"),
          violations: runs.filter(({ isViolated }) => isViolated).length,
          tasks: tasks.length,
          attempts,
          efficiency: attempts === 0 ? undefined : successes / attempts,
          successRate: ran.length === 0 ? undefined : ofStatus("completed") / ran.length,
          cost: costs.length === 0 ? undefined : costs.reduce((sum, cost) => sum + cost, 0),
        });
        const mean = ran.reduce((sum, { runMs }) => sum + runMs, 0) / ran.length / 1000;
        if (ran.length === 0) expect(figures.meanSeconds).toBeUndefined();
        else expect(figures.meanSeconds).toBeCloseTo(mean, 6);
      }),
    );
  });

  it("tell durations within five in a hundred", () => {
    const seconds = Array.from({ length: 100 }, (_, index) => index + 1);
    const tally = addTallies(seconds.map((each) => tallyOfRun(run({ runMs: each * 1000 }))));
    expect(figuresIn(tally).p95Seconds).toBeGreaterThan(95 * 0.95);
    expect(figuresIn(tally).p95Seconds).toBeLessThan(96 * 1.05);
    expect(Math.abs(countUpTo(tally, "e", 50) - 50)).toBeLessThanOrEqual(5);
    expect(countUpTo(tally, "e", 1000)).toBe(100);
  });

  it("know a cost only where it was told", () => {
    const using = (used: Usage) => tallyOfRun(run({ used: new Map([["a", used]]) }));
    const tally = addTallies([using({ cost: 0.25, tokens: 100 }), using({ cost: 0.75, cpu_seconds: 1.5, records: 7 }), tallyOfRun(run())]);
    expect(figuresIn(tally)).toMatchObject({ cost: 1, costPerRun: 0.5, tokens: 100, cpuSeconds: 1.5, records: 7, memoryBytes: undefined });
  });
});

describe("additions of an end", () => {
  const end = { tenant: "acme", workflowId: "w", workflowVersion: "1.0", pattern: "swarm", endedAt: "2026-11-29T10:07:30.000Z" };

  it("go to the minute and to every series, each in the window of its own time", () => {
    const tasks = [{ agentId: "a", isSuccess: true, attempts: 1, milliseconds: 5 }];
    const rows = additionsOf({ ...end, run: run({ tasks }) }).map(({ series, level, window }) => `${level} ${series.kind} ${series.value} ${window}`);
    expect(rows).toEqual([
      "1m tenant  2026-11-29T10:07:00.000Z",
      "5m tenant  2026-11-29T10:05:00.000Z",
      "5m workflow w 2026-11-29T10:05:00.000Z",
      "5m version w#1.0 2026-11-29T10:05:00.000Z",
      "5m pattern swarm 2026-11-29T10:05:00.000Z",
      "forever pattern swarm ",
      "5m agent a 2026-11-29T10:05:00.000Z",
    ]);
  });

  it("count many agents under one name beyond the first twenty, and lose no task", () => {
    const tasks = Array.from({ length: 60 }, (_, index) => ({ agentId: `agent-${index % 30}`, isSuccess: true, attempts: 1, milliseconds: 5 }));
    const agents = additionsOf({ ...end, run: run({ tasks }) }).filter(({ series }) => series.kind === "agent");
    expect(agents).toHaveLength(21);
    expect(agents.at(-1)?.series.value).toBe("other");
    expect(agents.reduce((sum, { tally }) => sum + (tally["k"] ?? 0), 0)).toBe(60);
  });
});

describe("windows", () => {
  it("begin at full units of UTC and cover a stretch without a gap", () => {
    fc.assert(
      fc.property(fc.constantFrom(...WindowLevel.options), fc.nat({ max: 1e7 }), fc.nat({ max: 1e8 }), (level, from, length) => {
        const start = NOW + from * 1000;
        const windows = windowsBetween(level, start, start + length);
        expect(windows[0]).toBe(windowOf(level, start));
        expect(windows.at(-1)).toBe(windowOf(level, start + length));
        expect(windows.slice(1).every((window, index) => Date.parse(window) - Date.parse(windows[index] ?? "") === WINDOW_MS[level])).toBe(true);
      }),
    );
  });

  it.each([
    { text: "last_1_hour", level: "1m", hours: 1 },
    { text: "last_24_hours", level: "5m", hours: 24 },
    { text: "last_7_days", level: "1h", hours: 168 },
    { text: "last_90_days", level: "1d", hours: 2160 },
    { text: "2026-11-28T00:00:00Z/2026-11-28T06:00:00+00:00", level: "1m", hours: 6 },
    { text: "2025-01-01T00:00:00Z/2026-01-01T00:00:00Z", level: "1d", hours: 8760 },
  ])("read the period $text", ({ text, level, hours }) => {
    const period = periodOf(text, NOW);
    expect(period).toMatchObject({ level });
    expect(((period?.to ?? 0) - (period?.from ?? 0)) / 3_600_000).toBe(hours);
  });

  it.each(["", "last_week", "2026-11-28/2026-11-29", "2026-11-29T00:00:00Z/2026-11-28T00:00:00Z", "a/b", "2026-11-28T00:00:00Z/2026-11-29T00:00:00Z/x"])(
    "read no period in '%s'",
    (text) => {
      expect(periodOf(text, NOW)).toBeUndefined();
    },
  );
});

describe("the Prometheus text", () => {
  const tally = addTallies([tallyOfRun(run({ runMs: 4000 })), tallyOfRun(run({ runMs: 40_000, status: "failed", taskCount: 60 })), tallyOfRun(run({ status: "cancelled" }))]);
  const lines = executionMetrics({ counters: new Map([['s"wa\\rm', tally]]), lastHour: figuresIn(tally), running: 3, queued: 1 });

  it("escapes labels and counts by status", () => {
    expect(lines).toContain('workflow_executions_total{pattern="s\\"wa\\\\rm",status="completed"} 1');
    expect(lines).toContain('workflow_executions_total{pattern="s\\"wa\\\\rm",status="failed"} 1');
  });

  it("has cumulative buckets up to the count", () => {
    const buckets = lines.filter((line) => line.startsWith("workflow_execution_duration_seconds_bucket")).map((line) => Number(line.split(" ").at(-1)));
    expect(buckets).toEqual([0, 1, 1, 1, 2, 2, 2, 2, 2, 2]);
    const sizes = lines.filter((line) => line.startsWith("workflow_task_count_bucket")).map((line) => Number(line.split(" ").at(-1)));
    expect(sizes).toEqual([0, 2, 2, 2, 3, 3, 3, 3]);
    expect(lines.find((line) => line.startsWith("workflow_execution_duration_seconds_sum"))).toMatch(/ 44$/);
  });

  it("leaves a rate of nothing out", () => {
    const idle = executionMetrics({ counters: new Map(), lastHour: figuresIn({}), running: 0, queued: 0 });
    expect(idle.filter((line) => !line.startsWith("#"))).toEqual(["workflow_active_count 0", "workflow_queue_depth 0"]);
  });
});

describe("the lower bound of a share", () => {
  it.each([
    { part: 0, whole: 0, about: 0 },
    { part: 0, whole: 50, about: 0 },
    { part: 2, whole: 20, about: 0.036 },
    { part: 20, whole: 200, about: 0.07 },
    { part: 20, whole: 20, about: 0.88 },
  ])("$part of $whole is $about", ({ part, whole, about }) => {
    expect(lowerBound(part, whole)).toBeCloseTo(about, 2);
  });
});
