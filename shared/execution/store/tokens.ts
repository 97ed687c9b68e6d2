import { InvalidToken, SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient, TaskDoesNotExist, TaskTimedOut } from "@aws-sdk/client-sfn";

/** `late`: no machine waits on the token any more (timed out, stopped, answered before). */
export type Heard = "heard" | "late";

/** Answers to state machines by their own tokens. */
export interface MachineTokens {
  succeed(token: string): Promise<Heard>;
  fail(token: string, failure: { error: string; cause: string }): Promise<Heard>;
}

/** Answers to Step Functions. Outputs stay out of the machine (invariant 2), so success carries nothing. */
export function stepFunctionsTokens(sfn: SFNClient): MachineTokens {
  return {
    succeed: (token) => unlessLate(sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }))),
    fail: (token, { error, cause }) => unlessLate(sfn.send(new SendTaskFailureCommand({ taskToken: token, error, cause }))),
  };
}

async function unlessLate(answer: Promise<unknown>): Promise<Heard> {
  try {
    await answer;
    return "heard";
  } catch (error) {
    if (error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken) return "late";
    throw error;
  }
}
