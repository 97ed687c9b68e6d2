import { describe, expect, it } from "vitest";
import { BULK_ACTIONS, CONTROL_ACTIONS, legalMoves, moveOf } from "../../../../shared/execution/lifecycle/execution-actions.ts";
import { ExecutionStatus } from "../../../../shared/execution/execution.ts";

/** `+` changes it, `=` it is so already, `-` not allowed; columns in the order of `STATUSES`. */
const STATUSES = ["submitted", "queued", "running", "paused", "completed", "failed", "cancelled"] as const;
const TABLE = {
  pause: "+ - + = - - -",
  resume: "= - = + - - -",
  resume_from_checkpoint: "- - - + + + +",
  cancel: "+ + + + - - =",
  priority_boost: "- + + + - - -",
  modify: "- - + + - - -",
  redrive: "- - - - - + +",
  rerun: "- - + + + + +",
  skip: "- - + + + + +",
  raise_budget: "- + + + - - -",
  checkpoint: "- - + + - - -",
} as const;
const WORDS: Readonly<Record<string, string>> = { "+": "change", "=": "done", "-": "illegal" };

describe("moveOf", () => {
  it("is asked about every action and every status there is", () => {
    expect(Object.keys(TABLE).sort()).toEqual([...CONTROL_ACTIONS].sort());
    expect([...STATUSES].sort()).toEqual([...ExecutionStatus.options].sort());
  });

  it.each(
    CONTROL_ACTIONS.flatMap((action) =>
      TABLE[action]
        .split(" ")
        .map((sign, index) => ({ action, status: STATUSES[index] ?? "running", move: WORDS[sign] })),
    ),
  )("$action of a $status execution: $move", ({ action, status, move }) => {
    expect(moveOf(action, { status })).toBe(move);
  });

  it.each(CONTROL_ACTIONS.flatMap((action) => STATUSES.map((status) => ({ action, status }))))(
    "$action of a $status execution that undoes its tasks moves only what can be held up",
    ({ action, status }) => {
      const move = moveOf(action, { status, compensation: {} });
      const before = moveOf(action, { status });
      expect(move).toBe(before === "change" && action !== "pause" && action !== "resume" ? "illegal" : before);
    },
  );
});

describe("many executions at once", () => {
  it("are steered by what says nothing of one of them alone", () => {
    expect([...BULK_ACTIONS].toSorted()).toEqual(["cancel", "pause", "priority_boost", "redrive", "resume"]);
  });
});

describe("legalMoves", () => {
  it.each([
    { status: "submitted" as const, moves: ["pause", "cancel"] },
    {
      status: "running" as const,
      moves: ["pause", "cancel", "priority_boost", "modify", "rerun", "skip", "raise_budget", "checkpoint"],
    },
    { status: "failed" as const, moves: ["resume_from_checkpoint", "redrive", "rerun", "skip"] },
    { status: "completed" as const, moves: ["resume_from_checkpoint", "rerun", "skip"] },
  ])("names what would change a $status execution", ({ status, moves }) => {
    expect(legalMoves({ status })).toEqual(moves);
  });

  it("is empty for one that was undone", () => {
    expect(legalMoves({ status: "failed", compensation: { status: "completed" } })).toEqual([]);
  });
});
