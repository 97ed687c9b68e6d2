import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyChain, headAfter, linkOf } from "../../../../shared/execution/audit/audit-chain.ts";
import { storedEvent } from "../../../../shared/execution/new-event.ts";
import { findSequence, followLog, isEndLogged, listEvents } from "../../../../shared/execution/store/log-queries.ts";
import { saveLink } from "../../../../shared/execution/store/projection-store.ts";
import { EXECUTION, type MemoryRuntime, START, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const NAME = { tenant: TENANT, execution: EXECUTION };
const ORIGIN = { tenant: TENANT, executionId: EXECUTION, workflowId: "w", traceId: "t" };
const at = (second: number): string => new Date(START + second * 1000).toISOString();

/** One event each second: `e0`, `e1`, …; in links of these sizes. */
async function logged(sizes: readonly number[]): Promise<MemoryRuntime> {
  const runtime = await startedRuntime();
  let head = emptyChain(TENANT, EXECUTION);
  let count = 0;
  for (const size of sizes) {
    const events = Array.from({ length: size }, (_, index) =>
      storedEvent(ORIGIN, { id: `e${count + index}`, type: "task.parked", at: at(count + index), facts: { task_id: "a", attempt: 1 } }),
    );
    const link = linkOf(head, events.map((event) => ({ ...event })), { at: at(count), counts: {} });
    await saveLink(runtime.executions, NAME, link);
    head = headAfter(link);
    count += size;
  }
  runtime.tables.calls.length = 0;
  return runtime;
}

const queries = ({ tables }: MemoryRuntime): number => tables.calls.splice(0).filter((name) => name === "QueryCommand").length;
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 30 });

describe("a log that is read in pages", () => {
  it("has each event once and in order, forwards and backwards, whatever the pages' size", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (links, limit, descending) => {
        const runtime = await logged(links);
        const found: string[] = [];
        let after: Record<string, unknown> | undefined;
        do {
          const { rows, next } = await listEvents(runtime.executions, NAME, { limit, descending, ...(after === undefined ? {} : { after }) });
          expect(rows.length).toBeLessThanOrEqual(limit);
          expect(rows.length).toBeGreaterThan(0);
          found.push(...rows.map(({ event_id: id }) => id));
          after = next;
        } while (after !== undefined);
        const all = Array.from({ length: links.reduce((sum, size) => sum + size, 0) }, (_, index) => `e${index}`);
        expect(found).toEqual(descending ? all.toReversed() : all);
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it.each([false, true])("costs a page what it shows, however far in it begins; backwards: %s", async (descending) => {
    const runtime = await logged(Array.from({ length: 60 }, () => 1));
    runtime.tables.pageRows = 1;
    const costs: number[] = [];
    let after: Record<string, unknown> | undefined;
    do {
      const { next } = await listEvents(runtime.executions, NAME, { limit: 5, descending, ...(after === undefined ? {} : { after }) });
      costs.push(queries(runtime));
      after = next;
    } while (after !== undefined);
    expect(costs).toHaveLength(12);
    expect(Math.max(...costs)).toBeLessThanOrEqual(7);
  });

  it("says of a place that is none of its own that it is none", async () => {
    const runtime = await logged([1]);
    await expect(listEvents(runtime.executions, NAME, { limit: 1, after: { sk: "LOG#1" } })).rejects.toThrow("cursor");
  });
});

describe("a log that is followed", () => {
  it("costs what came since, not what was read before", async () => {
    const runtime = await logged(Array.from({ length: 40 }, () => 2));
    runtime.tables.pageRows = 1;
    const read = followLog(runtime.executions, NAME, 74);
    const sequences: number[] = [];
    for await (const { sequence } of read()) sequences.push(sequence);
    expect(sequences).toEqual([75, 76, 77, 78, 79]);
    expect(queries(runtime)).toBeLessThanOrEqual(5);
    for await (const { sequence } of read()) sequences.push(sequence);
    expect(sequences).toHaveLength(5);
    expect(queries(runtime)).toBe(1);
  });

  it("gives all of it to a reader that knows nothing, and the rest to one that stopped within a link", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async (links, place) => {
        const runtime = await logged(links);
        const count = links.reduce((sum, size) => sum + size, 0);
        const after = place % (count + 1) === 0 ? undefined : (place % (count + 1)) - 1;
        const found: number[] = [];
        for await (const { sequence, event } of followLog(runtime.executions, NAME, after)()) {
          expect(event.event_id).toBe(`e${sequence}`);
          found.push(sequence);
        }
        expect(found).toEqual(Array.from({ length: count }, (_, index) => index).slice((after ?? -1) + 1));
      }),
      { numRuns: 40, seed: 7 },
    );
  });
});

describe("a log that is searched from its end", () => {
  it("knows where an event stands, and of none that it has not", async () => {
    const runtime = await logged([3, 1, 20, 2]);
    expect(await Promise.all(["e0", "e3", "e25", "e26"].map((id) => findSequence(runtime.executions, NAME, id)))).toEqual([0, 3, 25, undefined]);
  });

  it("does not look for an end in what is too old to tell of it", async () => {
    const runtime = await logged(Array.from({ length: 40 }, () => 1));
    runtime.tables.pageRows = 1;
    const isLogged = (completedAt: string | undefined) => isEndLogged(runtime.executions, { tenant: TENANT, executionId: EXECUTION, completedAt });
    expect(await isLogged(at(3600))).toBe(false);
    expect(queries(runtime)).toBe(1);
    expect(await isLogged(at(39))).toBe(false);
    expect(await isLogged(undefined)).toBe(false);
  });
});
