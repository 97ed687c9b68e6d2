import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AdmissionLimits, freeShard, judge, type Occupancy, placeInQueue, roomOf, shareOf, waitSeconds } from "../../../../shared/execution/admission/admission.ts";
import type { Priority } from "../../../../shared/workflow/definition/task-definition.ts";

const limits: AdmissionLimits = { total: 20, perTenant: 5, queue: 3 };
const none: Occupancy = new Map();
const anOccupancy = fc.array(fc.tuple(fc.nat(15), fc.nat(8))).map((entries): Occupancy => new Map(entries));

describe("shares of a limit", () => {
  it.each([
    { limit: 5, shares: [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    { limit: 16, shares: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] },
    { limit: 35, shares: [3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2] },
  ])("make up $limit", ({ limit, shares }) => {
    expect(shares.map((_, shard) => shareOf(limit, shard))).toEqual(shares);
  });

  it("leave the room that nobody takes, and none for counters above their share", () => {
    expect(roomOf(new Map([[0, 1], [1, 4]]), 5)).toBe(3);
  });

  it("let a counter be drawn exactly when there is room, and one with room", () => {
    fc.assert(
      fc.property(anOccupancy, fc.nat(60), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (occupancy, limit, draw) => {
        const shard = freeShard(occupancy, limit, draw);
        if (roomOf(occupancy, limit) === 0) return shard === undefined;
        return shard !== undefined && (occupancy.get(shard) ?? 0) < shareOf(limit, shard);
      }),
    );
  });

  it("are filled to the limit and not beyond by whoever takes what is drawn", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), (limit, draws) => {
        const taken = new Map<number, number>();
        let count = 0;
        for (const draw of draws) {
          const shard = freeShard(taken, limit, draw);
          if (shard === undefined) break;
          taken.set(shard, (taken.get(shard) ?? 0) + 1);
          count += 1;
        }
        return count === limit;
      }),
    );
  });
});

describe("judge", () => {
  const full: Occupancy = new Map([0, 1, 2, 3, 4].map((shard) => [shard, 1]));
  const allFull: Occupancy = new Map(Array.from({ length: 16 }, (_, shard) => [shard, 2]));
  it.each<{ what: string; own?: Occupancy; all?: Occupancy; waiting?: number; priority?: Priority; verdict: string }>([
    { what: "there is room", verdict: "start" },
    { what: "there is room but others wait already", waiting: 1, priority: "critical", verdict: "wait" },
    { what: "the tenant's slots are taken", own: full, verdict: "wait" },
    { what: "all slots are taken by others", all: allFull, verdict: "wait" },
    { what: "the queue is full, for low priority", own: full, waiting: 3, priority: "low", verdict: "refuse" },
    { what: "the queue is nearly full, for low priority", own: full, waiting: 2, priority: "low", verdict: "wait" },
    { what: "the queue is full, for medium priority", own: full, waiting: 3, verdict: "wait" },
    { what: "the queue is full twice over, even when it is critical", own: full, waiting: 6, priority: "critical", verdict: "refuse" },
  ])("says $verdict when $what", ({ own = none, all = none, waiting = 0, priority = "medium", verdict }) => {
    expect(judge({ own, all, waiting }, limits, priority)).toBe(verdict);
  });
});

describe("the queue", () => {
  it("has the most urgent first, then the oldest", () => {
    const places = [
      placeInQueue("low", "2026-11-21T09:00:00.000Z", "exec_a"),
      placeInQueue("critical", "2026-11-21T10:00:00.000Z", "exec_b"),
      placeInQueue("high", "2026-11-21T10:00:00.000Z", "exec_d"),
      placeInQueue("high", "2026-11-21T09:30:00.000Z", "exec_c"),
      placeInQueue("medium", "2026-11-21T08:00:00.000Z", "exec_e"),
    ];
    expect(places.sort().map((place) => place.split("#").at(-1))).toEqual(["exec_b", "exec_c", "exec_d", "exec_e", "exec_a"]);
  });

  // Five slots of a minute each: one comes free every 12 s.
  it.each([
    { ahead: 0, seconds: 12 },
    { ahead: 4, seconds: 60 },
    { ahead: 9, seconds: 120 },
  ])("lets one with $ahead before it wait about $seconds s", ({ ahead, seconds }) => {
    expect(waitSeconds(ahead, limits, 60)).toBe(seconds);
  });
});
