import { describe, expect, it } from "vitest";
import { InboxKind, viewInboxItem } from "../../../../shared/execution/views/inbox.ts";
import { viewOutput } from "../../../../shared/execution/views/payloads.ts";
import { viewDelta, viewSnapshot } from "../../../../shared/execution/views/stream.ts";
import { viewTask, viewTaskDetails } from "../../../../shared/execution/views/tasks.ts";
import { viewWaiting, waitsByTask } from "../../../../shared/execution/views/waiting.ts";
import { viewPlan } from "../../../../shared/execution/store/plan-store.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";
import { EXECUTION, planOf } from "../../../fixtures/runtime/memory-runtime.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

const AT = "2026-11-21T10:00:00.000Z";
const LATER = "2026-11-21T10:01:00.000Z";
const failure = { code: "AgentFailed", message: "no" };
const head = (more: object = {}) => headRow({ executionId: EXECUTION, status: "running", ...more });

describe("a task as the API prints it", () => {
  it("has null for what is not known of it, and no more", () => {
    expect(viewTask(taskRow({ task: "a", state: "queued", attempt: 0 }))).toEqual({
      task_id: "a",
      status: "queued",
      attempt: 0,
      agent_id: null,
      agent_task_id: null,
      queued_at: null,
      dispatched_at: null,
      deadline_at: null,
      settled_at: null,
      tried_agents: [],
      run: 1,
    });
  });

  it("says who works on it since when, why it failed before, and which execution runs as it", () => {
    const work = { agentId: "one", agentTaskId: "remote", deadlineAt: LATER, queuedAt: AT, triedAgents: ["two"], child: "exec_child000001", failure };
    expect(viewTask(taskRow({ task: "a", state: "running", ...work }))).toEqual({
      task_id: "a",
      status: "running",
      attempt: 1,
      agent_id: "one",
      agent_task_id: "remote",
      queued_at: AT,
      dispatched_at: AT,
      deadline_at: LATER,
      settled_at: null,
      tried_agents: ["two"],
      run: 1,
      child_execution_id: "exec_child000001",
      error: failure,
    });
  });

  it("says what it is parked for", () => {
    const parked = viewTask(taskRow({ task: "a", state: "parked", reason: "approval", waitUntil: LATER }));
    expect(parked).toMatchObject({ waits_for: "approval", waiting: { reason: "approval", until: LATER } });
    expect(viewTask(taskRow({ task: "a", state: "parked" }))).not.toHaveProperty("waits_for");
  });

  it("has its payloads as they are, or as links when they are large", () => {
    const row = taskRow({ task: "a", state: "completed" });
    const link = { url: "https://bucket.test/x", bytes: 7, sha256: "0" };
    expect(viewTaskDetails(row, {})).toMatchObject({ output: null });
    expect(viewTaskDetails(row, {})).not.toHaveProperty("question");
    expect(viewTaskDetails(row, { question: { value: "which?" } })).toMatchObject({ question: "which?" });
    expect(viewTaskDetails(row, { question: link })).toMatchObject({ question_url: link.url, question_bytes: 7, question_sha256: "0" });
    expect(viewOutput({ value: 1 })).toEqual({ output: 1 });
    expect(viewOutput(link)).toEqual({ output_url: link.url, output_bytes: 7, output_sha256: "0" });
  });
});

describe("what a task waits for", () => {
  const wait = { reason: "no_capacity", until: LATER } as const;
  it.each([
    { what: "an agent", row: { state: "queued", wait }, waiting: wait },
    { what: "its next attempt", row: { state: "queued", notBefore: LATER }, waiting: { reason: "retry", until: LATER } },
    { what: "its message", row: { state: "queued" }, waiting: undefined },
    { what: "its inputs", row: { state: "parked" }, waiting: { reason: "inputs" } },
    { what: "a decision", row: { state: "parked", reason: "approval" }, waiting: { reason: "approval" } },
    { what: "an event, for a while", row: { state: "parked", reason: "event", waitUntil: LATER }, waiting: { reason: "event", until: LATER } },
    { what: "nothing, at work", row: { state: "running" }, waiting: undefined },
    { what: "nothing, at its end", row: { state: "completed" }, waiting: undefined },
  ] as const)("is $what", ({ row, waiting }) => {
    expect(viewWaiting(taskRow({ task: "a", ...row }))).toEqual(waiting);
  });

  it("is, for a list, what its first instance waits for, and its own where it waits itself", () => {
    const operator = taskRow({ task: "each[1]", state: "parked", reason: "operator" });
    const first = taskRow({ task: "each[0]", state: "queued", wait });
    const waits = waitsByTask([taskRow({ task: "each", state: "running" }), first, operator]);
    expect(Object.fromEntries(waits)).toEqual({ each: wait, "each[0]": wait, "each[1]": { reason: "operator" } });
    const paused = waitsByTask([taskRow({ task: "each", state: "parked", reason: "paused" }), first]);
    expect(paused.get("each")).toEqual({ reason: "paused" });
  });
});

