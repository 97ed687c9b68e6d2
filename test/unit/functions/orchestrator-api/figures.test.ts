import { describe, expect, it } from "vitest";
import { continuing, dispatchTask } from "../../../../shared/execution/dispatch/dispatch-task.ts";
import { InboxItem, viewInboxItem } from "../../../../shared/execution/views/inbox.ts";
import { describeDefinition } from "../../../../shared/workflow/plan/stored-definition.ts";
import { viewWorkflow } from "../../../../shared/workflow/views/workflows.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, MemoryRuntime, planOf, START, task, TENANT } from "../../../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = `/api/v1/executions/${EXECUTION}`;
const path = "/api/v1/workflows/drawn/execute";
const headers = { "Idempotency-Key": "k" };

describe("the reply to a submission", () => {
  it("estimates an end that lies ahead, and neither costs nor agents that nobody stated or reserved", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const { json } = await api.call("POST", path, { body: {}, headers });
    expect(json["estimated_completion"]).toEqual(expect.any(String));
    expect(json).not.toHaveProperty("resource_allocation");
    const priced = new MemoryApi();
    await priced.deploy({ estimatedCost: 0.45 });
    const stated = await priced.call("POST", path, { body: {}, headers });
    expect(stated.json["resource_allocation"]).toEqual({ estimated_cost: "$0.45" });
  });

  it.each(["failed", "completed", "cancelled"] as const)("to the key of a run that %s has no estimate of its end", async (status) => {
    const api = new MemoryApi();
    await api.deploy();
    const first = await api.call("POST", path, { body: {}, headers });
    const head = [...api.runtime.tables.rows.values()].find(({ sk }) => sk === "META");
    Object.assign(head ?? {}, { status, startedAt: new Date(START).toISOString(), completedAt: new Date(START).toISOString() });
    const again = await api.call("POST", path, { body: {}, headers });
    expect(again.json).toMatchObject({ execution_id: first.json["execution_id"], status });
    expect(again.json).not.toHaveProperty("estimated_completion");
  });

  it("leads to a record that has on whose behalf it was submitted, besides who did", async () => {
    const api = new MemoryApi();
    await api.deploy();
    const execution_context = { user_id: "user_12345", organization_id: "org_67890" };
    const { json } = await api.call("POST", path, { body: { execution_context }, headers });
    const record = await api.call("GET", `/api/v1/executions/${String(json["execution_id"])}`);
    expect(record.json["execution_metadata"]).toMatchObject({ submitted_by: "ann", ...execution_context });
    const plain = await api.call("POST", path, { body: {}, headers: { "Idempotency-Key": "other" } });
    const other = await api.call("GET", `/api/v1/executions/${String(plain.json["execution_id"])}`);
    expect(other.json["execution_metadata"]).toMatchObject({ organization_id: TENANT });
    expect(other.json["execution_metadata"]).not.toHaveProperty("user_id");
  });
});

describe("a finished execution", () => {
  it("has its tasks by state as its rows have them, however far behind the counters are", async () => {
    const api = new MemoryApi();
    const { runtime } = api;
    const times = { startedAt: new Date(START).toISOString(), completedAt: new Date(START).toISOString() };
    const execution = await runtime.submit({ status: "completed", ...times });
    await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "completed" }) });
    runtime.tables.rows.set("counters", { ...runtime.progressKey, count_dispatched: 1 });
    expect((await api.call("GET", at)).json).toMatchObject({ status: "completed", tasks_by_state: { completed: 1 } });
  });
});

describe("a task", () => {
  it("was queued before it was dispatched, however it was started", async () => {
    const runtime = new MemoryRuntime(planOf([task("a"), task("b", ["a"]), task("each", ["a"], { for_each: { items: "[1, 2]" } })]));
    let time = START;
    Object.assign(runtime, { now: () => new Date((time += 1)) });
    await runtime.submit({ runner: "graph" });
    const { run, ...message } = runtime.message("a");
    await dispatchTask(continuing(runtime, Infinity), { ...message, run: { ...run, runner: "graph" } });
    for (const { message: next } of runtime.tasks.splice(0)) await dispatchTask(continuing(runtime, Infinity), next);
    const rows = ["a", "b", "each", "each[0]", "each[1]"].map((id) => runtime.record(id));
    for (const row of rows) {
      expect(row?.queuedAt).toEqual(expect.any(String));
      expect(Date.parse(row?.queuedAt ?? "")).toBeLessThanOrEqual(Date.parse(row?.dispatchedAt ?? ""));
    }
  });

  it("that waits says so, alone and in the inbox", async () => {
    const api = new MemoryApi();
    const execution = await api.runtime.submit();
    const until = new Date(START + 60_000).toISOString();
    const row = taskRow({ task: "a", state: "parked", reason: "operator", waitUntil: until });
    await saveRow(api.runtime.executions, execution, { row });
    const waiting = { reason: "operator", until };
    expect((await api.call("GET", `${at}/tasks/a`)).json).toMatchObject({ waiting });
    expect((await api.call("GET", `${at}/tasks`)).json).toMatchObject({ tasks: [{ waiting }] });
    const item = viewInboxItem({ kind: "operator", since: until, record: row, execution, task: undefined });
    expect(InboxItem.parse(item)).toMatchObject({ kind: "operator", waiting });
  });
});

describe("what a definition is estimated to take", () => {
  const origin = { tenant: TENANT, machineArn: "arn", createdAt: new Date(START).toISOString(), createdBy: "ann" };
  const resources = (tasks: readonly object[], more: object = {}) =>
    viewWorkflow(describeDefinition(planOf(tasks, more), origin)).estimated_resources;
  const many = Array.from({ length: 50 }, (_, index) => task(`t${index}`));

  it("is as many agents as are at work at once, and what roles state", () => {
    expect(resources(many)).toEqual({ agents_required: 50, estimated_duration_seconds: 30 });
    const agents = { worker: { type: "worker", capabilities: ["work"], count: 3, resources: { cpu: "2", memory: "4GB" } } };
    expect(resources([task("a")], { agents })).toMatchObject({ agents_required: 3, cpu_cores: 6, memory_gb: 12 });
  });

  it("is no number of agents where only the run tells", () => {
    expect(resources([task("a", [], { for_each: { items: "input.files" } })])).not.toHaveProperty("agents_required");
    expect(resources([task("a", [], { scatter: { agents: 3 } })])).not.toHaveProperty("agents_required");
  });
});
