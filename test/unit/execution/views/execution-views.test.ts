import { describe, expect, it } from "vitest";
import type { Hold } from "../../../../shared/execution/control.ts";
import type { StoredEvent } from "../../../../shared/execution/new-event.ts";
import { viewAudit, viewReplay } from "../../../../shared/execution/views/audit.ts";
import { viewBulkEntry } from "../../../../shared/execution/views/bulk.ts";
import { viewDecision, viewPaused } from "../../../../shared/execution/views/control.ts";
import { viewLogLine } from "../../../../shared/execution/views/events.ts";
import { viewExecution, viewExecutionDetails } from "../../../../shared/execution/views/executions.ts";
import { viewHold } from "../../../../shared/execution/views/holds.ts";
import { viewSubmission } from "../../../../shared/execution/views/submissions.ts";
import { describeDefinition } from "../../../../shared/workflow/plan/stored-definition.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, planOf, task } from "../../../fixtures/runtime/memory-runtime.ts";

const AT = "2026-11-21T10:00:00.000Z";
const LATER = "2026-11-21T10:01:00.000Z";
const failure = { code: "AgentFailed", message: "no" };
const head = (more: object = {}) => headRow({ executionId: EXECUTION, status: "running", ...more });

describe("an execution as the API prints it", () => {
  it("has null and the tenant for what a submission did not say", () => {
    expect(viewExecution(headRow({ executionId: EXECUTION, status: "submitted" }))).toEqual({
      execution_id: EXECUTION,
      workflow_id: "drawn",
      workflow_version: "1.0",
      status: "submitted",
      execution_metadata: {
        submitted_at: AT,
        started_at: null,
        completed_at: null,
        submitted_by: "ann",
        organization_id: "acme",
        priority: "medium",
        trace_id: "t",
      },
      task_count: 1,
      run: 1,
    });
  });

  it("says on whose behalf it was submitted, when it ran and why it failed", () => {
    const view = viewExecution(head({ status: "failed", completedAt: LATER, userId: "bob", organizationId: "shop", failure: { ...failure, task: "a" } }));
    expect(view).toMatchObject({
      execution_metadata: { started_at: AT, completed_at: LATER, user_id: "bob", organization_id: "shop" },
      error_details: { ...failure, task: "a" },
    });
  });

  it("has its place in the queue while it waits", () => {
    const queue = { position: 3, estimated_wait_seconds: 60, estimated_wait_time_minutes: 1 };
    expect(viewExecutionDetails(head(), { byState: { queued: 1 }, queue })).toMatchObject({ queue_status: queue, tasks_by_state: { queued: 1 } });
    expect(viewExecutionDetails(head(), { byState: {}, queue: undefined })).not.toHaveProperty("queue_status");
  });

  it("has the checkpoint that pausing took, when it took one", () => {
    const paused = head({ status: "paused", pausedAt: LATER });
    expect(viewPaused(paused, "pause-1")).toMatchObject({ checkpoint_id: "pause-1", checkpoint_timestamp: LATER });
    expect(viewPaused(paused, undefined)).not.toHaveProperty("checkpoint_id");
    expect(viewPaused(paused, undefined)).not.toHaveProperty("checkpoint_timestamp");
  });
});

describe("a submission as the API prints it", () => {
  const definition = { ...describeDefinition(planOf([task("a")]), { tenant: "acme", createdBy: "ann", createdAt: AT, machineArn: "" }), estimatedCost: 0 };

  const PLAIN = { queue: undefined, socketUrl: "wss://live.test/dev" };

  it("says where it can be listened to", () => {
    expect(viewSubmission(head(), definition, PLAIN).monitoring.websocket_url).toMatch(/^wss:\/\/live\.test\/dev\?execution_id=exec_/);
  });

  it("expects an end of what is under way, and none of what a repeat finds finished", () => {
    expect(viewSubmission(head({ estimatedSeconds: 60 }), definition, PLAIN)).toMatchObject({ estimated_completion: LATER });
    expect(viewSubmission(head({ status: "completed" }), definition, PLAIN)).not.toHaveProperty("estimated_completion");
  });

  it("names costs and a place in the queue where there are any", () => {
    const bare = viewSubmission(head(), definition, PLAIN);
    expect(bare).not.toHaveProperty("resource_allocation");
    expect(bare).not.toHaveProperty("queue_status");
    const queue = { position: 1, estimated_wait_seconds: 1, estimated_wait_time_minutes: 1 };
    expect(viewSubmission(head(), { ...definition, estimatedCost: 1.5 }, { ...PLAIN, queue })).toMatchObject({
      resource_allocation: { estimated_cost: "$1.50" },
      queue_status: queue,
    });
  });
});

