import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareReplay, inTimeOrder, replay, type Replayed } from "../../../../shared/execution/audit/replay.ts";
import type { StoredEvent } from "../../../../shared/execution/new-event.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

const second = (seconds: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + seconds * 1000).toISOString();

const event = (type: string, at: number, facts: Record<string, unknown>): StoredEvent => ({
  version: 1,
  event_id: `${type}@${at}`,
  tenant: "acme",
  workflow_id: "w",
  execution_id: "exec_1",
  trace_id: "t",
  timestamp: second(at),
  type,
  facts,
});
const task = (type: string, at: number, facts: Record<string, unknown> = {}) => event(type, at, { task_id: "a", attempt: 1, ...facts });
const assigned = (at: number, attempt = 1, agent_id = "a1") => task("agent.task_assigned", at, { attempt, agent_id });
const ended = (at: number, facts: Record<string, unknown> = {}) => task("task.completed", at, { status: "success", agent_id: "a1", ...facts });
const moved = (new_status: string, at: number) => event("workflow.status_changed", at, { previous_status: "x", new_status });

const taskOf = ({ tasks }: Replayed, name = "a") => Object.fromEntries(Object.entries(tasks.get(name) ?? {}).filter(([, value]) => value !== undefined));

describe("replay", () => {
  it.each<{ after: string; events: StoredEvent[]; is: object }>([
    { after: "assignment", events: [assigned(1)], is: { state: "dispatched", attempt: 1, agentId: "a1" } },
    { after: "the agent's start", events: [assigned(1), task("agent.task_started", 2, { agent_id: "a1" })], is: { state: "running", attempt: 1, agentId: "a1" } },
    { after: "a question", events: [assigned(1), task("task.input_required", 2)], is: { state: "input_required", attempt: 1, agentId: "a1" } },
    { after: "an answer", events: [assigned(1), task("task.input_required", 2), task("task.input_provided", 3)], is: { state: "running", attempt: 1, agentId: "a1" } },
    { after: "success", events: [assigned(1), ended(2)], is: { state: "completed", attempt: 1, agentId: "a1", settledAt: second(2) } },
    {
      after: "a failure",
      events: [assigned(1), ended(2, { status: "failed", error: { code: "AgentFailed", message: "" } })],
      is: { state: "failed", attempt: 1, agentId: "a1", failureCode: "AgentFailed", settledAt: second(2) },
    },
    {
      after: "a retry",
      events: [assigned(1), task("task.retry_scheduled", 2, { agent_id: "a1", error: { code: "Timeout", message: "" } })],
      is: { state: "queued", attempt: 1, failureCode: "Timeout" },
    },
    {
      after: "a second attempt that worked",
      events: [assigned(1), task("task.retry_scheduled", 2, { error: { code: "Timeout", message: "" } }), assigned(3, 2, "a2"), ended(4, { attempt: 2, agent_id: "a2" })],
      is: { state: "completed", attempt: 2, agentId: "a2", settledAt: second(4) },
    },
    { after: "parking for inputs", events: [task("task.parked", 1, { attempt: 0, reason: "inputs" })], is: { state: "parked", attempt: 0 } },
    { after: "a look that found no agent", events: [task("task.parked", 1, { attempt: 0, reason: "no_capable_agent" })], is: { state: "queued", attempt: 0 } },
    {
      after: "its event",
      events: [task("task.parked", 1, { attempt: 0, reason: "event" }), task("task.event_received", 2, { attempt: 0 })],
      is: { state: "queued", attempt: 0 },
    },
    { after: "a skip", events: [task("task.completed", 1, { attempt: 0, status: "skipped" })], is: { state: "skipped", attempt: 0, settledAt: second(1) } },
    { after: "expansion", events: [task("task.expanded", 1, { count: 3 })], is: { state: "running", attempt: 1 } },
    { after: "a child's start", events: [task("task.child_started", 1)], is: { state: "running", attempt: 1 } },
    { after: "a reset", events: [assigned(1), ended(2), task("task.reset", 3, { run: 2 })], is: { state: "queued", attempt: 1 } },
    {
      after: "a rerun",
      events: [assigned(1), ended(2), task("task.reset", 3, { run: 2 }), assigned(4, 2)],
      is: { state: "dispatched", attempt: 2, agentId: "a1" },
    },
    { after: "cancellation", events: [assigned(1), ended(2, { status: "cancelled" })], is: { state: "cancelled", attempt: 1, agentId: "a1", settledAt: second(2) } },
    { after: "late news of a settled attempt", events: [assigned(1), ended(2), task("agent.task_started", 3)], is: { state: "completed", attempt: 1, agentId: "a1", settledAt: second(2) } },
    { after: "late news of an earlier attempt", events: [assigned(1), assigned(3, 2, "a2"), task("agent.task_started", 4)], is: { state: "dispatched", attempt: 2, agentId: "a2" } },
    { after: "events nobody knows", events: [assigned(1), task("task.dreamt", 2), task("task.completed", 3, { status: "vanished" })], is: { state: "dispatched", attempt: 1, agentId: "a1" } },
    { after: "facts of another shape", events: [assigned(1), task("task.completed", 2, { attempt: "one" })], is: { state: "dispatched", attempt: 1, agentId: "a1" } },
  ])("knows a task after $after", ({ events, is }) => {
    expect(taskOf(replay(events))).toEqual(is);
  });

  it("knows status and run of the execution", () => {
    const events = [moved("submitted", 0), moved("running", 1), moved("failed", 2), event("workflow.controlled", 3, { action: "redrive", run: 2 }), moved("running", 4)];
    expect(replay(events)).toMatchObject({ status: "running", run: 2 });
    expect(replay([])).toEqual({ status: undefined, run: 1, tasks: new Map() });
  });

  it("stops at a moment, that moment included", () => {
    const events = [moved("submitted", 0), moved("running", 1), assigned(2), ended(5), moved("completed", 6)];
    const at = (seconds: number) => {
      const { status, tasks } = replay(events, { until: second(seconds) });
      return [status, tasks.get("a")?.state];
    };
    expect([-1, 0, 1, 2, 4, 5, 9].map(at)).toEqual([
      [undefined, undefined],
      ["submitted", undefined],
      ["running", undefined],
      ["running", "dispatched"],
      ["running", "dispatched"],
      ["running", "completed"],
      ["completed", "completed"],
    ]);
    expect(replay(events, { until: "2026-11-21T11:00:02+01:00" }).tasks.get("a")?.state).toBe("dispatched");
  });

  it("rebuilds every prefix of a task's life from events of one moment, in whatever order they are stored", () => {
    const life = [
      task("task.parked", 0, { attempt: 0, reason: "inputs" }),
      assigned(0),
      task("agent.task_started", 0, { agent_id: "a1" }),
      task("task.input_required", 0),
      task("task.input_provided", 0),
      task("task.retry_scheduled", 0, { error: { code: "Timeout", message: "" } }),
      assigned(0, 2, "a2"),
      task("agent.task_started", 0, { attempt: 2, agent_id: "a2" }),
      ended(0, { attempt: 2, agent_id: "a2" }),
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: life.length }), fc.infiniteStream(fc.nat()), (length, draws) => {
        const lived = life.slice(0, length);
        const shuffled = lived
          .map((happened) => ({ happened, place: draws.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ happened }) => happened);
        expect(replay(inTimeOrder(shuffled))).toEqual(replay(lived));
      }),
    );
  });
});

