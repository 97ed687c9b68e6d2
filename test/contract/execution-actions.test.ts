import { afterAll, describe, expect, it } from "vitest";
import { ExecutionStatus } from "../../shared/execution/execution.ts";
import {
  CONTROL_ACTIONS,
  type ControlAction,
  EXECUTION_ACTIONS,
  type ExecutionActionRow,
  legalMoves,
  moveOf,
} from "../../shared/execution/lifecycle/execution-actions.ts";
import { controlRequests } from "../fixtures/api/control-requests.ts";
import { doorsOf } from "../fixtures/api/doors.ts";
import { MemoryApi } from "../fixtures/runtime/memory-api.ts";
import { planned } from "../fixtures/runtime/memory-control.ts";
import { EXECUTION, planOf, task } from "../fixtures/runtime/memory-runtime.ts";
import { saveRow, taskRow } from "../fixtures/runtime/task-rows.ts";
import { openShell } from "../unit/cli/shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const REQUESTS = controlRequests(shell.small);
const DOORS = doorsOf(shell);
const COMPENSATION = { plan: "1".repeat(64), machineArn: "arn", status: "completed" as const, endsAs: "failed" as const };

/** An execution whose only task has completed, and a planner that adds one. */
async function apiWith(status: ExecutionStatus, compensation?: typeof COMPENSATION): Promise<MemoryApi> {
  const api = new MemoryApi();
  const { runtime } = api;
  await planned(runtime, runtime.view.plan);
  const definition = await planned(runtime, planOf([task("a"), task("z")], { version: "2.0" }));
  const report = { errors: [], warnings: [], optimizations: [] };
  const critical_path = { tasks: ["a"], seconds: 60 };
  const summary = { plan_hash: definition.plan, levels: [["a", "z"]], critical_path, parallel_degree: 2, machines: [] };
  api.planReply = { outcome: "planned", report, definition, summary };
  const more = compensation === undefined ? {} : { compensation };
  const execution = await runtime.submit({ status, budgetRoot: EXECUTION, ...more });
  await saveRow(runtime.executions, execution, { row: taskRow({ task: "a", state: "completed" }) });
  return api;
}

const CASES = CONTROL_ACTIONS.flatMap((action) =>
  ExecutionStatus.options.flatMap((status) => [undefined, COMPENSATION].map((compensation) => ({ action, status, compensation }))),
);

describe.each(["REST", "JSON-RPC"] as const)("over %s", (door) => {
  it.each(CASES)("$action of a $status execution ($compensation): goes along its edge, or is refused by name", async ({ action, ...at }) => {
    const api = await apiWith(at.status, at.compensation);
    const row: ExecutionActionRow = EXECUTION_ACTIONS[action];
    const before = api.runtime.head();
    const { problem } = await DOORS[door](api, REQUESTS[action]);
    const after = api.runtime.head();
    const told = api.runtime.told("workflow.controlled");
    const move = moveOf(action, at);
    if (move === "illegal") {
      expect(problem).toMatchObject({ type: "urn:a2a-orchestrator:problem:IllegalMove", status: 409, action });
      expect(problem).toMatchObject({ execution_status: at.status, legal_moves: legalMoves(at) });
      expect(problem?.["detail"]).toMatch(new RegExp(`^cannot ${row.verb}: the execution is ${at.status}`));
    } else expect(problem).toBeUndefined();
    const isMoved = move === "change" && row.noEdge === undefined;
    if (!isMoved) {
      expect({ after, told }).toEqual({ after: before, told: [] });
      return;
    }
    expect(row.to === "same" ? [at.status] : row.to).toContain(after.status);
    expect(told).toEqual([["workflow.controlled", expect.objectContaining({ action, requested_by: "ann" })]]);
    expect(after.lastControl?.action).toBe(action);
  });
});

/** Where an action changes something. */
const placeOf = (action: ControlAction): ExecutionStatus => EXECUTION_ACTIONS[action].from[0];

describe.each(CONTROL_ACTIONS.map((action) => ({ action })))("$action", ({ action }) => {
  it.each(["REST", "JSON-RPC", "command"] as const)("can be asked for by %s, and comes to the same", async (door) => {
    const outcomes = await Promise.all(
      (["REST", door] as const).map(async (name) => {
        const api = await apiWith(placeOf(action));
        expect(await DOORS[name](api, REQUESTS[action])).toEqual({});
        return { head: api.runtime.head(), events: api.runtime.events() };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});
