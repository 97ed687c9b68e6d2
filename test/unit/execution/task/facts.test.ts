import { describe, expect, it } from "vitest";
import * as attempt from "../../../../shared/execution/task/attempt-transitions.ts";
import * as steering from "../../../../shared/execution/task/steering-transitions.ts";
import { type TaskIn, type TaskState } from "../../../../shared/execution/task/task-record.ts";
import { isAtWork } from "../../../../shared/execution/task/task-rules.ts";
import { pendingTask, type TaskTransition } from "../../../../shared/execution/task/transition.ts";
import * as waiting from "../../../../shared/execution/task/waiting-transitions.ts";
import { type RowFields, taskRow } from "../../../fixtures/runtime/task-rows.ts";

const AT = "2026-11-21T10:00:30.000Z";
const LATER = "2026-11-21T10:01:00.000Z";
const BOUND = { run: 1, token: "token", at: AT };
const failure = { code: "AgentFailed", message: "no" };
const small = { json: "1" };
const large = { key: "a/1/output", bytes: 9, sha256: "0" };

function row<State extends TaskState>(states: readonly State[], more: RowFields & { readonly state: State }): TaskIn<State> {
  const made = taskRow({ task: "a", ...more });
  if (!isIn(states, made)) throw new Error(`it is ${made.state}`);
  return made;
}
const isIn = <State extends TaskState>(states: readonly State[], made: ReturnType<typeof taskRow>): made is TaskIn<State> => states.some((state) => state === made.state);

const queued = (more: RowFields = {}) => row(["queued", "parked"], { ...more, state: "queued" });
const parked = (more: RowFields = {}) => row(["parked"], { ...more, state: "parked" });
const dispatched = (more: RowFields = {}) => row(["dispatched"], { ...more, state: "dispatched" });
/** With an agent for half a minute, or with nobody where `more` says so. */
function working(more: RowFields = {}): attempt.InHands {
  const made = taskRow({ task: "a", state: "running", agentId: "one", agentTaskId: "remote", ...more });
  if (!isAtWork(made)) throw new Error("it is not at work");
  return made;
}
const nobody = { agentId: undefined, agentTaskId: undefined };
const factsOf = ({ events }: TaskTransition): readonly unknown[] => events.map(({ facts }) => facts);
const about = { task_id: "a", attempt: 1 };

describe("what the end of an attempt tells", () => {
  const end = { ...about, agent_id: "one", duration_seconds: 30 };

  it("of a result: its size, where it lies when it is large, and what it took, where that is known", () => {
    expect(factsOf(attempt.completed(working(), { output: small, at: AT }))).toEqual([{ ...end, status: "success", result: { bytes: 1 } }]);
    const full = attempt.completed(working(), { output: large, at: AT, skill: "work", usage: { cost: 2 } });
    expect(factsOf(full)).toEqual([{ ...end, skill: "work", status: "success", result: { bytes: 9, key: "a/1/output" }, usage: { cost: 2 } }]);
  });

  it("names no agent where there was none", () => {
    const [facts] = factsOf(attempt.failed(working(nobody), { failure, at: AT }));
    expect(facts).toEqual({ ...about, duration_seconds: 30, status: "failed", error: failure });
  });

  it("of a failure that another attempt follows: when, and who is out of question", () => {
    const next = attempt.retryScheduled(working({ triedAgents: ["two"] }), { failure, at: AT, notBefore: LATER });
    expect(factsOf(next)).toEqual([{ ...end, error: failure, delay_seconds: 30 }]);
    expect(next.row).toMatchObject({ triedAgents: ["two", "one"], notBefore: LATER, wait: { reason: "retry", until: LATER } });
    expect(attempt.retryScheduled(working(nobody), { failure, at: AT, notBefore: LATER }).row.triedAgents).toEqual([]);
  });

  it("takes the failure of a former attempt off what completed, and keeps it on what is cancelled", () => {
    expect(attempt.completed(working({ failure }), { output: small, at: AT }).row.failure).toBeUndefined();
    expect(steering.cancelled(working({ failure }), AT).row.failure).toEqual(failure);
  });
});

