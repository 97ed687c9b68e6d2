import { describe, expect, it } from "vitest";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { ParkReason, TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const CONTROL = `/api/v1/executions/${EXECUTION}/control`;
const TASK = `/api/v1/executions/${EXECUTION}/tasks/a`;

async function apiWith(
  head: Partial<Execution> = {},
  record?: Partial<TaskRecord> & { readonly reason?: ParkReason },
): Promise<MemoryApi> {
  const api = new MemoryApi();
  const execution = await api.runtime.submit({ startedAt: "2026-11-21T10:00:00.000Z", ...head });
  if (record === undefined) return api;
  const row = taskRow({ task: "a", state: "parked", attempt: 0, token: "token-a", ...record });
  const { reason } = row;
  const at = "2026-11-21T10:00:01.000Z";
  const held =
    reason === undefined
      ? []
      : [parkedWrite(api.runtime.executions, { reason, message: api.runtime.message("a"), workflowId: "drawn", at })];
  await saveRow(api.runtime.executions, execution, { row, also: held });
  return api;
}

describe("POST …/control", () => {
  it("pauses, and says so again to the same request", async () => {
    const api = await apiWith();
    const first = await api.call("POST", CONTROL, { body: { action: "pause", reason: "lunch" } });
    expect(first).toMatchObject({
      statusCode: 200,
      json: {
        execution_id: EXECUTION,
        status: "paused",
        run: 1,
        checkpoint_id: "20261121T100000000Z-pause",
        checkpoint_timestamp: "2026-11-21T10:00:00.000Z",
      },
    });
    expect((await api.call("POST", CONTROL, { body: { action: "pause" } })).json).toEqual(first.json);
    expect(api.runtime.events().filter((type) => type === "workflow.controlled")).toHaveLength(1);
  });

  it("names the state and the legal moves when a move is not one of them", async () => {
    const api = await apiWith({ status: "completed" });
    const { statusCode, json } = await api.call("POST", CONTROL, { body: { action: "pause" } });
    expect({ statusCode, json }).toMatchObject({
      statusCode: 409,
      json: {
        type: "urn:a2a-orchestrator:problem:IllegalMove",
        detail: "cannot pause: the execution is completed; possible now: resume_from_checkpoint, rerun, skip",
        execution_status: "completed",
        legal_moves: ["resume_from_checkpoint", "rerun", "skip"],
      },
    });
  });

  it.each([
    { what: "an unknown action", body: { action: "explode" }, field: "body.action" },
    {
      what: "a parameter of another action",
      body: { action: "pause", parameters: { checkpoint_id: "x" } },
      field: "body.parameters",
    },
    { what: "a budget without a ceiling", body: { action: "raise_budget" }, field: "body.parameters" },
    {
      what: "an unknown priority",
      body: { action: "priority_boost", parameters: { priority: "urgent" } },
      field: "body.parameters.priority",
    },
  ])("refuses $what and names the field", async ({ body, field }) => {
    const { statusCode, json } = await (await apiWith()).call("POST", CONTROL, { body });
    expect(statusCode).toBe(400);
    expect(JSON.stringify(json["errors"])).toContain(field);
  });

  it.each(["workflow_submitter", "workflow_designer", "agent", ""])("is not for role '%s'", async (roles) => {
    const api = await apiWith();
    expect((await api.call("POST", CONTROL, { roles, body: { action: "pause" } })).statusCode).toBe(403);
    expect(api.runtime.head().status).toBe("running");
  });

  it("is for operators", async () => {
    expect(
      (await (await apiWith()).call("POST", CONTROL, { roles: "operator", body: { action: "cancel" } })).json,
    ).toMatchObject({ status: "cancelled" });
  });
});

describe("deciding", () => {
  it.each([
    { roles: "operator", approve: [], code: 200 },
    { roles: "workflow_submitter", approve: [], code: 403 },
    { roles: "finance", approve: ["finance", "audit"], code: 200 },
    { roles: "admin", approve: ["finance"], code: 403 },
  ])("with roles '$roles' about a task for $approve answers $code", async ({ roles, approve, code }) => {
    const api = await apiWith({}, { reason: "approval" });
    const [planTask] = api.runtime.view.plan.tasks;
    if (planTask !== undefined) Object.assign(planTask, { approval: { roles: approve } });
    expect((await api.call("POST", `${TASK}/approve`, { roles, body: {} })).statusCode).toBe(code);
    expect(api.runtime.record("a")?.state).toBe(code === 200 ? "queued" : "parked");
  });

  it("needs a token all the same", async () => {
    const api = await apiWith({}, { reason: "approval" });
    expect((await api.call("POST", `${TASK}/approve`, { authorizer: null, body: {} })).statusCode).toBe(401);
  });
});

describe("holds", () => {
  it("span all tenants for an administrator of the owning tenant only", async () => {
    const api = await apiWith();
    const hold = (roles: string, tenant = "acme") =>
      api.call("PUT", "/api/v1/holds", { roles, tenant, body: { scope: "global", reason: "fire" } });
    expect((await hold("operator")).statusCode).toBe(403);
    expect((await hold("admin", "other")).statusCode).toBe(403);
    expect((await hold("admin")).json).toMatchObject({ scope: "global", held_by: "ann", reason: "fire" });
    expect((await api.call("GET", "/api/v1/holds", { tenant: "other" })).json).toMatchObject({
      holds: [{ scope: "global" }],
    });
  });

  it.each([
    { body: { scope: "workflow" } },
    { body: { scope: "tenant", workflow_id: "billing" } },
    { body: { scope: "planet" } },
  ])("refuse $body", async ({ body }) => {
    expect((await (await apiWith()).call("PUT", "/api/v1/holds", { body })).statusCode).toBe(400);
  });

  it("let go on what they kept back, unless another one covers it", async () => {
    const api = await apiWith({}, { reason: "hold" });
    await api.call("PUT", "/api/v1/holds", { body: { scope: "tenant" } });
    await api.call("PUT", "/api/v1/holds", { body: { scope: "workflow", workflow_id: "drawn" } });
    const release = (query: Record<string, string>) => api.call("DELETE", "/api/v1/holds", { query });
    expect((await release({ scope: "tenant" })).json).toEqual({ was_held: true, released_tasks: 0 });
    expect((await release({ scope: "workflow", workflow_id: "drawn" })).json).toEqual({
      was_held: true,
      released_tasks: 1,
    });
    expect(api.runtime.tasks.map(({ message }) => message.task)).toEqual(["a"]);
    expect((await release({ scope: "tenant" })).json).toEqual({ was_held: false, released_tasks: 0 });
  });
});

describe("the inbox", () => {
  it.each([
    { record: { reason: "approval" as const }, kind: "approval", actions: ["approve", "reject", "skip"] },
    {
      record: { reason: "operator" as const, failure: { code: "AgentFailed", message: "no" } },
      kind: "operator",
      actions: ["retry", "skip"],
    },
    { record: { reason: "budget" as const }, kind: "budget", actions: ["raise_budget", "skip"] },
  ])("shows what waits: $kind", async ({ record, kind, actions }) => {
    const api = await apiWith({}, record);
    expect((await api.call("GET", "/api/v1/inbox")).json).toMatchObject({
      items: [
        {
          kind,
          execution_id: EXECUTION,
          workflow_id: "drawn",
          task_id: "a",
          waiting_since: "2026-11-21T10:00:01.000Z",
          actions,
        },
      ],
    });
    expect((await api.call("GET", "/api/v1/inbox", { tenant: "other" })).json).toEqual({ items: [] });
  });

  it.each([
    { what: "what is paused or held", head: {}, record: { reason: "paused" as const } },
    {
      what: "what belongs to an execution that is over",
      head: { status: "failed" as const },
      record: { reason: "approval" as const },
    },
  ])("does not show $what", async ({ head, record }) => {
    const api = await apiWith(head, record);
    expect((await api.call("GET", "/api/v1/inbox")).json).toEqual({ items: [] });
  });
});

describe("bulk", () => {
  const wish = { action: "cancel", filter: { workflow_id: "drawn" } };

  it("reports each execution, and what is not allowed does not keep it from the others", async () => {
    const api = await apiWith();
    await api.runtime.submit({ executionId: "exec_finished01", status: "completed" });
    const { json } = await api.call("POST", "/api/v1/executions/bulk", { body: wish });
    expect(json).toEqual({
      action: "cancel",
      dry_run: false,
      results: expect.arrayContaining([
        { execution_id: EXECUTION, outcome: "changed", status: "cancelled" },
        {
          execution_id: "exec_finished01",
          outcome: "illegal",
          status: "completed",
          detail: "possible now: resume_from_checkpoint, rerun, skip",
        },
      ]),
    });
  });

  it("does nothing when it only asks", async () => {
    const api = await apiWith();
    const { json } = await api.call("POST", "/api/v1/executions/bulk", { body: { ...wish, dry_run: true } });
    expect(json).toMatchObject({ results: [{ outcome: "changed", status: "running" }] });
    expect(api.runtime.head().status).toBe("running");
  });

  it.each([
    { what: "no filter at all", body: { action: "cancel", filter: {} } },
    { what: "an action for one only", body: { action: "rerun", filter: { workflow_id: "drawn" } } },
  ])("refuses $what", async ({ body }) => {
    expect((await (await apiWith()).call("POST", "/api/v1/executions/bulk", { body })).statusCode).toBe(400);
  });

  it("goes by the time of submission", async () => {
    const api = await apiWith();
    const filter = { submitted_before: "2026-11-21T10:00:00Z" };
    expect((await api.call("POST", "/api/v1/executions/bulk", { body: { ...wish, filter } })).json).toMatchObject({
      results: [],
    });
  });
});

describe("checkpoints", () => {
  it("are listed, newest first", async () => {
    const api = await apiWith();
    await api.call("POST", CONTROL, { body: { action: "checkpoint", reason: "before lunch" } });
    api.runtime.time += 1000;
    await api.call("POST", CONTROL, { body: { action: "checkpoint" } });
    const { json } = await api.call("GET", `/api/v1/executions/${EXECUTION}/checkpoints`);
    expect(json).toMatchObject({
      checkpoints: [
        { checkpoint_id: "20261121T100001000Z-manual", reason: "on demand", created_by: "ann" },
        { checkpoint_id: "20261121T100000000Z-manual", reason: "before lunch" },
      ],
    });
  });

  it.each(["nowhere", "after:a", "after:ghost", "at:noon"])(
    "cannot be gone back to when there is none: %s",
    async (id) => {
      const api = await apiWith({ status: "paused" }, { state: "running", attempt: 1 });
      const { statusCode } = await api.call("POST", CONTROL, {
        body: { action: "resume", parameters: { checkpoint_id: id } },
      });
      expect(statusCode).toBe(404);
      expect(api.runtime.head()).toMatchObject({ status: "paused", run: 1 });
    },
  );
});
