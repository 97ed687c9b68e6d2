import { describe, expect, it } from "vitest";
import { meanwhile, moveHeadElsewhere } from "../../../fixtures/runtime/meanwhile.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";
import { loadCrowd, pruneQueues } from "../../../../shared/execution/store/admission-store.ts";
import { busEventsSince, eventWaits, saveBusEvents, waitWrite } from "../../../../shared/execution/store/event-log.ts";
import { listExecutions } from "../../../../shared/execution/store/execution-queries.ts";
import { loadTasks } from "../../../../shared/execution/store/execution-store.ts";
import { markCancelled } from "../../../../shared/execution/control/mark-cancelled.ts";
import { StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { fakeDocumentClient } from "../../../fixtures/runtime/fake-client.ts";
import { EXECUTION, MemoryRuntime, planOf, startedRuntime, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";

const event = (id: string, time: string) => ({ id, source: "shop", detailType: "x", detail: {}, time });
const CHILD = "exec_child000001";

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe("events of the bus", () => {
  const idsOf = async (runtime: MemoryRuntime, since: string, until: string) =>
    (await all(busEventsSince(runtime.executions, TENANT, { since, until }))).map(({ id }) => id);

  it("are found over hours and pages, from the moment on that is asked for", async () => {
    const runtime = await startedRuntime();
    const events = [event("old", "2026-11-21T09:59:59.000Z"), event("a", "2026-11-21T10:00:00.000Z"), event("b", "2026-11-21T10:30:00.000Z"), event("c", "2026-11-21T11:00:00.000Z")];
    await saveBusEvents(runtime.executions, TENANT, events);
    runtime.tables.pageRows = 1;
    expect(await idsOf(runtime, "2026-11-21T10:00:00.000Z", "2026-11-21T11:59:00.000Z")).toEqual(["a", "b", "c"]);
    expect(await idsOf(runtime, "2026-11-21T10:00:00.000Z", "2026-11-21T11:00:00.000Z")).toEqual(["a", "b", "c"]);
    expect(await idsOf(runtime, "2026-11-21T10:00:00.000Z", "2026-11-21T10:59:59.999Z")).toEqual(["a", "b"]);
    expect(await idsOf(runtime, "2026-11-21T10:15:00.000Z", "2026-11-21T11:59:00.000Z")).toEqual(["b", "c"]);
  });

  it("have all find them who wait, on however many pages", async () => {
    const runtime = await startedRuntime();
    for (const name of ["a", "b", "c"]) {
      const wait = { tenant: TENANT, execution: EXECUTION, task: name, pattern: {}, since: "2026-11-21T10:00:00.000Z" };
      await runtime.executions.committer.commit([waitWrite(runtime.executions, wait)]);
    }
    runtime.tables.pageRows = 1;
    expect((await all(eventWaits(runtime.executions, TENANT))).map(({ task: name }) => name)).toEqual(["a", "b", "c"]);
  });
});

describe("tenants with executions that wait", () => {
  const counter = (runtime: MemoryRuntime, tenant: string, waiting: number): void =>
    void runtime.tables.rows.set(`SLOTS Q#${tenant}#00`, { pk: "SLOTS", sk: `Q#${tenant}#00`, waiting });

  it("are found on however many pages, and counters at nothing are dropped when that is wished", async () => {
    const runtime = await startedRuntime();
    counter(runtime, "a", 1);
    counter(runtime, "b", 0);
    counter(runtime, "c", 2);
    runtime.tables.rows.set("SLOTS 03", { pk: "SLOTS", sk: "03", running: 7 });
    runtime.tables.pageRows = 1;
    expect(await loadCrowd(runtime.executions)).toEqual({ all: new Map([[3, 7]]), waiting: new Map([["a", 1], ["c", 2]]) });
    expect(runtime.tables.row("SLOTS", "Q#b#00")).toBeDefined();
    await pruneQueues(runtime.executions);
    expect(runtime.tables.row("SLOTS", "Q#b#00")).toBeUndefined();
  });

  it("keep a counter that counts again in the moment in which it would be dropped", async () => {
    const runtime = await startedRuntime();
    counter(runtime, "b", 0);
    runtime.tables.onSend = (name) => {
      if (name === "DeleteCommand") counter(runtime, "b", 1);
    };
    await pruneQueues(runtime.executions);
    expect(runtime.tables.row("SLOTS", "Q#b#00")).toMatchObject({ waiting: 1 });
    runtime.tables.onSend = (name) => {
      if (name === "DeleteCommand") throw new Error("throttled");
    };
    counter(runtime, "b", 0);
    await expect(pruneQueues(runtime.executions)).rejects.toThrow("throttled");
  });
});

describe("a list of executions", () => {
  it("goes by workflow and status together", async () => {
    const runtime = await startedRuntime();
    await runtime.submit({ executionId: "exec_0000000002", status: "failed" });
    await runtime.submit({ executionId: "exec_0000000003", status: "failed", workflowId: "another" });
    const ids = async (filter: object) => (await listExecutions(runtime.executions, { tenant: TENANT, ...filter }, { limit: 10 })).rows.map(({ executionId }) => executionId);
    expect(await ids({ workflowId: "drawn", status: "failed" })).toEqual(["exec_0000000002"]);
    expect((await ids({ status: "failed" })).toSorted()).toEqual(["exec_0000000002", "exec_0000000003"]);
    expect((await ids({ workflowId: "drawn" })).toSorted()).toEqual(["exec_0000000002", EXECUTION]);
    expect(await ids({})).toHaveLength(3);
  });
});

describe("a batch of reads that is not finished", () => {
  it("is finished, and given up when it never is", async () => {
    const keysOf = ({ RequestItems = {} }: { RequestItems?: Record<string, { Keys: object[] }> }) => RequestItems["t"]?.Keys ?? [];
    let replies = 0;
    const reading = (rounds: number) =>
      fakeDocumentClient(async ({ input }) => {
        replies += 1;
        const [first, ...rest] = keysOf(input);
        const left = replies < rounds ? { UnprocessedKeys: { t: { Keys: rest } } } : { UnprocessedKeys: {} };
        return { Responses: { t: first === undefined ? [] : [{ ...first, ...taskRow({ task: "x", state: "queued" }) }] }, ...left };
      });
    const runtime = new MemoryRuntime(planOf([task("a")]));
    const refs = ["a", "b", "c"].map((name) => ({ tenant: TENANT, execution: EXECUTION, task: name }));
    const load = (rounds: number) => ((replies = 0), loadTasks({ ...runtime.executions, table: "t", db: reading(rounds) }, refs));
    expect((await load(3)).size).toBe(3);
    expect(replies).toBe(3);
    const never = fakeDocumentClient(async ({ input }) => ({ Responses: {}, UnprocessedKeys: { t: { Keys: keysOf(input) } } }));
    await expect(loadTasks({ ...runtime.executions, table: "t", db: never }, refs)).rejects.toThrow(StoreUnavailableError);
  });
});

describe("a child whose parent is over", () => {
  async function marked(child: object | undefined, before: (runtime: MemoryRuntime) => void = () => {}) {
    const runtime = await startedRuntime();
    if (child !== undefined) await runtime.submit({ executionId: CHILD, ...child });
    before(runtime);
    await markCancelled(runtime, { parent: runtime.head(), child: CHILD });
    return runtime.tables.rows.get(`T#${TENANT}#X#${CHILD} META`);
  }
  const pending = { id: "p", run: 1 };

  it("is cancelled on record, to be wound up by the sweep", async () => {
    expect(await marked({})).toMatchObject({ status: "cancelled", pending: { follow: "cancel" } });
  });

  it("is left alone when it is not there, is over, or undoes what it did", async () => {
    expect(await marked(undefined)).toBeUndefined();
    expect(await marked({ status: "completed" })).toMatchObject({ status: "completed" });
    expect(await marked({ pending: { ...pending, compensate: "cancelled" } })).toMatchObject({ status: "running" });
  });

  it("is to be tried again while another change of its course is under way", async () => {
    await expect(marked({ pending })).rejects.toThrow(StoreUnavailableError);
  });

  it("is cancelled as it is when it changes in that moment", async () => {
    const row = await marked({}, (runtime) => {
      meanwhile(runtime, { sk: "META" }, () => moveHeadElsewhere(runtime, { status: "paused" }, CHILD));
    });
    expect(row).toMatchObject({ status: "cancelled" });
  });

  it("is given up when it never stands still", async () => {
    let seen: { readonly writes: number } | undefined;
    const never = marked({}, (runtime) => {
      seen = meanwhile(runtime, { sk: "META", times: Infinity }, () => moveHeadElsewhere(runtime, {}, CHILD));
    });
    await expect(never).rejects.toThrow(StoreUnavailableError);
    expect(seen?.writes).toBe(8);
  });
});
