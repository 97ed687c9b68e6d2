import { describe, expect, it } from "vitest";
import * as z from "zod";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, START, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { saveSubmission } from "../../../../shared/execution/store/execution-store.ts";
import { parkedKey, parkedPartition } from "../../../../shared/execution/store/keys.ts";

const Found = z.object({
  executions: z.array(z.looseObject({ execution_id: z.string() })),
  searched: z.int(),
  next_cursor: z.string().optional(),
});
const Parked = z.object({ tasks: z.array(z.looseObject({ execution_id: z.string(), task_id: z.string() })), next_cursor: z.string().optional() });

const minute = (index: number): string => new Date(START + index * 60_000).toISOString();

/** Twelve executions, a minute apart: every third failed, every second by bob. */
async function withExecutions(): Promise<MemoryApi> {
  const api = new MemoryApi();
  for (let index = 0; index < 12; index += 1) {
    const isFailed = index % 3 === 0;
    const head = headRow({
      tenant: TENANT,
      executionId: `exec_${String(index).padStart(10, "0")}`,
      plan: api.runtime.view.plan.planHash,
      status: isFailed ? "failed" : "completed",
      submittedAt: minute(index),
      startedAt: minute(index),
      completedAt: minute(index + 1),
      submittedBy: index % 2 === 0 ? "ann" : "bob",
      priority: index === 5 ? "critical" : "medium",
      traceId: `trace_${index}`,
      ...(isFailed ? { failure: { code: index === 3 ? "TaskTimedOut" : "AgentFailed", message: "the Pump is broken", task: "a" } } : {}),
    });
    await saveSubmission(api.runtime.executions, head);
  }
  return api;
}

async function search(api: MemoryApi, query: Record<string, string>) {
  const found = Found.parse((await api.call("GET", "/api/v1/executions", { query })).json);
  return { ...found, numbers: found.executions.map(({ execution_id: id }) => Number(id.slice(5))) };
}

