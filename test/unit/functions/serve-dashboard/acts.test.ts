import { describe, expect, it } from "vitest";
import { offeredAt, type TaskStanding } from "../../../../functions/serve-dashboard/page/execution/offered-acts.ts";
import { ExecutionStatus, isFinished } from "../../../../shared/execution/execution.ts";
import { legalMoves } from "../../../../shared/execution/lifecycle/execution-actions.ts";
import { actionsAt, type WaitAction } from "../../../../shared/execution/lifecycle/task-actions.ts";
import { ParkReason, TaskState } from "../../../../shared/execution/task/task-record.ts";

const PLACES = [
  ...TaskState.options.filter((state) => state !== "parked").map((state) => ({ state })),
  ...ParkReason.options.map((reason) => ({ state: "parked" as const, reason })),
];
const CASES = PLACES.flatMap((place) => ExecutionStatus.options.map((status) => ({ reason: undefined, ...place, status })));

/** What the page offers. */
const offersAt = (standing: TaskStanding): readonly string[] =>
  Object.entries(offeredAt(standing)).flatMap(([name, isOffered]) => (isOffered ? [name] : []));

const isAwaited = (name: string): boolean => !["rerun", "skip", "raise_budget"].includes(name);

describe("what the page offers about a task", () => {
  it.each(CASES)("that is $state ($reason) in an execution that is $status is what the table of actions allows", ({ state, reason, status }) => {
    const moves = legalMoves({ status });
    const isOver = isFinished(status);
    const offered = offersAt({ status: state, reason, isOver, legal: new Set(moves) });
    const awaited: readonly WaitAction[] = actionsAt({ state, ...(reason === undefined ? {} : { reason }) }).filter(isAwaited);
    expect(offered.filter(isAwaited)).toEqual(isOver && state === "parked" ? [] : awaited);
    for (const name of offered) if (name === "rerun" || name === "skip") expect(moves).toContain(name);
  });

  it.each([
    { state: "failed", legal: ["rerun", "skip"], offered: ["rerun", "skip"] },
    { state: "completed", legal: ["rerun", "skip"], offered: ["rerun"] },
    { state: "running", legal: ["rerun", "skip"], offered: ["skip"] },
    { state: "failed", legal: [], offered: [] },
  ])("that is $state where $legal are legal is $offered", ({ state, legal, offered }) => {
    expect(offersAt({ status: state, isOver: false, legal: new Set(legal) })).toEqual(offered);
  });
});
