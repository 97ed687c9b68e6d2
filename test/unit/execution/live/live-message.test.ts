import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { StoredEvent } from "../../../../shared/execution/new-event.ts";
import { liveMessages } from "../../../../shared/execution/live/live-message.ts";

const AT = "2026-11-21T10:00:00.000Z";
const at = (type: string, facts: Record<string, unknown>): StoredEvent => ({
  version: 1,
  event_id: "e1",
  type,
  tenant: "acme",
  workflow_id: "w",
  execution_id: "exec_0123456789",
  trace_id: "t",
  timestamp: AT,
  facts,
});
const TASK = { task_id: "a", attempt: 1 };
const HEAD = { execution_id: "exec_0123456789", timestamp: AT };
const HOOK = { hook_id: "h", hook_name: "notify", trigger: "post_task", run_id: "r" };
const ERROR = { code: "AgentFailed", message: "no data" };

describe("what is told over a WebSocket", () => {
  it.each([
    { event: at("workflow.status_changed", { previous_status: "running", new_status: "paused" }), told: [["workflow.status_changed", { ...HEAD, previous_status: "running", new_status: "paused" }]] },
    { event: at("agent.task_assigned", { ...TASK, agent_id: "x", dependencies: ["b"], estimated_duration_seconds: 1 }), told: [["agent.task_assigned", { ...HEAD, agent_id: "x", task_id: "a", dependencies: ["b"] }]] },
    { event: at("agent.task_started", { ...TASK, agent_id: "x", agent_task_id: "t" }), told: [["task.progress_update", { ...HEAD, task_id: "a", agent_id: "x", progress: 0 }]] },
    { event: at("task.completed", { ...TASK, agent_id: "x", status: "success", result: { bytes: 7 }, duration_seconds: 2 }), told: [["task.completed", { ...HEAD, task_id: "a", agent_id: "x", status: "success", result: { bytes: 7 }, duration_seconds: 2 }]] },
    {
      event: at("task.completed", { ...TASK, status: "failed", error: ERROR, duration_seconds: 2 }),
      told: [
        ["task.completed", { ...HEAD, task_id: "a", status: "failed", result: {}, duration_seconds: 2 }],
        ["error.occurred", { ...HEAD, task_id: "a", error_type: "AgentFailed", error_message: "no data" }],
      ],
    },
    { event: at("task.retry_scheduled", { ...TASK, agent_id: "x", error: ERROR, delay_seconds: 1 }), told: [["error.occurred", { ...HEAD, task_id: "a", agent_id: "x", error_type: "AgentFailed", error_message: "no data" }]] },
    { event: at("workflow.checkpointed", { checkpoint_id: "c", reason: "pause", settled_tasks: 1 }), told: [["checkpoint.created", { execution_id: "exec_0123456789", checkpoint_id: "c", checkpoint_timestamp: AT }]] },
    {
      event: at("hook.executed", { ...HOOK, status: "failed", attempt: 2, duration_ms: 40, error: ERROR }),
      told: [["hook.executed", { ...HEAD, hook_id: "h", hook_name: "notify", trigger: "post_task", status: "failed", duration_ms: 40 }]],
    },
    { event: at("task.parked", { ...TASK, reason: "inputs" }), told: [] },
    { event: at("task.completed", { of: "another form" }), told: [] },
  ])("of $event.type", ({ event, told }) => {
    const messages = liveMessages(event, 4);
    expect(messages.map(({ type, data }) => [type, JSON.parse(JSON.stringify(data))])).toEqual(told);
    for (const { id, sequence, timestamp } of messages) expect({ id, sequence, timestamp }).toEqual({ id: "e1", sequence: 4, timestamp: AT });
  });

  it("has every field that the specification lists for its type", () => {
    const text = readFileSync(path.resolve(import.meta.dirname, "../../../fixtures/specification/live-messages.md"), "utf8");
    const listed = new Map([...text.matchAll(/^ {2}\d\. ([\w.]+).*\n((?: {5}- .*\n)+)/gm)].map(([, type = "", fields = ""]) => [type, [...fields.matchAll(/- (\w+):/g)].map(([, name]) => name)]));
    expect([...listed.keys()]).toHaveLength(7);
    const facts = { ...TASK, agent_id: "x", agent_task_id: "t", dependencies: [], estimated_duration_seconds: 1, previous_status: "a", new_status: "b", status: "failed", error: ERROR, result: { bytes: 1 }, duration_seconds: 1, delay_seconds: 1, checkpoint_id: "c", reason: "r", settled_tasks: 0 };
    const executed = liveMessages(at("hook.executed", { ...HOOK, status: "completed", attempt: 1, duration_ms: 1 }));
    const told = ["workflow.status_changed", "agent.task_assigned", "agent.task_started", "task.completed", "workflow.checkpointed"]
      .flatMap((type) => liveMessages(at(type, facts)))
      .concat(executed);
    for (const { type, data } of told) expect(Object.keys(data), type).toEqual(expect.arrayContaining(listed.get(type) ?? ["?"]));
    expect(new Set(told.map(({ type }) => type)).size).toBe(7);
  });
});
