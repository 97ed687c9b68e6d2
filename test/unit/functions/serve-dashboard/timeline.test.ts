import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namedLanes, packedLanes } from "../../../../functions/serve-dashboard/page/timeline/lanes.ts";
import { idleStretches, markStep, TimeScale } from "../../../../functions/serve-dashboard/page/timeline/time-scale.ts";

const bars = fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 100 })), { maxLength: 60 });

describe("packedLanes", () => {
  it("takes a lane that is free before it opens another", () => {
    const ends = [10, 20, 15];
    const { lane, count } = packedLanes(Float64Array.of(1, 2, 10), (task) => ends[task] ?? 0);
    expect([...lane]).toEqual([0, 1, 0]);
    expect(count).toBe(2);
  });

  it("has no bar for what has not begun", () => {
    expect([...packedLanes(Float64Array.of(0, 5), () => 9).lane]).toEqual([-1, 0]);
  });

  it("never lets bars meet in a lane, and has as many lanes as bars lie side by side at once", () => {
    fc.assert(
      fc.property(bars, (list) => {
        const starts = Float64Array.from(list, ([start]) => start);
        const ends = list.map(([start, length]) => start + length);
        const { lane, count } = packedLanes(starts, (task) => ends[task] ?? 0);
        list.forEach(([start], a) =>
          list.forEach((_, b) => {
            const meet = lane[a] === lane[b] && a !== b && start < (ends[b] ?? 0) && (starts[b] ?? 0) < (ends[a] ?? 0);
            expect(meet).toBe(false);
          }),
        );
        const atOnce = list.map(([moment]) => list.filter(([start], b) => start <= moment && (ends[b] ?? 0) > moment).length);
        // Bars without length lie side by side with nothing, and still need a row.
        expect(count).toBeLessThanOrEqual(Math.max(1, ...atOnce.map((most) => most + 1)));
      }),
    );
  });
});

describe("namedLanes", () => {
  it("lists what began by its start, and then the rest by its level", () => {
    const { lane } = namedLanes(Float64Array.of(0, 30, 10, 0), Int32Array.of(3, 1, 0, 2));
    expect([...lane]).toEqual([3, 1, 0, 2]);
  });
});

describe("idleStretches", () => {
  it("are what no bar covers", () => {
    const ends = [20, 15, 60];
    const idle = idleStretches(Float64Array.of(10, 12, 50), (task) => ends[task] ?? 0, { t0: 5, t1: 80 });
    expect(idle).toEqual([{ from: 5, to: 10 }, { from: 20, to: 50 }, { from: 60, to: 80 }]);
  });
});

describe("TimeScale", () => {
  const room = { x: 100, width: 900 };

  it("is in proportion while nothing is folded", () => {
    const scale = new TimeScale({ t0: 1000, t1: 2000 }, room, [{ from: 1100, to: 1200 }]);
    expect([1000, 1500, 2000].map((t) => scale.x(t))).toEqual([100, 550, 1000]);
  });

  it("folds a long wait to a gap of its own width", () => {
    const scale = new TimeScale({ t0: 0, t1: 1000 }, room, [{ from: 100, to: 900 }]);
    expect(scale.pieces.map(({ isGap }) => isGap)).toEqual([false, true, false]);
    expect(scale.x(900) - scale.x(100)).toBeCloseTo(34);
    expect(scale.x(1000)).toBeCloseTo(1000);
    expect(scale.x(100) - scale.x(0)).toBeCloseTo(scale.x(1000) - scale.x(900));
  });

  it("leads back from every place to its moment", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 9000 }), (t, from) => {
        const scale = new TimeScale({ t0: 0, t1: 10_000 }, room, [{ from, to: Math.min(10_000, from + 4000) }]);
        expect(scale.t(scale.x(t))).toBeCloseTo(t, 3);
      }),
    );
  });

  it("sets marks at round distances that leave room for their words", () => {
    expect(markStep(1, 78)).toBe(100);
    expect(markStep(10, 78)).toBe(1000);
    expect(markStep(1000, 78)).toBe(120_000);
    expect(markStep(1e9, 78)).toBe(604_800_000);
  });
});