describe("searching executions", () => {
  it.each([
    { query: {}, numbers: [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] },
    { query: { status: "failed" }, numbers: [9, 6, 3, 0] },
    { query: { status: "failed,completed", submitted_by: "bob" }, numbers: [11, 9, 7, 5, 3, 1] },
    { query: { priority: "critical" }, numbers: [5] },
    { query: { error_code: "TaskTimedOut" }, numbers: [3] },
    { query: { q: "pump" }, numbers: [9, 6, 3, 0] },
    { query: { q: "TRACE_7" }, numbers: [7] },
    { query: { q: "0000000004" }, numbers: [4] },
    { query: { submitted_after: minute(4), submitted_before: minute(6) }, numbers: [6, 5, 4] },
    { query: { submitted_after: "2026-11-21T11:09:00+01:00" }, numbers: [11, 10, 9] },
    { query: { status: "failed", submitted_before: minute(5) }, numbers: [3, 0] },
    { query: { q: "nothing is called so" }, numbers: [] },
  ])("finds $numbers for $query", async ({ query, numbers }) => {
    const found = await search(await withExecutions(), query);
    expect(found.numbers).toEqual(numbers);
    expect(found.next_cursor).toBeUndefined();
  });

  it("goes on behind the last one of a page, also in the middle of what was read", async () => {
    const api = await withExecutions();
    const query = { submitted_by: "ann", limit: "2" };
    const pages: number[][] = [];
    let cursor: string | undefined;
    do {
      const page = await search(api, cursor === undefined ? query : { ...query, cursor });
      pages.push(page.numbers);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(pages.flat()).toEqual([10, 8, 6, 4, 2, 0]);
    expect(pages.every((page) => page.length <= 2)).toBe(true);
  });

  it("says how many it looked at", async () => {
    const api = await withExecutions();
    expect(await search(api, { submitted_by: "ann", limit: "2" })).toMatchObject({ searched: 4 });
    expect(await search(api, { q: "nothing is called so" })).toMatchObject({ searched: 12 });
  });

  it.each([{ status: "running,lost" }, { priority: "urgent" }, { submitted_after: "yesterday" }, { q: "" }, { colour: "red" }])(
    "refuses %o",
    async (query) => {
      expect((await new MemoryApi().call("GET", "/api/v1/executions", { query })).statusCode).toBe(400);
    },
  );
});

describe("an execution's graph", () => {
  it("is the plan's tasks and what they depend on, under the plan's hash", async () => {
    const api = new MemoryApi();
    await api.runtime.submit();
    const { json, headers } = await api.call("GET", `/api/v1/executions/${EXECUTION}/graph`);
    const { planHash } = api.runtime.view.plan;
    expect(headers).toMatchObject({ etag: `"${planHash}"` });
    expect(json).toMatchObject({ execution_id: EXECUTION, plan_hash: planHash, critical_path: ["a"] });
    expect(json["tasks"]).toEqual([
      expect.objectContaining({ task_id: "a", kind: "agent", depends_on: [], on_failure: "fail", has_instances: false }),
    ]);
  });

  it("goes with what the definition says of each task", async () => {
    const api = new MemoryApi();
    await api.runtime.submit();
    const { json } = await api.call("GET", `/api/v1/executions/${EXECUTION}/tasks/a/definition`);
    expect(json).toMatchObject({ task_id: "a", kind: "agent", on_failure: "fail" });
    expect((await api.call("GET", `/api/v1/executions/${EXECUTION}/tasks/ghost/definition`)).statusCode).toBe(404);
  });

  it("goes with what lies ahead, without tasks, and with how it can be steered", async () => {
    const api = new MemoryApi();
    await api.runtime.submit();
    const outlook = await api.call("GET", `/api/v1/executions/${EXECUTION}/outlook`);
    expect(outlook.json).toMatchObject({ status: "running", progress: { completed_stages: 0, total_stages: 1, percentage: 0 } });
    expect(outlook.json).not.toHaveProperty("stage_details");
    const details = await api.call("GET", `/api/v1/executions/${EXECUTION}`);
    expect(details.json["legal_moves"]).toEqual(["pause", "cancel", "priority_boost", "modify", "rerun", "skip", "raise_budget", "checkpoint"]);
  });
});

describe("who asks", () => {
  it("hears what its token allows", async () => {
    const api = new MemoryApi();
    const { json } = await api.call("GET", "/api/v1/me", { roles: "operator workflow_submitter stranger" });
    expect(json).toMatchObject({ tenant: TENANT, subject: "ann", roles: ["operator", "workflow_submitter", "stranger"], is_deployment_admin: false });
    expect(json["permissions"]).toEqual(expect.arrayContaining(["workflow:*", "execution:*", "event:publish", "workflow:submit"]));
    expect(json["permissions"]).not.toContain("*");
    expect((await api.call("GET", "/api/v1/me", { roles: "admin" })).json).toMatchObject({ is_deployment_admin: true, permissions: ["*"] });
    expect((await api.call("GET", "/api/v1/me", { roles: "admin", tenant: "other" })).json).toMatchObject({ is_deployment_admin: false });
  });
});

describe("the parking lot", () => {
  async function parked(): Promise<MemoryApi> {
    const api = new MemoryApi();
    const rows = [
      ["acme", "exec_0000000001", "first", "hold"],
      ["evil", "exec_0000000002", "theirs", "hold"],
      ["acme", "exec_0000000003", "second", "hold"],
      ["evil", "exec_0000000002", "theirs-too", "hold"],
      ["acme", "exec_0000000003", "waits", "event"],
    ] as const;
    rows.forEach(([tenant, execution, task, reason], index) => {
      const key = parkedKey({ tenant, execution, task });
      const row = { ...key, byParked: parkedPartition(tenant, reason), parkedAt: minute(index), workflowId: "w" };
      api.runtime.tables.rows.set(`${key.pk} ${key.sk}`, row);
    });
    return api;
  }

  it("lists what waits for one reason, and what events are waited for when none is named", async () => {
    const api = await parked();
    const { tasks } = Parked.parse((await api.call("GET", "/api/v1/parked", { query: { reason: "hold" } })).json);
    expect(tasks.map(({ task_id: task }) => task)).toEqual(["first", "second"]);
    const events = Parked.parse((await api.call("GET", "/api/v1/parked")).json);
    expect(events.tasks).toMatchObject([{ execution_id: "exec_0000000003", task_id: "waits", workflow_id: "w", reason: "event" }]);
  });

  it("pages over what other tenants have in between, and shows nothing of them, not even in a cursor", async () => {
    const api = await parked();
    const first = Parked.parse((await api.call("GET", "/api/v1/parked", { query: { reason: "hold", limit: "1" } })).json);
    expect(first.tasks.map(({ task_id: task }) => task)).toEqual(["first"]);
    expect(Buffer.from(first.next_cursor ?? "", "base64url").toString()).not.toContain("evil");
    const query = { reason: "hold", limit: "1", cursor: first.next_cursor ?? "" };
    const second = Parked.parse((await api.call("GET", "/api/v1/parked", { query })).json);
    expect(second.tasks.map(({ task_id: task }) => task)).toEqual(["second"]);
    expect((await api.call("GET", "/api/v1/parked", { query, tenant: "evil" })).statusCode).toBe(400);
  });
});