describe("who decided, held back or was kept back, and why, as the API prints it", () => {
  it.each([{ reason: "fine by me" }, {}])("a decision: %o", (why) => {
    const decision = { verdict: "approved" as const, by: "ann", at: AT, ...why };
    expect(viewDecision({ execution: EXECUTION, task: "a" }, decision)).toEqual({
      execution_id: EXECUTION,
      task_id: "a",
      verdict: "approved",
      decided_by: "ann",
      decided_at: AT,
      ...why,
    });
  });

  const HOLD: Hold = { scope: "workflow", tenant: "acme", workflow: "drawn", by: "ann", reason: "month end", at: AT };
  it("a hold over a workflow, and one over everything without a reason", () => {
    expect(viewHold(HOLD)).toEqual({ scope: "workflow", workflow_id: "drawn", held_by: "ann", reason: "month end", held_since: AT });
    expect(viewHold({ scope: "global", by: "ann", at: AT })).toEqual({ scope: "global", held_by: "ann", held_since: AT });
  });

  it("one execution of many, with a detail where there is one", () => {
    const result = { executionId: EXECUTION, outcome: "done", status: "paused" } as const;
    expect(viewBulkEntry(result)).toEqual({ execution_id: EXECUTION, outcome: "unchanged", status: "paused" });
    expect(viewBulkEntry({ ...result, outcome: "failed", detail: "gone" })).toMatchObject({ outcome: "failed", detail: "gone" });
  });
});

describe("a history as the API prints it", () => {
  const event = (facts: Record<string, unknown>): StoredEvent => ({
    version: 1, event_id: "e", tenant: "acme", workflow_id: "w", execution_id: EXECUTION, trace_id: "t", timestamp: AT, type: "task.completed", facts,
  });

  it("warns in a line of a log where something failed, and names the task where there is one", () => {
    expect(Object.keys(viewLogLine(event({ task_id: "a" })).fields)).not.toContain("event_type");
    expect(viewLogLine(event({ task_id: "a" }))).toMatchObject({ level: "INFO", task_id: "a", message: "task.completed" });
    expect(viewLogLine(event({ error: failure }))).toMatchObject({ level: "WARN", task_id: null });
    expect(viewLogLine(event({ task_id: 7 }))).toMatchObject({ task_id: null });
  });

  const chain = { length: 2, hash: "h", unchained: 0 };
  it("is verified without a defect, and consistent without a difference", () => {
    const sound = viewAudit(EXECUTION, { chain, events: 2, differences: [] });
    expect(sound).toMatchObject({ verified: true, replay: { consistent: true, difference_count: 0 } });
    expect(sound).not.toHaveProperty("first_defect");
    const defect = { kind: "event_missing", index: 1 } as const;
    const differences = [{ field: "status", replayed: undefined, stored: "running" }, { task: "a", field: "attempt", replayed: 1, stored: undefined }];
    expect(viewAudit(EXECUTION, { chain: { ...chain, defect }, events: 2, differences })).toMatchObject({
      verified: false,
      first_defect: defect,
      replay: {
        consistent: false,
        difference_count: 2,
        differences: [
          { task_id: null, field: "status", replayed: null, stored: "running" },
          { task_id: "a", field: "attempt", replayed: 1, stored: null },
        ],
      },
    });
  });

  it("has null for what a replay does not know", () => {
    expect(viewReplay(EXECUTION, AT, { run: 1, tasks: new Map([["a", { state: "queued", attempt: 0 }]]) })).toEqual({
      execution_id: EXECUTION,
      at: AT,
      status: null,
      run: 1,
      tasks: [{ task_id: "a", status: "queued", attempt: 0, agent_id: null, error_code: null, settled_at: null }],
    });
  });
});