describe("tasks in columns, as a stream sends them", () => {
  const execution = head({ submittedAt: AT });

  it("name each place of a row once, and have what stands there", () => {
    const wait = { reason: "no_capacity", until: LATER } as const;
    const queued = taskRow({ task: "a", state: "queued", attempt: 0, queuedAt: AT, wait });
    const done = taskRow({ task: "b", state: "completed", attempt: 2, agentId: "one", queuedAt: AT, dispatchedAt: LATER, settledAt: "2026-11-21T10:02:00.000Z" });
    const { columns, tasks, ...rest } = viewSnapshot(execution, [queued, done]);
    expect(rest).toEqual({ execution_id: EXECUTION, status: "running", submitted_at: AT });
    expect(tasks.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]])))).toEqual([
      { task_id: "a", status: "queued", waiting: "no_capacity", queued: 0, dispatched: null, settled: null, attempt: 0, agent_id: null },
      { task_id: "b", status: "completed", waiting: null, queued: 0, dispatched: 60_000, settled: 120_000, attempt: 2, agent_id: "one" },
    ]);
    expect(tasks.every((row) => row.length === columns.length)).toBe(true);
    expect(viewDelta(execution, [done])).toEqual({ status: "running", tasks: [tasks[1]] });
  });
});

describe("what waits for a person, as the API prints it", () => {
  const GATE = viewPlan(planOf([{ id: "pay", description: "the bill", approval: { prompt: "pay?", roles: ["finance"] } }])).tasks.get("pay");
  const item = (kind: InboxKind, row: object = {}, more: { question?: unknown; gone?: boolean; compensation?: object } = {}) =>
    viewInboxItem({
      kind,
      since: AT,
      record: taskRow({ task: "pay", state: "parked", ...row }),
      execution: head(more.compensation === undefined ? {} : { compensation: more.compensation }),
      task: more.gone === true ? undefined : GATE,
      ...("question" in more ? { question: more.question } : {}),
    });

  it("says of an approval what is asked, of whom, and until when", () => {
    expect(item("approval", { reason: "approval", waitUntil: LATER })).toEqual({
      kind: "approval",
      execution_id: EXECUTION,
      workflow_id: "drawn",
      task_id: "pay",
      description: "the bill",
      waiting_since: AT,
      wait_until: LATER,
      waiting: { reason: "approval", until: LATER },
      prompt: "pay?",
      roles: ["finance"],
      is_compensation: false,
      actions: ["approve", "reject", "skip"],
    });
  });

  it("knows no more than its row of a task that the plan has no more", () => {
    expect(item("approval", {}, { gone: true })).toMatchObject({ description: null, prompt: null, roles: [] });
    expect(item("approval", {}, { gone: true })).not.toHaveProperty("wait_until");
  });

  it("says of a question which agent asks what, where it is known", () => {
    const asking = { state: "input_required", agentId: "one" };
    expect(item("input", asking, { question: "which?" })).toMatchObject({ agent_id: "one", question: "which?", actions: ["input", "skip"] });
    expect(item("input", asking)).not.toHaveProperty("question");
    expect(item("input", asking)).not.toHaveProperty("waiting");
    expect(item("input", asking)).not.toHaveProperty("prompt");
  });

  it("says of a failure why, and whether an undoing waits", () => {
    const compensation = { plan: "0".repeat(64), machineArn: "arn", status: "running", endsAs: "failed" };
    const stuck = item("operator", { reason: "operator", failure }, { compensation });
    expect(stuck).toMatchObject({ error: failure, is_compensation: true, actions: ["retry", "skip"] });
    for (const name of ["agent_id", "question", "prompt", "roles"]) expect(stuck).not.toHaveProperty(name);
    expect(item("budget", {}, { compensation: { ...compensation, status: "completed" } })).toMatchObject({ is_compensation: false, actions: ["raise_budget", "skip"] });
    expect(item("budget")).not.toHaveProperty("error");
  });
});
