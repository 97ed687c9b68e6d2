import { array, assert, nat, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditedTask, compareReplay, replay } from "../../../../shared/execution/audit/replay.ts";
import { type NewEvent, storedEvent } from "../../../../shared/execution/new-event.ts";
import { assigned, retryScheduled } from "../../../../shared/execution/task/attempt-transitions.ts";
import { reset, skipped } from "../../../../shared/execution/task/steering-transitions.ts";
import type { TaskRecord } from "../../../../shared/execution/task/task-record.ts";
import { readTold } from "../../../../shared/execution/task/read-told.ts";
import { moveOf, pendingTask, type TaskTransition, tell } from "../../../../shared/execution/task/transition.ts";
import { concluded } from "../../../../shared/execution/task/waiting-transitions.ts";

const ORIGIN = { tenant: "acme", executionId: "exec_0123456789", workflowId: "w", traceId: "t" };
const at = (second: number): string => new Date(Date.parse("2026-11-21T10:00:00.000Z") + second * 1000).toISOString();
const failure = { code: "AgentFailed", message: "it failed ".repeat(20) };

/** A task that is assigned and fails, over and over, now and then skipped or started over. */
function walk(draws: readonly number[]) {
  let row: TaskRecord = pendingTask("a", { run: 1, token: "" });
  const spilled: string[] = [];
  const transitions: TaskTransition[] = [];
  for (const [second, draw] of draws.entries()) {
    const transition = step(row, second, draw);
    transitions.push(transition);
    spilled.push(...transition.spilled);
    ({ row } = transition);
  }
  return { row, spilled, transitions };
}

function step(row: TaskRecord, second: number, draw: number): TaskTransition {
  const now = at(second);
  if (row.move > 0 && draw % 7 === 0) return reset(row, { run: row.run + 1, at: now, reason: "rerun", decision: undefined, input: undefined });
  if (row.state === "dispatched") {
    return draw % 5 === 0
      ? skipped(row, { output: { json: "1" }, at: now, steerer: { by: "ann", action: "skip", run: row.run } })
      : retryScheduled(row, { failure, at: now, notBefore: at(second + 1) });
  }
  if (row.state !== "queued") return reset(row, { run: row.run + 1, at: now, reason: "rerun", decision: undefined, input: undefined });
  const bound = { run: row.run, token: "t", at: now };
  return assigned(row, { ...bound, agentId: `agent-${second}`, contextId: "c", messageId: "m", pushSecretHash: "h", deadlineAt: at(second + 60), dependencies: ["x"], estimateSeconds: 1 });
}

const eventsOf = (lines: readonly string[]) => lines.flatMap((line) => readTold(ORIGIN, "a", line)?.events ?? []);
const draws = array(nat(1_000_000), { minLength: 1, maxLength: 60 });

describe("what a row tells", () => {
  it("is every event of every move, as it was made", () => {
    assert(
      property(draws, (drawn) => {
        const { row, spilled, transitions } = walk(drawn);
        const made = transitions.flatMap(({ events }) => events.map((event) => storedEvent(ORIGIN, event)));
        expect(eventsOf([...spilled, ...row.told])).toEqual(made);
      }),
    );
  });

  it("keeps the task that an event is about, also where it is another's", () => {
    const told: NewEvent = { id: "a.3.note", type: "task.result_ignored", at: at(0), facts: { task_id: "b", attempt: 2, reason: "late" } };
    expect(eventsOf(tell([], { task: "a", move: 3, attempt: 2 }, [told]).told).map(({ facts }) => facts)).toEqual([told.facts]);
  });

  it("keeps the attempt that an event is about, also where the row is at another", () => {
    const told = (attempt: number): NewEvent => ({ id: "a.3.late", type: "task.result_ignored", at: at(0), facts: { task_id: "a", attempt, reason: "late" } });
    const factsOf = (attempt: number) => eventsOf(tell([], { task: "a", move: 3, attempt: 2 }, [told(attempt)]).told).map(({ facts }) => facts);
    expect(factsOf(1)).toEqual([{ task_id: "a", attempt: 1, reason: "late" }]);
    expect(factsOf(2)).toEqual([{ task_id: "a", attempt: 2, reason: "late" }]);
  });

  it("leads to the row", () => {
    assert(
      property(draws, (drawn) => {
        const { row, spilled } = walk(drawn);
        const { tasks } = replay(eventsOf([...spilled, ...row.told]));
        const differences = compareReplay({ status: "running", run: 1, tasks }, [AuditedTask.parse(row)], { status: "running", run: 1 });
        expect(differences).toEqual([]);
      }),
    );
  });

  it("never makes a row long, and always has the last move", () => {
    assert(
      property(draws, (drawn) => {
        for (const { row, events } of walk(drawn).transitions) {
          expect(Buffer.byteLength(row.told.join(""))).toBeLessThan(2048 + 512);
          if (events.length > 0) expect(moveOf(row.told.at(-1) ?? "")).toBe(row.move);
        }
      }),
    );
  });

  it("keeps a single event that is longer than all others together", () => {
    const detail = { text: "x".repeat(10_000) };
    const end = { state: "completed" as const, output: { json: "1" }, emitted: { detailType: "order.priced", detail } };
    const before = pendingTask("a", { run: 1, token: "" });
    const { row, spilled } = concluded(before, { run: 1, token: "", at: at(0), end });
    expect(spilled).toEqual([]);
    expect(eventsOf(row.told).map(({ event_id: id, facts }) => ({ id, facts }))).toEqual([
      { id: "a.1.emitted", facts: { task_id: "a", attempt: 0, detail_type: "order.priced", detail } },
      { id: "a.1.settled", facts: { task_id: "a", attempt: 0, duration_seconds: 0, result: { bytes: 1 }, status: "success" } },
    ]);
  });

  it("is a line of JSON without what row and move imply", () => {
    const event: NewEvent = { id: "a.2.retried", type: "task.released", at: at(1), facts: { task_id: "a", attempt: 1, reason: "r" } };
    const { told } = tell([], { task: "a", move: 2, attempt: 1 }, [event]);
    expect(told).toEqual(['[2,1,"2026-11-21T10:00:01.000Z",[["task.released","retried",{"reason":"r"}]]]']);
  });

  it("is nothing where there is no line", () => {
    assert(
      property(string(), (text) => {
        expect(() => readTold(ORIGIN, "a", text)).not.toThrow();
        expect(moveOf(text)).not.toBeNaN();
      }),
    );
    expect(readTold(ORIGIN, "a", "x")).toBeUndefined();
  });
});
