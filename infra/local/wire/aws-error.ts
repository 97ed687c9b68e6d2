import type { JsonObject } from "../json.ts";

/** A refusal in the words of an AWS service: `code` is what SDK clients name their exception after. */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  /** What the answer says besides code and message. */
  readonly fields: JsonObject = {};

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }

  /** The same refusal, which says more. */
  with(fields: JsonObject): AwsError {
    return Object.assign(new AwsError(this.code, this.message, this.status), { fields });
  }
}
