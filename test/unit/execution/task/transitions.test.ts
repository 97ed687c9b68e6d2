import { array, assert, nat, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { IllegalTransitionError } from "../../../../shared/execution/illegal-transition.ts";
import { AuditedTask, compareReplay, replay } from "../../../../shared/execution/audit/replay.ts";
import type { NewEvent } from "../../../../shared/execution/new-event.ts";
import { EXECUTION_EVENTS } from "../../../../shared/execution/execution-events.ts";
import { StoredEvent } from "../../../../shared/execution/new-event.ts";
import * as attempt from "../../../../shared/execution/task/attempt-transitions.ts";
import { PENDING, type Standing, TASK_EDGES, type TaskEdge } from "../../../../shared/execution/task/edges.ts";
import * as steering from "../../../../shared/execution/task/steering-transitions.ts";
import { type TaskIn, TaskRecord, type TaskState, TaskState as States } from "../../../../shared/execution/task/task-record.ts";
import { pendingTask, standingOf, type TaskTransition } from "../../../../shared/execution/task/transition.ts";
import * as waiting from "../../../../shared/execution/task/waiting-transitions.ts";
import { taskRow } from "../../../fixtures/runtime/task-rows.ts";

const at = (second: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + second * 1000).toISOString();
const CHILD = "exec_0123456789";
const output = { json: "1" };
const failure = { code: "AgentFailed", message: "it failed" };
const asked = { id: "hold.1", pattern: "handoff", role: "one", kind: "handoff" as const, message: { json: "{}" }, thread: "one", round: 1 };

/** Every edge, walked with facts of no particular interest from whatever row it is given. */
function walks(second: number): Readonly<Record<TaskEdge, (before: TaskRecord) => TaskTransition>> {
  const now = at(second);
  const bound = { run: 1, token: "token", at: now };
  const heard = { agentTaskId: `remote-${second}`, contextId: "theirs" };
  const assignment = { ...bound, agentId: `agent-${second}`, contextId: "c", messageId: "m", pushSecretHash: "h", deadlineAt: at(second + 60) };
  const answer = { messageId: "m2", input: output, questionId: "q", at: now };
  const conclude = (end: waiting.Conclusion) => (row: TaskRecord) => waiting.concluded(waitingRow(row), { ...bound, end });
  const only = <State extends TaskState>(states: readonly State[], walk: (row: TaskIn<State>) => TaskTransition) =>
    (row: TaskRecord): TaskTransition => (isIn(states, row) ? walk(row) : refuse(row));
  const parkedOnly = (walk: (row: TaskIn<"parked">) => TaskTransition) => only(["parked"], walk);
  const work = (walk: (row: attempt.InHands) => TaskTransition) => only(["dispatched", "running", "input_required"], walk);
  return {
    agent_awaited: (row) => waiting.agentAwaited(waitingRow(row), { ...bound, reason: "no_capacity", until: at(second + 5) }),
    parked: (row) => waiting.parked(waitingRow(row), { ...bound, reason: "approval" }),
    event_received: parkedOnly((row) => waiting.eventReceived(row, { detail: output, at: now, source: "s", detailType: "t", eventId: "e" })),
    decided: parkedOnly((row) => waiting.decided(row, { verdict: "approved", by: "ann", at: now })),
    hooks_ran: parkedOnly((row) => waiting.hooksRan(row, { hooked: { attempt: row.attempt + 1, agentId: "agent-9" }, hooks: [{ hook_id: "h", hook_name: "n", status: "completed" }], at: now })),
    retried: parkedOnly((row) => waiting.retried(row, { by: "ann", at: now })),
    assigned: (row) => attempt.assigned(waitingRow(row), { ...assignment, dependencies: [], estimateSeconds: 1 }),
    expanded: (row) => waiting.expanded(waitingRow(row), { ...bound, items: { count: 2, list: output } }),
    child_started: (row) => waiting.childStarted(waitingRow(row), { ...bound, child: CHILD }),
    pattern_begun: (row) => waiting.patternBegun(waitingRow(row), { ...bound, pattern: "handoff", maxCalls: 5, deadlineAt: at(second + 60) }),
    asked: only(["queued"], (row) => waiting.questionPut(row, { asked, at: now })),
    concluded_completed: conclude({ state: "completed", output }),
    concluded_skipped: conclude({ state: "skipped" }),
    concluded_failed: conclude({ state: "failed", failure }),
    started: work((row) => attempt.started(row, { heard, at: now, deadlineAt: at(second + 60) })),
    input_required: work((row) => attempt.inputRequired(row, { heard, question: output, questionId: "q", at: now })),
    input_provided: only(["input_required"], (row) => attempt.inputProvided(row, { by: "ann", answer, deadlineAt: at(second + 60) })),
    answer_opened: only(["running"], (row) => attempt.answerOpened(row, { answer, openedAt: now })),
    completed: work((row) => attempt.completed(row, { output, at: now })),
    failed: work((row) => attempt.failed(row, { failure, at: now })),
    retry_scheduled: work((row) => attempt.retryScheduled(row, { failure, at: now, notBefore: at(second + 1) })),
    turned_away: only(["dispatched"], (row) => attempt.turnedAway(row, { until: at(second + 20), at: now })),
    kept: work((row) => attempt.kept(row, { failure, at: now })),
    result_held: work((row) => waiting.resultHeld(row, { output, until: at(second + 60), at: now, skill: "work" })),
    hedged: work((row) => steering.hedged(row, now)),
    doubted: only(["dispatched"], (row) => steering.doubted(row, { reason: "no answer", until: at(second + 30), at: now })),
    send_opened: only(["dispatched"], (row) => attempt.sendOpened(row, { at: now, openUntil: at(second + 870), pushSecretHash: "h2", deadlineAt: at(second + 60) })),
    resent: only(["dispatched"], (row) => steering.resent(row, { at: now, awaited: {} })),
    rebound: work((row) => steering.rebound(row, { run: 2, token: "newer" })),
    deadline_moved: only(["dispatched", "running"], (row) => steering.deadlineMoved(row, at(second + 90))),
    skipped: (row) => steering.skipped(row, { output, at: now, steerer: { by: "ann", action: "skip", run: 1 } }),
    cancelled: (row) => steering.cancelled(row, now),
    called_off: (row) => steering.calledOff(row),
    reset: (row) => steering.reset(row, { run: row.run + 1, at: now, reason: "rerun", decision: undefined, input: undefined }),
    replaced: (row) => steering.replaced(row, { run: row.run + 1, at: now, output }),
    dropped: (row) => steering.dropped(row, { run: row.run + 1, at: now }),
    revived: only(["failed", "cancelled"], (row) => steering.revived({ ...row, child: CHILD }, { run: 2, at: now, reason: "redrive" })),
  };
}

/** What the types refuse is not walked; the table must refuse it as well. */
function refuse({ task, state }: TaskRecord): never {
  throw new IllegalTransitionError("untyped", { task, standing: state });
}

const isIn = <State extends TaskState>(states: readonly State[], row: TaskRecord): row is TaskIn<State> =>
  states.some((state) => state === row.state);

const waitingRow = (row: TaskRecord): attempt.Waiting => (isIn(["queued", "parked"], row) ? row : refuse(row));

const isEdge = (name: string): name is TaskEdge => name in TASK_EDGES;
const EDGES = Object.keys(TASK_EDGES).filter(isEdge);
const STANDINGS: readonly Standing[] = [PENDING, ...States.options];
const rowAt = (standing: Standing): TaskRecord =>
  standing === PENDING ? pendingTask("a", { run: 1, token: "" }) : taskRow({ task: "a", state: standing });

/** Edges that lead on from a row; what only an agent says, from those that an agent has. */
function waysFrom(row: TaskRecord): TaskEdge[] {
  const isOfAgent = (edge: TaskEdge): boolean => edge === "started" || edge === "input_required";
  return EDGES.filter((edge) => {
    const { from }: { from: readonly Standing[] } = TASK_EDGES[edge];
    return from.includes(standingOf(row)) && (row.agentId !== undefined || !isOfAgent(edge));
  });
}

const toldOf = (events: readonly NewEvent[]) =>
  events.map((event) =>
    StoredEvent.parse({
      version: 1,
      event_id: event.id,
      type: event.type,
      tenant: "acme",
      workflow_id: "w",
      execution_id: CHILD,
      trace_id: "t",
      timestamp: event.at,
      facts: event.facts,
    }),
  );

describe("the life of a task", () => {
  it.each(STANDINGS.flatMap((standing) => EDGES.map((edge) => ({ standing, edge }))))(
    "from $standing along $edge: leads where the table says, or is refused by name",
    ({ standing, edge }) => {
      const { from, to }: { from: readonly Standing[]; to: TaskState | "same" } = TASK_EDGES[edge];
      const before = rowAt(standing);
      const walk = walks(1)[edge];
      const needsAgent = standing === "running" && (edge === "started" || edge === "input_required");
      if (!from.includes(standing) || needsAgent) {
        expect(() => walk(before)).toThrow(IllegalTransitionError);
        return;
      }
      const { row, expected, events } = walk(before);
      expect([row.state, row.move, expected]).toEqual([to === "same" ? standing : to, before.move + 1, before.move]);
      expect(TaskRecord.parse(row)).toEqual(JSON.parse(JSON.stringify(row)));
      for (const { type, facts } of events) {
        expect(TASK_EDGES[edge].tells).toContain(type);
        EXECUTION_EVENTS[type].detail.partial().loose().parse(facts);
      }
    },
  );

  it("is told by its events alone, whichever way it goes", () => {
    assert(
      property(array(nat(1_000_000), { minLength: 1, maxLength: 30 }), (draws) => {
        let row: TaskRecord = pendingTask("a", { run: 1, token: "" });
        const told: StoredEvent[] = [];
        for (const [second, draw] of draws.entries()) {
          const legal = waysFrom(row);
          const edge = legal[draw % legal.length];
          if (edge === undefined) throw new Error(`no way leads on from ${standingOf(row)}`);
          const { row: next, events } = walks(second)[edge](row);
          row = next;
          told.push(...toldOf(events));
        }
        const { tasks, run } = replay(told);
        const differences = compareReplay({ status: "running", run, tasks }, row.move === 0 ? [] : [AuditedTask.parse(row)], { status: "running", run });
        expect(differences).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("gives every event a name of its own", () => {
    assert(
      property(array(nat(1_000_000), { maxLength: 30 }), (draws) => {
        let row: TaskRecord = pendingTask("a", { run: 1, token: "" });
        const ids: string[] = [];
        for (const draw of draws) {
          const legal = waysFrom(row);
          const edge = legal[draw % legal.length] ?? "reset";
          const { row: next, events } = walks(0)[edge](row);
          row = next;
          ids.push(...events.map(({ id }) => id));
        }
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});
