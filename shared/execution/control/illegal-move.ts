import { IllegalMoveError } from "../../core/errors.ts";
import type { Execution } from "../execution.ts";
import { type ControlAction, EXECUTION_ACTIONS, legalMoves } from "../lifecycle/execution-actions.ts";

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
  return new IllegalMoveError(`cannot ${EXECUTION_ACTIONS[action].verb}: the execution is ${standing}; ${remedy}`, facts);
}
