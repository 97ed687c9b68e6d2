import { afterAll, describe, expect, it } from "vitest";
import { legalMoves, moveOf } from "../../shared/execution/lifecycle/execution-actions.ts";
import { TASK_ACTION_NAMES, TASK_ACTIONS, type TaskAction, type TaskActionRow } from "../../shared/execution/lifecycle/task-actions.ts";
import { parkedWrite } from "../../shared/execution/store/parking-lot.ts";
import { isLegal, PENDING, type Standing, TASK_EDGES } from "../../shared/execution/task/edges.ts";
import { ParkReason, TaskState } from "../../shared/execution/task/task-record.ts";
import { TASK_REQUESTS } from "../fixtures/api/control-requests.ts";
import { doorsOf } from "../fixtures/api/doors.ts";
import { MemoryApi } from "../fixtures/runtime/memory-api.ts";
import { planned } from "../fixtures/runtime/memory-control.ts";
import { saveRow, taskRow } from "../fixtures/runtime/task-rows.ts";
import { openShell } from "../unit/cli/shell.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());
const DOORS = doorsOf(shell);

/** Where a task may stand. */
interface Place {
  readonly state: Standing;
  readonly reason?: ParkReason;
}

const PLACES: readonly Place[] = [
  { state: PENDING },
  ...TaskState.options.filter((state) => state !== "parked").map((state) => ({ state })),
  ...ParkReason.options.map((reason) => ({ state: "parked" as const, reason })),
];

async function apiWith({ state, reason }: Place, status: "running" | "failed"): Promise<MemoryApi> {
  const api = new MemoryApi();
  const { runtime } = api;
  const { executions } = runtime;
  await planned(runtime, runtime.view.plan);
  await api.register("agent-one");
  const execution = await runtime.submit({ status });
  if (state === PENDING) return api;
  const row = taskRow({ task: "a", state, token: "token-a", ...(reason === undefined ? {} : { reason }) });
  const parked = { message: runtime.message("a"), workflowId: "drawn", at: "2026-11-21T10:00:00.000Z" };
  await saveRow(executions, execution, { row, also: reason === undefined ? [] : [parkedWrite(executions, { reason, ...parked })] });
  return api;
}

/** Which edge an action takes, `task` or `execution`, or why it is refused. */
function outcomeOf(action: TaskAction, { state, reason }: Place, status: "running" | "failed"): string {
  const { edge, waits, nextRun, refusal: ownRefusal }: TaskActionRow = TASK_ACTIONS[action];
  const refusal = ownRefusal ?? "IllegalMove";
  if (waits !== undefined) {
    if (action === "input" && state === PENDING) return "NotFound";
    const isOver = status === "failed" && state === "parked";
    const isAwaited = waits.state === state && waits.reason === reason;
    return isAwaited && !isOver ? "task" : refusal;
  }
  if (edge !== undefined && status === "running" && isLegal(edge, state)) return "task";
  if (edge !== undefined && status === "running" && state === "skipped") return "done";
  return nextRun !== undefined && moveOf(nextRun, { status }) === "change" ? "execution" : refusal;
}

const CASES = TASK_ACTION_NAMES.flatMap((action) =>
  PLACES.flatMap((place) => (["running", "failed"] as const).map((status) => ({ action, ...place, status }))),
);

describe.each(["REST", "JSON-RPC"] as const)("over %s", (door) => {
  it.each(CASES)("$action of a task that is $state ($reason) in a $status execution: goes along its edge, or is refused by name", async ({ action, status, ...place }) => {
    const api = await apiWith(place, status);
    const { edge, nextRun }: TaskActionRow = TASK_ACTIONS[action];
    const [before, head] = [api.runtime.record("a"), api.runtime.head()];
    const { problem } = await DOORS[door](api, TASK_REQUESTS[action]);
    const outcome = outcomeOf(action, place, status);
    if (outcome === "task") {
      expect(problem).toBeUndefined();
      expect(api.runtime.record("a")?.state).toBe(edge === undefined ? undefined : TASK_EDGES[edge].to);
      expect(api.runtime.events().filter((type) => type.startsWith("task."))).toEqual([edge === undefined ? undefined : TASK_EDGES[edge].tells[0]]);
    } else if (outcome === "execution") {
      expect(problem).toBeUndefined();
      expect(api.runtime.told("workflow.controlled")).toEqual([["workflow.controlled", expect.objectContaining({ action: nextRun })]]);
    } else {
      expect({ record: api.runtime.record("a"), head: api.runtime.head() }).toEqual({ record: before, head });
      if (outcome === "done") expect(problem).toBeUndefined();
      else expect(problem).toMatchObject({ type: `urn:a2a-orchestrator:problem:${outcome}` });
      if (outcome === "IllegalMove") expect(problem).toMatchObject({ status: 409, legal_moves: legalMoves({ status }), task_id: "a" });
    }
  });
});

describe.each(TASK_ACTION_NAMES.map((action) => ({ action })))("$action", ({ action }) => {
  const { waits }: TaskActionRow = TASK_ACTIONS[action];

  it.each(["REST", "JSON-RPC", "command"] as const)("can be asked for by %s, and comes to the same", async (door) => {
    const outcomes = await Promise.all(
      (["REST", door] as const).map(async (name) => {
        const api = await apiWith(waits ?? { state: "failed" }, "running");
        expect(await DOORS[name](api, TASK_REQUESTS[action])).toEqual({});
        return { head: api.runtime.head(), row: api.runtime.record("a"), events: api.runtime.events() };
      }),
    );
    expect(outcomes[1]).toEqual(outcomes[0]);
  });
});
