import { describe, expect, it } from "vitest";
import type { WireArtifact } from "../../../shared/endpoint/wire/replies.ts";
import { newsBetween, stateOf, statusOf, type TaskPicture, viewTask } from "../../../shared/endpoint/task-view.ts";
import type { Wait } from "../../../shared/endpoint/waits.ts";
import { Execution } from "../../../shared/execution/execution.ts";

const AT = "2026-11-28T10:00:00.000Z";
const head = (more: object): Execution =>
  Execution.parse({
    tenant: "acme",
    executionId: "exec_00000000",
    workflowId: "drawn",
    workflowVersion: "2.0",
    pattern: "supervisor",
    plan: "a".repeat(64),
    machineArn: "",
    runner: "graph",
    executionTimeoutSeconds: 60,
    run: 1,
    move: 1,
    priority: "medium",
    taskCount: 4,
    estimatedSeconds: 1,
    input: { json: "{}" },
    submittedAt: AT,
    submittedBy: "ann",
    traceId: "trace",
    startedAt: AT,
    deadlineAt: AT,
    pausedAt: AT,
    completedAt: "2026-11-28T10:00:09.000Z",
    queued: { key: "k", shard: 0 },
    ...more,
  });

const wait: Wait = { execution: "exec_00000000", task: "ask", kind: "input", since: AT, parts: [{ text: "which?" }] };
const picture = (status: string, more: Partial<TaskPicture> = {}, failure?: object): TaskPicture => ({
  execution: head({ status, ...(failure === undefined ? {} : { failure }) }),
  records: [],
  waits: [],
  artifacts: [],
  history: [],
  ...more,
});
const artifact = (artifactId: string): WireArtifact => ({ artifactId, parts: [{ text: artifactId }] });

describe("stateOf", () => {
  it.each([
    { status: "submitted", state: "TASK_STATE_SUBMITTED" },
    { status: "queued", state: "TASK_STATE_SUBMITTED" },
    { status: "running", state: "TASK_STATE_WORKING" },
    { status: "paused", state: "TASK_STATE_WORKING" },
    { status: "completed", state: "TASK_STATE_COMPLETED" },
    { status: "failed", state: "TASK_STATE_FAILED" },
    { status: "cancelled", state: "TASK_STATE_CANCELED" },
  ])("calls $status $state", ({ status, state }) => {
    expect(stateOf(head({ status }), [])).toBe(state);
  });

  it("asks for input only while there is somebody to give it", () => {
    expect(stateOf(head({ status: "running" }), [wait])).toBe("TASK_STATE_INPUT_REQUIRED");
    expect(stateOf(head({ status: "failed" }), [wait])).toBe("TASK_STATE_FAILED");
  });

  it("calls a run rejected that failed because an agent turned its task down", () => {
    expect(stateOf(head({ status: "failed", failure: { code: "AgentRejected", message: "no" } }), [])).toBe(
      "TASK_STATE_REJECTED",
    );
  });
});

describe("statusOf", () => {
  it("says what is asked, what failed, or how far it has come", () => {
    expect(statusOf(picture("running", { waits: [wait] })).message?.parts).toEqual([{ text: "which?" }]);
    expect(statusOf(picture("failed", {}, { code: "X", message: "it broke", task: "b" })).message?.parts).toEqual([
      { text: "b: it broke" },
    ]);
    expect(statusOf(picture("running")).message?.parts).toEqual([{ text: "0 of 4 tasks are done." }]);
    expect(statusOf(picture("completed")).message).toBeUndefined();
    expect(statusOf(picture("queued")).message?.parts).toEqual([{ text: "Waiting for a free place." }]);
    const hooked = head({ status: "queued", awaiting: { hooks: ["h"], until: AT } });
    expect(statusOf({ ...picture("queued"), execution: hooked }).message?.parts).toEqual([{ text: "Waiting for the hooks before it." }]);
  });

  it("bears the time of the end", () => {
    expect(statusOf(picture("completed")).timestamp).toBe("2026-11-28T10:00:09.000Z");
    expect(statusOf(picture("running")).timestamp).toBe(AT);
  });
});

describe("viewTask", () => {
  const history = ["1", "2", "3"].map((messageId) => ({
    messageId,
    role: "ROLE_USER" as const,
    parts: [{ text: messageId }],
  }));

  it("is a context of its own unless it was given one", () => {
    expect(viewTask(picture("running")).contextId).toBe("exec_00000000");
    expect(
      viewTask({ ...picture("running"), execution: head({ status: "running", contextId: "ctx" }) }).contextId,
    ).toBe("ctx");
  });

  it("shows as much history as is asked for, and leaves none out as empty", () => {
    expect(
      viewTask(picture("running", { history }), { historyLength: 2 }).history?.map(({ messageId }) => messageId),
    ).toEqual(["2", "3"]);
    expect(viewTask(picture("running", { history }), { historyLength: 0 })).not.toHaveProperty("history");
    expect(viewTask(picture("running", { history })).history).toHaveLength(3);
    expect(viewTask(picture("running"), { artifacts: false })).not.toHaveProperty("artifacts");
  });

  it("names the workflow, and what waits", () => {
    expect(viewTask(picture("running", { waits: [wait] })).metadata).toEqual({
      skill: "drawn@2.0",
      waiting: [{ task: "ask", kind: "input", since: AT }],
    });
  });
});

describe("newsBetween", () => {
  it("tells new artifacts before the status, each once, and nothing when nothing is new", () => {
    const before = picture("running", { artifacts: [artifact("a")] });
    const after = picture("completed", { artifacts: [artifact("a"), artifact("b")] });
    expect(newsBetween(before, after)).toMatchObject([
      { artifactUpdate: { taskId: "exec_00000000", artifact: { artifactId: "b" }, lastChunk: true } },
      { statusUpdate: { taskId: "exec_00000000", status: { state: "TASK_STATE_COMPLETED" } } },
    ]);
    expect(newsBetween(after, after)).toEqual([]);
  });

  it("tells of a second question although the state is the same", () => {
    const other = { ...wait, parts: [{ text: "and which size?" }] };
    expect(newsBetween(picture("running", { waits: [wait] }), picture("running", { waits: [other] }))).toHaveLength(1);
  });
});