describe("inTimeOrder", () => {
  it("puts what is told of one moment into the order of cause and effect", () => {
    const events = [ended(1), moved("completed", 1), assigned(1), moved("running", 1), moved("submitted", 1), moved("queued", 1), task("task.parked", 0, { attempt: 0, reason: "inputs" })];
    const told = inTimeOrder(events).map(({ type, facts }) => [type, facts["new_status"]].join(" ").trim());
    expect(told).toEqual([
      "task.parked",
      "workflow.status_changed queued",
      "workflow.status_changed submitted",
      "workflow.status_changed running",
      "workflow.status_changed completed",
      "agent.task_assigned",
      "task.completed",
    ]);
  });
});

describe("compareReplay", () => {
  const record = (more: Partial<TaskRecord> = {}): TaskRecord => taskRow({ task: "a", state: "completed", agentId: "a1", settledAt: second(2), ...more });
  const replayed = replay([moved("completed", 9), assigned(1), ended(2)]);
  const head = { status: "completed", run: 1 } as const;

  it("finds rows and events of one mind", () => {
    expect(compareReplay(replayed, [record()], head)).toEqual([]);
  });

  it.each<{ what: string; records: TaskRecord[]; found: object[] }>([
    { what: "another state", records: [record({ state: "failed", failure: { code: "X", message: "" } })], found: [{ task: "a", field: "state", replayed: "completed", stored: "failed" }, { task: "a", field: "failure", replayed: undefined, stored: "X" }] },
    { what: "another attempt", records: [record({ attempt: 2 })], found: [{ task: "a", field: "attempt", replayed: 1, stored: 2 }] },
    { what: "another agent", records: [record({ agentId: "a9" })], found: [{ task: "a", field: "agent", replayed: "a1", stored: "a9" }] },
    { what: "another time", records: [record({ settledAt: second(3) })], found: [{ task: "a", field: "settled_at", replayed: second(2), stored: second(3) }] },
    { what: "a row that is gone", records: [], found: [{ task: "a", field: "state", replayed: "completed", stored: undefined }, { task: "a", field: "attempt", replayed: 1, stored: undefined }] },
  ])("names $what", ({ records, found }) => {
    expect(compareReplay(replayed, records, head)).toEqual(found);
  });

  it("names a row without events, and another status or run", () => {
    expect(compareReplay(replay([]), [record({ state: "queued", attempt: 0 })], { status: "running", run: 2 })).toEqual([
      { field: "status", replayed: undefined, stored: "running" },
      { field: "run", replayed: 1, stored: 2 },
      { task: "a", field: "state", replayed: undefined, stored: "queued" },
      { task: "a", field: "attempt", replayed: undefined, stored: 0 },
    ]);
  });
});
