import { describe, expect, it } from "vitest";
import { ConflictError, IllegalMoveError, InvalidRequestError, StoreUnavailableError } from "../../../../shared/core/errors.ts";
import { boostPriority, cancelExecution, pauseExecution, raiseExecutionBudget, resumeExecution } from "../../../../shared/execution/control/control-execution.ts";
import { redriveExecution } from "../../../../shared/execution/control/rerun.ts";
import { changeTask } from "../../../../shared/execution/control/reset-tasks.ts";
import type { Execution } from "../../../../shared/execution/execution.ts";
import type { HeadFields } from "../../../fixtures/runtime/head-rows.ts";
import { meanwhile } from "../../../fixtures/runtime/meanwhile.ts";
import { EXECUTION } from "../../../fixtures/runtime/memory-runtime.ts";
import type { RowFields } from "../../../fixtures/runtime/task-rows.ts";
import { at, by, CHILD, row, type SteeredWorld, steeredWorld, UNDER_WAY } from "./steered-world.ts";

const failure = { code: "AgentFailed", message: "no", task: "b" };

interface Act {
  readonly what: string;
  readonly head: HeadFields;
  readonly act: (world: SteeredWorld) => Promise<Execution>;
  readonly becomes: object;
}

const ACTS: readonly Act[] = [
  { what: "a pause", head: { status: "running" }, act: ({ deps }) => pauseExecution(deps, by), becomes: { status: "paused" } },
  { what: "a resumption", head: { status: "paused", pausedAt: at(5) }, act: ({ deps }) => resumeExecution(deps, by), becomes: { status: "running" } },
  { what: "a cancel", head: { status: "running" }, act: ({ deps }) => cancelExecution(deps, by), becomes: { status: "cancelled" } },
  { what: "a boost", head: { status: "running" }, act: ({ deps }) => boostPriority(deps, by), becomes: { priority: "high", run: 2 } },
  { what: "a redrive", head: { status: "failed", completedAt: at(9), failure }, act: ({ deps }) => redriveExecution(deps, by), becomes: { run: 2 } },
  { what: "a raise of the budget", head: { status: "running", budgetRoot: EXECUTION }, act: ({ deps }) => raiseExecutionBudget(deps, by, { maxCost: 9 }), becomes: { status: "running" } },
];

describe.each(ACTS)("$what", ({ head, act, becomes }) => {
  it("is done to the execution as it is when that moves in the same moment", async () => {
    const world = await steeredWorld(head, UNDER_WAY, { child: { status: "running" } });
    const seen = meanwhile(world.runtime, { sk: "META" }, () => world.change({ traceId: "moved" }));
    await act(world);
    expect(seen.writes).toBeGreaterThan(1);
    expect(world.head()).toMatchObject({ ...becomes, traceId: "moved" });
  });

  it("is given up after eight tries on one that never stands still, and says that it may be tried again", async () => {
    const world = await steeredWorld(head, UNDER_WAY, { child: { status: "running" } });
    const seen = meanwhile(world.runtime, { sk: "META", times: Infinity }, () => world.change({}));
    await expect(act(world)).rejects.toThrow(StoreUnavailableError);
    expect(seen.writes).toBe(8);
  });
});

describe("a raise of the budget", () => {
  it("is refused where there is no budget, and where no ceiling is named", async () => {
    const none = await steeredWorld();
    await expect(raiseExecutionBudget(none.deps, by, { maxCost: 9 })).rejects.toThrow(ConflictError);
    const some = await steeredWorld({ budgetRoot: EXECUTION });
    await expect(raiseExecutionBudget(some.deps, by, {})).rejects.toThrow(InvalidRequestError);
    await expect(raiseExecutionBudget(some.deps, by, { maxCost: undefined })).rejects.toThrow(InvalidRequestError);
  });
});

describe("bringing a nested execution's task back to work", () => {
  const step = (fields: RowFields, seen: RowFields = {}) => {
    const record = row("sub", { state: "failed", child: CHILD, ...fields });
    return { record, step: { task: "sub", change: { act: "revive" as const }, outline: { ...record, ...seen } } };
  };

  async function revived(fields: RowFields, seen: RowFields = {}) {
    const { record, step: one } = step(fields, seen);
    const world = await steeredWorld({ run: 2 }, [record]);
    const restart = { action: "redrive", by: "ann", stop: "", tasks: {} };
    const outcome = await changeTask(world.deps, world.head(), { step: one, run: 2, restart });
    return { outcome, record: world.runtime.record("sub") };
  }

  it.each([{ state: "failed" }, { state: "cancelled" }] as const)("is done to one that $state", async (fields) => {
    expect(await revived(fields)).toMatchObject({ outcome: "written", record: { state: "running", run: 2, child: CHILD } });
  });

  it.each([
    { what: "moved since it was looked at", fields: {}, seen: { move: 7 } },
    { what: "is at work", fields: { state: "running" }, seen: {} },
    { what: "has completed", fields: { state: "completed" }, seen: {} },
    { what: "never had an execution", fields: { child: undefined }, seen: {} },
  ] as const)("is looked at again when it $what", async ({ fields, seen }) => {
    const { outcome, record } = await revived(fields, seen);
    expect(outcome).toBe("stale");
    expect(record?.move).toBe(1);
  });
});

describe("an act that is not possible", () => {
  it.each([
    { what: "a pause of what is over", head: { status: "completed" }, act: ACTS[0] },
    { what: "a resumption of what is over", head: { status: "cancelled" }, act: ACTS[1] },
    { what: "a redrive of what goes on", head: { status: "running" }, act: ACTS[4] },
  ] as const)("is refused by name, and writes nothing: $what", async ({ head, act }) => {
    const world = await steeredWorld(head, UNDER_WAY);
    await expect(act?.act(world)).rejects.toThrow(IllegalMoveError);
    expect(world.head().move).toBe(1);
  });
});
