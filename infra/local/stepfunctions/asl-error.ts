import { LIMITS } from "./limits.ts";

/** A state failed. `code` is the error name that `Retry` and `Catch` match; the message is the cause. */
export class AslError extends Error {
  readonly code: string;
  /** Absent when a Fail state or a task gave none. */
  readonly reason: string | undefined;

  constructor(code: string, reason?: string) {
    super(reason ?? code);
    this.name = "AslError";
    this.code = code.slice(0, LIMITS.errorChars);
    this.reason = reason?.slice(0, LIMITS.causeChars);
  }
}

/** The execution wrote its last allowed history event: nothing in the definition can catch this. */
export class HistoryLimitError extends AslError {
  constructor() {
    super("States.Runtime", `The execution reached the maximum number of history events (${LIMITS.historyEvents}).`);
  }
}

/** A task or state yielded more than the 256 KB that may pass between states. */
export class ResultTooLargeError extends AslError {
  constructor(state: string) {
    const problem = "returned a result with a size exceeding the maximum number of bytes service limit.";
    super("States.DataLimitExceeded", `The state/task '${state}' ${problem}`);
  }
}

/** An API call was refused. `code` is the `__type` of the AWS error shape. */
export class ServiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ServiceError";
    this.code = code;
  }
}
