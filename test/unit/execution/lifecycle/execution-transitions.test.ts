import { array, assert, nat, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { IllegalTransitionError } from "../../../../shared/execution/illegal-transition.ts";
import { compareReplay, replay } from "../../../../shared/execution/audit/replay.ts";
import { EXECUTION_EVENTS } from "../../../../shared/execution/execution-events.ts";
import { type NewEvent, StoredEvent, storedEvent } from "../../../../shared/execution/new-event.ts";
import { Execution, ExecutionStatus } from "../../../../shared/execution/execution.ts";
import { CONTROL_ACTIONS, EXECUTION_ACTIONS, type SteeringEdge } from "../../../../shared/execution/lifecycle/execution-actions.ts";
import { EXECUTION_EDGES, type ExecutionEdge, type ExecutionEdgeRow } from "../../../../shared/execution/lifecycle/execution-edges.ts";
import * as transitions from "../../../../shared/execution/lifecycle/execution-transitions.ts";
import { readToldOfHead } from "../../../../shared/execution/lifecycle/told-head.ts";
import { headRow } from "../../../fixtures/runtime/head-rows.ts";

const ID = "exec_0123456789";
const at = (second: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + second * 1000).toISOString();
const PLAN = "1".repeat(64);

type Walked = Exclude<ExecutionEdge, "recorded" | "recovered">;
type Walk = (before: Execution) => transitions.ExecutionTransition;

/** What acts of steering lead to, as the use cases have it. */
const LEADS: Readonly<Record<SteeringEdge, (before: Execution) => { to: ExecutionStatus; set: transitions.HeadFields }>> = {
  pause: () => ({ to: "paused", set: { pausedAt: at(1) } }),
  resume: ({ startedAt = at(1), deadlineAt = at(99) }) => ({ to: "running", set: { startedAt, deadlineAt } }),
  resume_from_checkpoint: ({ run }) => ({ to: "submitted", set: { run: run + 1 } }),
  cancel: ({ startedAt = at(1) }) => ({ to: "cancelled", set: { startedAt, completedAt: at(2) } }),
  priority_boost: ({ status, run }) =>
    status === "queued" ? { to: "queued", set: { priority: "high" } } : { to: "submitted", set: { run: run + 1, priority: "high" } },
  modify: ({ run }) => ({ to: "submitted", set: { run: run + 1, plan: PLAN } }),
  redrive: ({ run }) => ({ to: "queued", set: { run: run + 1 } }),
  rerun: ({ run }) => ({ to: "queued", set: { run: run + 1 } }),
  skip: ({ run }) => ({ to: "queued", set: { run: run + 1 } }),
  raise_budget: ({ status }) => ({ to: status, set: {} }),
};

function walks(second: number): Readonly<Record<Walked, Walk>> {
  const now = at(second);
  const steering = { by: "ann", reason: "because", digest: "d", at: now };
  const compensation = { plan: PLAN, machineArn: "arn", status: "running" as const, endsAs: "failed" as const };
  const steer = (action: SteeringEdge): Walk => (before) =>
    transitions.controlled(before, { steering: { ...steering, action }, ...LEADS[action](before) });
  return {
    admitted: (before) => transitions.admitted(before, { slot: { own: 0, all: 0 }, at: now }),
    hooks_ran: (before) => transitions.hooksRan(before, {}),
    started: (before) => transitions.started(before, { at: now, deadlineAt: at(second + 60) }),
    pause: steer("pause"),
    resume: steer("resume"),
    resume_from_checkpoint: steer("resume_from_checkpoint"),
    cancel: steer("cancel"),
    priority_boost: steer("priority_boost"),
    modify: steer("modify"),
    redrive: steer("redrive"),
    rerun: steer("rerun"),
    skip: steer("skip"),
    raise_budget: steer("raise_budget"),
    compensation_begun: (before) => transitions.compensationBegun(before, { endsAs: "failed", at: now, deadlineAt: at(second + 60) }),
    compensation_planned: (before) => transitions.compensationPlanned(before, { compensation, at: now, strategy: "backward", tasks: 1 }),
    change_completed: transitions.changeCompleted,
    sla_told: (before) => transitions.slaTold(before, { sla: { isAtRisk: true, violations: [] }, events: () => [] }),
    finished: (before) => transitions.finished(before, { to: "failed", failure: { code: "X", message: "no" }, at: now }),
  };
}

const isWalked = (edge: string): edge is Walked => edge in walks(0);
const EDGES = Object.keys(EXECUTION_EDGES).filter(isWalked);
const leadsOn = (edge: Walked, { status }: Execution): boolean => {
  const { from }: ExecutionEdgeRow = EXECUTION_EDGES[edge];
  return from.includes(status);
};

const ORIGIN = { tenant: "acme", executionId: ID, workflowId: "w", traceId: "t" };
const stored = (event: NewEvent) => StoredEvent.parse(storedEvent(ORIGIN, event));
const linesOf = (lines: readonly string[]) => lines.flatMap((line) => readToldOfHead(ORIGIN, line)?.events ?? []);

describe("the life of an execution", () => {
  it("walks every edge that is in the table, and every act of steering is one or says why not", () => {
    expect([...EDGES, "recorded", "recovered"].sort()).toEqual(Object.keys(EXECUTION_EDGES).sort());
    const without = CONTROL_ACTIONS.filter((action) => !isWalked(action));
    expect(without.map((action) => "noEdge" in EXECUTION_ACTIONS[action])).toEqual(without.map(() => true));
    expect(CONTROL_ACTIONS.filter((action) => "noEdge" in EXECUTION_ACTIONS[action])).toEqual(without);
  });

  it("begins where the table says: with a slot, or in the queue", () => {
    expect(EXECUTION_EDGES.recorded.to).toEqual(["submitted", "queued"]);
    for (const status of EXECUTION_EDGES.recorded.to) {
      const told = linesOf(transitions.recorded(headRow({ executionId: ID, status })).told ?? []);
      expect(told.map(({ type, facts }) => ({ type, facts }))).toEqual([
        { type: "workflow.status_changed", facts: { previous_status: "none", new_status: status } },
      ]);
    }
  });

  it.each(ExecutionStatus.options.flatMap((status) => EDGES.map((edge) => ({ status, edge }))))(
    "from $status along $edge: leads where the table says, or is refused by name",
    ({ status, edge }) => {
      const before = headRow({ executionId: ID, status });
      if (!leadsOn(edge, before)) {
        expect(() => walks(1)[edge](before)).toThrow(IllegalTransitionError);
        return;
      }
      const { row, events } = walks(1)[edge](before);
      const { to, tells }: ExecutionEdgeRow = EXECUTION_EDGES[edge];
      expect(to === "same" ? [status] : [...to, status]).toContain(row.status);
      expect(row.move).toBe(before.move + 1);
      expect(Execution.parse(row)).toEqual(row);
      for (const { type, facts } of events) {
        expect(tells).toContain(type);
        EXECUTION_EVENTS[type].detail.partial().loose().parse(facts);
      }
    },
  );

  it.each([
    { edge: "pause", from: "running", to: "paused", is: true },
    { edge: "pause", from: "running", to: "completed", is: false },
    { edge: "pause", from: "completed", to: "paused", is: false },
    { edge: "change_completed", from: "paused", to: "paused", is: true },
    { edge: "change_completed", from: "paused", to: "running", is: false },
    { edge: "raise_budget", from: "queued", to: "running", is: false },
    { edge: "modify", from: "running", to: "running", is: true },
    { edge: "started", from: "queued", to: "running", is: true },
    { edge: "redrive", from: "failed", to: "queued", is: true },
    { edge: "redrive", from: "failed", to: "running", is: false },
  ] as const)("goes along $edge from $from to $to: $is", ({ edge, from, to, is }) => {
    const set = { pausedAt: at(1), startedAt: at(0), deadlineAt: at(9), completedAt: at(2) };
    const go = () => transitions.along(edge, headRow({ executionId: ID, status: from }), { to, set, events: () => [] }).row.status;
    if (is) expect(go()).toBe(to);
    else expect(go).toThrow(IllegalTransitionError);
  });

  /** A head after some moves, and everything that these told. */
  const walk = (draws: readonly number[]) => {
    let head: Execution = transitions.recorded(headRow({ executionId: ID, status: "submitted" }));
    const told = linesOf(head.told ?? []);
    const spilled: string[] = [];
    for (const [second, draw] of draws.entries()) {
      const legal = EDGES.filter((edge) => leadsOn(edge, head));
      const transition = walks(second)[legal[draw % legal.length] ?? "finished"](head);
      head = transition.row;
      told.push(...transition.events.map(stored));
      spilled.push(...transition.spilled);
      expect(Buffer.byteLength((head.told ?? []).join(""))).toBeLessThan(2048 + 512);
    }
    return { head, told, spilled };
  };
  const drawn = array(nat(1_000_000), { maxLength: 40 });

  it("is told by its events alone, each under a name of its own", () => {
    assert(
      property(drawn, (draws) => {
        const { head, told } = walk(draws);
        expect(compareReplay(replay(told), [], head)).toEqual([]);
        expect(new Set(told.map(({ event_id: id }) => id)).size).toBe(told.length);
      }),
      { numRuns: 150 },
    );
  });

  it("stands in the head and in what that had no more room for, every event as it was made", () => {
    assert(
      property(drawn, (draws) => {
        const { head, told, spilled } = walk(draws);
        expect(linesOf([...spilled, ...(head.told ?? [])])).toEqual(told);
      }),
      { numRuns: 150 },
    );
  });

  it("takes few bytes in the ordinary course of it", () => {
    const submitted = transitions.recorded(headRow({ executionId: ID, status: "submitted" }));
    const { row } = transitions.started(submitted, { at: at(1), deadlineAt: at(60) });
    expect(transitions.finished(row, { to: "completed", at: at(2) }).row.told).toEqual([
      '[1,1,"2026-11-21T10:00:00.000Z",["none>submitted"]]',
      '[2,1,"2026-11-21T10:00:01.000Z",[["workflow.execution_started","started",{"orchestration_pattern":"supervisor","estimated_duration_seconds":1,"allocated_agents":[]}],"submitted>running"]]',
      '[3,1,"2026-11-21T10:00:02.000Z",["running>completed"]]',
    ]);
    expect(transitions.recorded(submitted)).toBe(submitted);
  });

  it("is nothing where there is no line", () => {
    assert(
      property(string(), (text) => {
        expect(() => readToldOfHead(ORIGIN, text)).not.toThrow();
      }),
    );
    expect(readToldOfHead(ORIGIN, "x")).toBeUndefined();
  });
});