describe("what an agent's news tells", () => {
  const started = (before: attempt.InHands, agentTaskId: string) => attempt.started(before, { heard: { agentTaskId }, at: AT, deadlineAt: LATER });
  const fact = { ...about, agent_id: "one", agent_task_id: "remote" };

  it("is the start once for each of its tasks, and again after a question", () => {
    expect(factsOf(started(working(), "remote"))).toEqual([]);
    expect(factsOf(started(dispatched({ agentId: "one" }), "remote"))).toEqual([fact]);
    expect(factsOf(started(working(), "other"))).toEqual([{ ...fact, agent_task_id: "other" }]);
    expect(factsOf(started(working({ state: "input_required", contextId: "c", messageId: "m", pushSecretHash: "h" }), "remote"))).toEqual([fact]);
  });

  it("leaves a deadline that runs, and sets one where the clock stood", () => {
    expect(started(dispatched({ deadlineAt: AT }), "remote").row.deadlineAt).toBe(AT);
    expect(started(working(), "remote").row.deadlineAt).toBe(LATER);
  });

  it("is refused of an instance or a child, which no agent has", () => {
    expect(() => started(working(nobody), "remote")).toThrow("not with an agent");
    expect(() => attempt.inputRequired(working(nobody), { heard: { agentTaskId: "remote" }, question: small, questionId: "q", at: AT })).toThrow("not with an agent");
  });
});

describe("what a wait tells", () => {
  const waitFor = (before: attempt.Waiting, more: Partial<waiting.Parking> = {}) => waiting.parked(before, { ...BOUND, ...more });

  it("is for what, until when and why, where that is known", () => {
    expect(factsOf(waitFor(queued(), { input: "b" }))).toEqual([{ ...about, reason: "inputs", waiting_for: "b" }]);
    expect(factsOf(waitFor(queued(), { reason: "event", waitUntil: LATER }))).toEqual([{ ...about, reason: "event", until: LATER }]);
    expect(factsOf(waitFor(queued({ failure }), { reason: "operator" }))).toEqual([{ ...about, reason: "operator" }]);
    expect(factsOf(waitFor(queued(), { reason: "operator", failure }))).toEqual([{ ...about, reason: "operator", error: failure }]);
  });

  it("is nothing where it only goes on, and something for a task without a row", () => {
    expect(factsOf(waitFor(parked({ reason: "hold" }), { reason: "hold" }))).toEqual([]);
    expect(factsOf(waitFor(parked({ reason: "hold" }), { reason: "paused" }))).toHaveLength(1);
    expect(factsOf(waitFor(pendingTask("a", BOUND), {}))).toHaveLength(1);
    const awaited = (before: attempt.Waiting) => factsOf(waiting.agentAwaited(before, { ...BOUND, reason: "no_capacity", until: LATER }));
    expect(awaited(queued({ wait: { reason: "no_capacity", until: AT } }))).toEqual([]);
    expect(awaited(queued({ wait: { reason: "breaker_open", until: AT } }))).toEqual([{ ...about, reason: "no_capacity", until: LATER }]);
    expect(awaited(queued())).toHaveLength(1);
  });

  it("remembers since when and why, until something newer is said", () => {
    expect(waitFor(queued({ waitSince: AT, failure }), { reason: "event" }).row).toMatchObject({ waitSince: AT, failure });
    expect(waitFor(queued({ waitSince: AT }), { reason: "event", waitSince: LATER }).row.waitSince).toBe(LATER);
  });

  it.each([{ reason: "fine by me" }, {}])("ends with who decided or retried, and why: %o", (why) => {
    expect(factsOf(waiting.decided(parked(), { verdict: "approved", by: "ann", at: AT, ...why }))).toEqual([{ ...about, verdict: "approved", decided_by: "ann", ...why }]);
    const said = why.reason === undefined ? "retried by ann" : "retried by ann: fine by me";
    expect(factsOf(waiting.retried(parked(), { by: "ann", at: AT, ...why }))).toEqual([{ ...about, reason: said }]);
  });
});

