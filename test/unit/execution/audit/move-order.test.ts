import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inMoveOrder } from "../../../../shared/execution/audit/move-order.ts";
import { storedEvent } from "../../../../shared/execution/new-event.ts";

const ORIGIN = { tenant: "acme", executionId: "exec_0123456789", workflowId: "w", traceId: "t" };
const event = (id: string) => storedEvent(ORIGIN, { id, type: "task.parked", at: "2026-11-21T10:00:00.000Z", facts: {} });

/** How many events each move of two tasks told. */
const lives = fc.record({ a: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }), b: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 }) });

describe("events of a log that was made from rows", () => {
  it("are in the order of each task's moves, at the places that the task's events have, and the others where they are", () => {
    fc.assert(
      fc.property(lives, fc.integer({ min: 0, max: 3 }), fc.infiniteStream(fc.nat()), (told, others, draws) => {
        const moves = Object.entries(told).flatMap(([task, counts]) =>
          counts.map((count, index) => ({ task, move: index + 1, events: Array.from({ length: count }, (_, nth) => event(`${task}.${index + 1}.${nth}`)) })),
        );
        const all = [...moves.flatMap(({ events }) => events), ...Array.from({ length: others }, (_, nth) => event(`x.${nth}`))];
        const shuffled = all.map((one) => ({ one, draw: draws.next().value ?? 0 })).toSorted((a, b) => a.draw - b.draw).map(({ one }) => one);
        const ids = inMoveOrder(shuffled, moves).map(({ event_id: id }) => id);
        const taskAt = (id: string): string | undefined => id.split(".")[0];
        expect(ids.map(taskAt)).toEqual(shuffled.map(({ event_id: id }) => taskAt(id)));
        for (const task of ["a", "b"]) {
          expect(ids.filter((id) => taskAt(id) === task)).toEqual(moves.filter((move) => move.task === task).flatMap(({ events }) => events.map(({ event_id: id }) => id)));
        }
        expect(ids.filter((id) => taskAt(id) === "x")).toEqual(shuffled.map(({ event_id: id }) => id).filter((id) => taskAt(id) === "x"));
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
