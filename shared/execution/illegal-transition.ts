import { OrchestratorError } from "../core/errors.ts";

/** The code asks for a step that the life of a task or an execution does not have. */
export class IllegalTransitionError extends OrchestratorError {
  static override readonly code = "IllegalTransition";
  override readonly recovery = "operator";

  constructor(edge: string, { task, standing }: { task: string; standing: string }, options?: ErrorOptions) {
    super(`'${task}' is ${standing}: '${edge}' does not lead on from there`, options);
  }
}