describe("what an end without an agent tells", () => {
  const concluded = (end: waiting.Conclusion) => factsOf(waiting.concluded(queued(), { ...BOUND, end }));
  const none = { ...about, duration_seconds: 0 };

  it("is how, with a result or an error where there is one, and what it puts on the bus", () => {
    expect(concluded({ state: "skipped" })).toEqual([{ ...none, status: "skipped" }]);
    expect(concluded({ state: "failed", failure })).toEqual([{ ...none, status: "failed", error: failure }]);
    expect(concluded({ state: "completed", output: small })).toEqual([{ ...none, status: "success", result: { bytes: 1 } }]);
    expect(concluded({ state: "completed", output: small, emitted: { detailType: "paid", detail: { n: 1 } } })).toEqual([
      { ...about, detail_type: "paid", detail: { n: 1 } },
      { ...none, status: "success", result: { bytes: 1 } },
    ]);
  });
});

describe("what steering tells", () => {
  it.each([{ reason: "by hand" }, {}])("of a skip: the end, and who did it and why: %o", (why) => {
    const steerer = { by: "ann", action: "skip of 'a'", run: 1, ...why };
    expect(factsOf(steering.skipped(working(), { output: undefined, at: AT, steerer }))).toEqual([
      { ...about, status: "skipped", duration_seconds: 0 },
      { action: "skip of 'a'", requested_by: "ann", run: 1, ...why },
    ]);
  });

  it("of a cancel: who was at work and for how long, where somebody was", () => {
    expect(factsOf(steering.cancelled(working(), AT))).toEqual([{ ...about, agent_id: "one", status: "cancelled", duration_seconds: 30 }]);
    expect(factsOf(steering.cancelled(queued(), AT))).toEqual([{ ...about, status: "cancelled", duration_seconds: 0 }]);
  });

  const child = "exec_child000001";
  it.each([
    { what: "an agent that has the task", more: {}, recall: { agents: [{ agentId: "one", agentTaskId: "remote" }] } },
    { what: "an agent that is not known to have it", more: { agentTaskId: undefined }, recall: undefined },
    { what: "a child", more: { ...nobody, child }, recall: { agents: [], child } },
    { what: "both", more: { child }, recall: { agents: [{ agentId: "one", agentTaskId: "remote" }], child } },
  ])("takes down whom to tell: $what", ({ more, recall }) => {
    expect(steering.cancelled(working(more), AT).row.recall).toEqual(recall);
    expect(steering.reset(working(more), { run: 2, at: AT, reason: "rerun", decision: undefined, input: undefined }).row.recall).toEqual(recall);
  });

  it("keeps whom an earlier end left to be told, until they are", () => {
    const recall = { agents: [{ agentId: "one", agentTaskId: "old" }] };
    const before = taskRow({ task: "a", state: "cancelled", agentId: "two", agentTaskId: "remote", recall });
    expect(steering.dropped(before, { run: 2, at: AT }).row.recall).toEqual(recall);
    expect(steering.calledOff(before).row.recall).toBeUndefined();
  });

  it("of a task that goes on in a newer run: that, and its child", () => {
    const before = { ...row(["failed", "cancelled"], { state: "failed", child, failure }), child };
    const { row: after, events } = steering.revived(before, { run: 2, at: AT, reason: "redrive" });
    expect(events.map(({ facts }) => facts)).toEqual([
      { ...about, run: 2, reason: "redrive" },
      { ...about, child_execution_id: child },
    ]);
    expect(after).toMatchObject({ state: "running", run: 2, dispatchedAt: AT, child });
    expect(after.failure).toBeUndefined();
  });
});
