import { describe, expect, it } from "vitest";
import { parkedWrite } from "../../../../shared/execution/store/parking-lot.ts";
import { ParkReason } from "../../../../shared/execution/task/task-record.ts";
import { InboxKind, InboxPage } from "../../../../shared/execution/views/inbox.ts";
import { MemoryApi } from "../../../fixtures/runtime/memory-api.ts";
import { EXECUTION, START } from "../../../fixtures/runtime/memory-runtime.ts";
import { type RowFields, saveRow, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const since = new Date(START).toISOString();
const asking = (more: object = {}): RowFields => ({ state: "input_required", attempt: 1, agentId: "agent-one", ...more });

/** The row of a task that waits for a person, by what it waits for. */
const ROWS: Readonly<Record<InboxKind, RowFields>> = {
  approval: { state: "parked", attempt: 0, reason: "approval" },
  operator: { state: "parked", attempt: 3, reason: "operator", failure: { code: "AgentFailed", message: "no" } },
  budget: { state: "parked", attempt: 0, reason: "budget" },
  input: asking(),
  auth: asking({ asksFor: "auth" }),
  unknown_state: asking({ asksFor: "unknown" }),
};

/** How each thing that can be done about a task is asked for. */
const REQUESTS = {
  approve: { path: "tasks/a/approve", body: {} },
  reject: { path: "tasks/a/reject", body: {} },
  input: { path: "tasks/a/input", body: { input: "here" } },
  retry: { path: "tasks/a/retry", body: {} },
  skip: { path: "tasks/a/skip", body: {} },
} as const;

async function apiWith(kind: InboxKind): Promise<MemoryApi> {
  const api = new MemoryApi();
  await api.register("agent-one");
  const row = taskRow({ task: "a", state: "parked", token: "token-a", ...ROWS[kind] });
  const execution = await api.runtime.submit({ startedAt: since, budgetRoot: EXECUTION });
  const reason = ParkReason.safeParse(row.reason).data;
  const { executions } = api.runtime;
  const also = reason === undefined ? [] : [parkedWrite(executions, { reason, message: api.runtime.message("a"), workflowId: "drawn", at: since })];
  await saveRow(executions, execution, { row, also });
  return api;
}

describe.each(InboxKind.options)("a task in the inbox that waits for: %s", (kind) => {
  const offered = async (api: MemoryApi): Promise<readonly string[]> => {
    const { items } = InboxPage.parse((await api.call("GET", "/api/v1/inbox")).json);
    expect(items).toMatchObject([{ kind, task_id: "a" }]);
    return items.flatMap(({ actions }) => actions);
  };

  it("says which agent asks what, where it is with an agent", async () => {
    const { items } = InboxPage.parse((await (await apiWith(kind)).call("GET", "/api/v1/inbox")).json);
    const isAsked = ROWS[kind].state === "input_required";
    expect(items.map((item) => ["agent_id", "question"].map((name) => name in item))).toEqual([[isAsked, isAsked]]);
  });

  it.each(Object.entries(REQUESTS))("offers to %s exactly when that is done when it is asked for", async (action, { path, body }) => {
    const api = await apiWith(kind);
    const isOffered = (await offered(api)).includes(action);
    const { statusCode } = await api.call("POST", `/api/v1/executions/${EXECUTION}/${path}`, { body });
    expect({ action, isDone: statusCode < 300 }).toEqual({ action, isDone: isOffered });
  });

  it("offers to raise the budget exactly when that has the task go on", async () => {
    const api = await apiWith(kind);
    const isOffered = (await offered(api)).includes("raise_budget");
    const body = { action: "raise_budget", parameters: { max_agent_calls: 9 } };
    expect((await api.call("POST", `/api/v1/executions/${EXECUTION}/control`, { body })).statusCode).toBe(200);
    expect(api.runtime.tasks.map(({ message }) => message.task)).toEqual(isOffered ? ["a"] : []);
  });
});
