import { IllegalMoveError } from "../../core/errors.ts";
import type { Execution } from "../execution.ts";
import { type ControlAction, legalMoves } from "../lifecycle/execution-edges.ts";

/** What the caller hears of an act that is not allowed. */
export function illegalMove(action: ControlAction, execution: Execution): IllegalMoveError {
  const { executionId, status, compensation } = execution;
  const moves = legalMoves(execution);
  const standing =
    compensation === undefined
      ? status
      : `${status} and its tasks ${compensation.status === "running" ? "are being" : "were"} compensated`;
  const remedy = `possible now: ${moves.join(", ") || "nothing"}`;
  const facts = { execution_id: executionId, action, execution_status: status, legal_moves: moves };
  return new IllegalMoveError(`cannot ${verbOf(action)}: the execution is ${standing}; ${remedy}`, facts);
}

/** An action in words, where its name is none. */
const VERBS: Partial<Readonly<Record<ControlAction, string>>> = {
  resume_from_checkpoint: "resume from a checkpoint",
  priority_boost: "boost the priority",
  raise_budget: "raise the budget",
  checkpoint: "take a checkpoint",
};
const verbOf = (action: ControlAction): string => VERBS[action] ?? action;
