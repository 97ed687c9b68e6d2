import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { EXECUTION_LIMITS } from "../../../../shared/execution/limits.ts";
import { countExecutions, listByStatus, listExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { START, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const idOf = (nth: number): string => `exec_${String(nth).padStart(10, "0")}`;

/** A runtime with an execution in each of these statuses, submitted one after the other. */
async function stored(statuses: readonly ExecutionStatus[]) {
  const runtime = await startedRuntime();
  runtime.tables.rows.clear();
  for (const [nth, status] of statuses.entries()) {
    await runtime.submit({ executionId: idOf(nth), status, submittedAt: new Date(START + nth).toISOString() });
  }
  return runtime;
}

describe("executions by status", () => {
  it("are found, each once and newest first, and counted, whichever status shares its entries with which", async () => {
    const all = fc.array(fc.constantFrom(...ExecutionStatus.options), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(all, fc.integer({ min: 1, max: 5 }), async (statuses, limit) => {
        const { executions } = await stored(statuses);
        for (const status of ExecutionStatus.options) {
          const expected = statuses.flatMap((one, nth) => (one === status ? [idOf(nth)] : [])).toReversed();
          const found: string[] = [];
          let after: Record<string, unknown> | undefined;
          do {
            const page = await listExecutions(executions, { tenant: TENANT, status }, { limit, after });
            found.push(...page.rows.map(({ executionId }) => executionId));
            after = page.next;
          } while (after !== undefined);
          expect(found).toEqual(expected);
          expect(await countExecutions(executions, { tenant: TENANT, status }, 100)).toBe(expected.length);
          expect(await listByStatus(executions, { tenant: TENANT, status, limit: 100 })).toHaveLength(expected.length);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("are counted up to as many as are asked for, beyond a page of others", async () => {
    const others = Array.from({ length: EXECUTION_LIMITS.searchedAtOnce }, (): ExecutionStatus => "failed");
    const { executions } = await stored(["completed", "completed", "completed", ...others]);
    expect(await countExecutions(executions, { tenant: TENANT, status: "completed" }, 100)).toBe(3);
    expect(await countExecutions(executions, { tenant: TENANT, status: "completed" }, 2)).toBe(2);
  });

  it("are looked for no further than a search goes", async () => {
    const others = Array.from({ length: EXECUTION_LIMITS.searchedPerPage }, (): ExecutionStatus => "failed");
    const { executions } = await stored(["completed", ...others]);
    expect(await countExecutions(executions, { tenant: TENANT, status: "completed" }, 100)).toBe(0);
  });
});
