import { OrchestratorError } from "../../core/errors.ts";

/** A plan's parts disagree: it was edited, truncated or written by an incompatible release. Plan it again. */
export class CorruptPlanError extends OrchestratorError {
  static override readonly code = "CorruptPlan";
  override readonly recovery = "operator";

  constructor(detail: string, options?: ErrorOptions) {
    super(`plan is not usable: ${detail}; plan the definition again`, options);
  }
}

/** One part of a plan passes a Step Functions limit on its own, so no split into nested executions can help. */
export class UncompilablePlanError extends OrchestratorError {
  static override readonly code = "UncompilablePlan";
  override readonly recovery = "fix-request";

  constructor(detail: string, options?: ErrorOptions) {
    super(`plan does not fit a state machine: ${detail}`, options);
  }
}
