import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { type ExecutionSearch, searchExecutions } from "../../../../shared/execution/store/execution-search.ts";
import { START, startedRuntime, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const at = (second: number): string => new Date(START + second * 1000).toISOString();

interface Head {
  readonly status: ExecutionStatus;
  readonly workflowId: string;
  readonly priority: "low" | "high";
  readonly submittedBy: string;
  readonly failure?: { readonly code: string; readonly message: string; readonly task?: string } | undefined;
}

const head: fc.Arbitrary<Head> = fc.record({
  status: fc.constantFrom("submitted" as const, "running" as const, "completed" as const, "failed" as const, "paused" as const),
  workflowId: fc.constantFrom("drawn", "Billing"),
  priority: fc.constantFrom("low" as const, "high" as const),
  submittedBy: fc.constantFrom("ann", "bob"),
  failure: fc.option(fc.record({ code: fc.constantFrom("AgentFailed", "TaskTimedOut"), message: fc.constantFrom("No", "late"), task: fc.constantFrom("pay", "ship") }), { nil: undefined }),
});
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });
const search: fc.Arbitrary<ExecutionSearch> = fc.record({
  tenant: fc.constant(TENANT),
  statuses: fc.subarray(["submitted", "running", "completed", "failed"] as const),
  workflowId: maybe(fc.constantFrom("drawn", "Billing", "ghost")),
  priority: maybe(fc.constantFrom("low" as const, "high" as const)),
  submittedBy: maybe(fc.constantFrom("ann", "bob")),
  errorCode: maybe(fc.constantFrom("AgentFailed", "TaskTimedOut")),
  text: maybe(fc.constantFrom("BILL", "ann", "no", "ship", "exec_00000000", "trace_1", "timedout", "zzz")),
  submittedAfter: maybe(fc.integer({ min: 0, max: 9 }).map(at)),
  submittedBefore: maybe(fc.integer({ min: 0, max: 9 }).map(at)),
});

/** The rule in plain words: every part of a wish holds. */
function isWished(wish: ExecutionSearch, nth: number, one: Head): boolean {
  const has = (wanted: string | undefined, value: string | undefined): boolean => wanted === undefined || wanted === value;
  const texts = [`exec_${String(nth).padStart(10, "0")}`, one.workflowId, one.submittedBy, "trace_1"];
  const { code, message, task } = (one.status === "failed" ? one.failure : undefined) ?? {};
  const found = [...texts, ...(code === undefined ? [] : [code, message ?? "", task ?? ""])].some((text) => text.toLowerCase().includes((wish.text ?? "").toLowerCase()));
  return (
    (wish.statuses.length === 0 || wish.statuses.some((status) => status === one.status)) &&
    has(wish.workflowId, one.workflowId) && has(wish.priority, one.priority) && has(wish.submittedBy, one.submittedBy) && has(wish.errorCode, code) &&
    at(nth) >= (wish.submittedAfter ?? "") && at(nth) <= (wish.submittedBefore ?? "9") && found
  );
}

async function stored(heads: readonly Head[]) {
  const runtime = await startedRuntime();
  runtime.tables.rows.clear();
  for (const [nth, { failure, ...one }] of heads.entries()) {
    const failed = one.status === "failed" ? { failure } : {};
    await runtime.submit({ executionId: `exec_${String(nth).padStart(10, "0")}`, submittedAt: at(nth), ...one, ...failed });
  }
  return runtime;
}

describe("a search for executions", () => {
  it("finds those that fit, the newest first, each once, however it is cut into pages", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(head, { maxLength: 12 }), search, fc.integer({ min: 1, max: 4 }), async (heads, wish, limit) => {
        const { executions } = await stored(heads);
        const found: string[] = [];
        let after: Record<string, unknown> | undefined;
        do {
          const page = await searchExecutions(executions, wish, { limit, ...(after === undefined ? {} : { after }) });
          expect(page.rows.length).toBeLessThanOrEqual(limit);
          expect(page.searched).toBeGreaterThanOrEqual(page.rows.length);
          found.push(...page.rows.map(({ executionId }) => executionId));
          after = page.next;
        } while (after !== undefined);
        const wanted = heads.flatMap((one, nth) => (isWished(wish, nth, one) ? [`exec_${String(nth).padStart(10, "0")}`] : []));
        expect(found).toEqual(wanted.toReversed());
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  const many = (count: number): Head[] => Array.from({ length: count }, () => ({ status: "running", workflowId: "drawn", priority: "low", submittedBy: "ann" }));

  it("looks at a thousand for one page, and says how many it looked at and where to go on", async () => {
    const { executions } = await stored(many(1100));
    const wish: ExecutionSearch = { tenant: TENANT, statuses: [], submittedBy: "bob" };
    const first = await searchExecutions(executions, wish, { limit: 5 });
    expect(first).toMatchObject({ rows: [], searched: 1000 });
    const second = await searchExecutions(executions, wish, { limit: 5, ...(first.next === undefined ? {} : { after: first.next }) });
    expect(second).toMatchObject({ rows: [], searched: 100, next: undefined });
  });

  it.each([
    { what: "an index finds all of it", wish: {}, searched: 3 },
    { what: "one status is asked for", wish: { statuses: ["running" as const] }, searched: 3 },
    { what: "heads must be looked at", wish: { submittedBy: "ann" }, searched: 3 },
  ])("reads no more rows than it needs when $what", async ({ wish, searched }) => {
    const runtime = await stored(many(150));
    let asked = 0;
    runtime.tables.onSend = (name, input) => {
      if (name === "QueryCommand" && "Limit" in input) asked += Number(input.Limit);
    };
    expect(await searchExecutions(runtime.executions, { tenant: TENANT, statuses: [], ...wish }, { limit: 3 })).toMatchObject({ searched });
    expect(asked).toBe("submittedBy" in wish ? 100 : 3);
  });

  it("leaves out what ended, or went away, since its index was written", async () => {
    const { executions, tables } = await stored(many(3));
    const [first, second] = [...tables.rows.values()].filter(({ sk }) => sk === "META");
    Object.assign(first ?? {}, { status: "failed", completedAt: at(9), failure: { code: "x", message: "y" } });
    tables.onSend = (name) => {
      if (name === "BatchGetCommand") tables.rows.delete(`${String(second?.["pk"])} META`);
    };
    const { rows } = await searchExecutions(executions, { tenant: TENANT, statuses: ["running"] }, { limit: 9 });
    expect(rows.map(({ executionId }) => executionId)).toEqual(["exec_0000000002"]);
  });
});
