import { OrchestratorError } from "../core/errors.ts";

/** An expression is not valid, or gives no usable value for the data it met. Its message holds no data. */
export class ExpressionError extends OrchestratorError {
  static override readonly code = "ExpressionFailed";
  override readonly recovery = "fix-request";
  /** The expression, as its author wrote it. */
  readonly text: string;
  readonly reason: string;
  /** Character of the text, from 0, where that is known. */
  readonly position: number | undefined;

  constructor(text: string, reason: string, options?: ErrorOptions & { readonly position?: number | undefined }) {
    super(`expression '${text}' failed: ${reason}`, options);
    this.text = text;
    this.reason = reason;
    this.position = options?.position;
  }
}
