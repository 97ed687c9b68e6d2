import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { History } from "../../../../functions/serve-dashboard/page/run/history.ts";
import { replay } from "../../../../shared/execution/audit/replay.ts";
import { storedEvent } from "../../../../shared/execution/new-event.ts";
import { TASK_EDGES } from "../../../../shared/execution/task/edges.ts";
import { viewEvent } from "../../../../shared/execution/views/events.ts";

const ORIGIN = { tenant: "acme", executionId: "exec_0123456789", workflowId: "w", traceId: "t" };
const START = Date.parse("2026-11-29T10:00:00.000Z");

/** Every event that an edge of a task's life may tell. */
const TOLD = [...new Set(Object.values(TASK_EDGES).flatMap(({ tells }) => [...tells]))];

const News = fc.record({
  type: fc.constantFrom(...TOLD),
  attempt: fc.nat({ max: 3 }),
  agent_id: fc.option(fc.constantFrom("x", "y"), { nil: undefined }),
  status: fc.option(fc.constantFrom("success", "failed", "skipped", "cancelled"), { nil: undefined }),
  reason: fc.option(fc.constantFrom("approval", "hooks", "limit", "no_capable_agent"), { nil: undefined }),
});

describe("the playback of the page", () => {
  it("shows every task at every moment as a replay of the history does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(News, { minLength: 1, maxLength: 20 }), async (drawn) => {
        const events = drawn.map(({ type, ...facts }, second) =>
          storedEvent(ORIGIN, { id: `e${second}`, type, at: new Date(START + second * 1000).toISOString(), facts: { task_id: "a", ...facts } }),
        );
        const history = new History(new Map([["a", 0]]));
        await history.read(async () => ({ events: events.map(viewEvent) }));
        for (const { timestamp } of events) {
          const task = replay(events, { until: timestamp }).tasks.get("a");
          const { status, attempt } = history.standingAt(0, Date.parse(timestamp));
          expect({ status, attempt }).toEqual({ status: task?.state ?? "pending", attempt: task?.attempt ?? 0 });
        }
      }),
    );
  });
});
