import * as fc from "fast-check";
import { expect, it } from "vitest";
import { TimeQueue } from "../../../../shared/workflow/compiler/time-queue.ts";

it("hands items out by time, equal times in the order they came", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (times) => {
      const queue = new TimeQueue<number>();
      for (const [order, time] of times.entries()) queue.add(time, order);
      const expected = times.map((time, item) => ({ time, item })).sort((a, b) => a.time - b.time || a.item - b.item);
      const taken = times.map(() => queue.take()).map((entry) => ({ time: entry?.time, item: entry?.item }));
      expect(taken).toEqual(expected);
      expect(queue.take()).toBeUndefined();
    }),
  );
});
