import { describe, expect, it } from "vitest";
import { type AuditedTask, compareReplay, inTimeOrder, replay } from "../../../../shared/execution/audit/replay.ts";
import type { StoredEvent } from "../../../../shared/execution/new-event.ts";
import type { ExecutionStatus } from "../../../../shared/execution/execution.ts";
import type { TaskRecord, TaskState } from "../../../../shared/execution/task/task-record.ts";
import { type RowFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const T = "2026-11-21T10:00:00.000Z";
const event = (type: string, facts: Record<string, unknown>, timestamp = T): StoredEvent => ({
  version: 1, event_id: `${type} ${JSON.stringify(facts)}`, tenant: "acme", workflow_id: "w", execution_id: "exec_1", trace_id: "t", timestamp, type, facts,
});
const ofTask = (type: string, facts: Record<string, unknown> = {}) => event(type, { task_id: "a", attempt: 1, ...facts });
const moved = (new_status: ExecutionStatus) => event("workflow.status_changed", { previous_status: "x", new_status });
const stateAfter = (...events: StoredEvent[]) => replay(events).tasks.get("a")?.state;

describe("a replay", () => {
  it.each(["no_capable_agent", "breaker_open", "no_capacity", "limit"])("takes a task whose message circles for queued: %s", (reason) => {
    expect(stateAfter(ofTask("task.parked", { reason }))).toBe("queued");
  });

  it.each(["inputs", "operator", "approval", "event", "paused", "hold", "budget"])("takes a task that waits for parked: %s", (reason) => {
    expect(stateAfter(ofTask("task.parked", { reason }))).toBe("parked");
  });

  it("takes back an attempt whose message was turned away, and nothing else that is older", () => {
    const [first, second] = [1, 2].map((attempt) => ofTask("agent.task_assigned", { attempt, agent_id: "one" }));
    const turnedAway = ofTask("task.parked", { attempt: 1, reason: "limit" });
    if (first === undefined || second === undefined) throw new Error("two attempts");
    expect(replay([first, second, turnedAway]).tasks.get("a")).toMatchObject({ state: "queued", attempt: 1 });
    const third = ofTask("agent.task_assigned", { attempt: 3 });
    expect(replay([first, third, turnedAway]).tasks.get("a")).toMatchObject({ state: "dispatched", attempt: 3 });
    expect(replay([first, second, ofTask("task.parked", { attempt: 1, reason: "operator" })]).tasks.get("a")).toMatchObject({ state: "dispatched", attempt: 2 });
  });

  const assigned = (attempt: number) => ofTask("agent.task_assigned", { attempt, agent_id: "one" });
  const done = (attempt: number) => ofTask("task.completed", { attempt, status: "success", agent_id: "one" });

  it("lets a later attempt begin after an end, and nothing else of the one that ended", () => {
    expect(stateAfter(assigned(1), done(1), assigned(2))).toBe("dispatched");
    expect(stateAfter(assigned(1), done(1), ofTask("agent.task_started", { attempt: 1 }))).toBe("completed");
  });

  it("does not end a later attempt by an earlier one's end, and ends one that was never seen", () => {
    expect(stateAfter(assigned(2), done(1))).toBe("dispatched");
    expect(stateAfter(done(1))).toBe("completed");
    expect(stateAfter(ofTask("task.completed", { status: "nonsense" }))).toBeUndefined();
  });

  it("knows in which order statuses follow each other in one moment", () => {
    const statuses: ExecutionStatus[] = ["queued", "submitted", "running", "paused", "completed", "failed", "cancelled"];
    const shuffled = [...statuses].toReversed().map(moved);
    expect(inTimeOrder(shuffled).map(({ facts }) => facts["new_status"])).toEqual(statuses);
  });
});

describe("a comparison of rows with their replay", () => {
  const row = (state: TaskState, more: RowFields = {}): TaskRecord => taskRow({ task: "a", state, ...more });
  const differing = (record: AuditedTask, task: object) =>
    compareReplay({ status: "running", run: 1, tasks: new Map([["a", { state: record.state, attempt: 1, ...task }]]) }, [record], { status: "running", run: 1 }).map(({ field }) => field);

  it.each(["dispatched", "running", "input_required", "completed", "failed"] as const)("asks for the agent of a task that is %s", (state) => {
    expect(differing(row(state, { agentId: "one" }), { agentId: "two" })).toContain("agent");
  });

  it.each(["queued", "parked", "skipped", "cancelled"] as const)("does not ask for the agent of a task that is %s", (state) => {
    expect(differing(row(state, { agentId: "one" }), { agentId: "two" })).not.toContain("agent");
  });

  it("asks for the failure of what failed, and for the time of every end", () => {
    expect(differing(row("failed", { failure: { code: "A", message: "" }, settledAt: T }), { failureCode: "B" })).toEqual(["failure", "settled_at"]);
    expect(differing(row("skipped", { failure: { code: "A", message: "" }, settledAt: T }), {})).toEqual(["settled_at"]);
    const tampered = { task: "a", state: "running", attempt: 1, failure: { code: "A" }, settledAt: T } as const;
    expect(differing(tampered, {})).toEqual([]);
  });
});
