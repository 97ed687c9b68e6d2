import { InvalidToken, SendTaskFailureCommand, SendTaskSuccessCommand, type SFNClient, TaskDoesNotExist, TaskTimedOut } from "@aws-sdk/client-sfn";
import type { Tokens } from "../runtime/runtime.ts";

/** Answers to Step Functions. Outputs stay out of the machine (invariant 2), so success carries nothing. */
export function stepFunctionsTokens(sfn: SFNClient): Tokens {
  return {
    succeed: (token) => unlessLate(sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: "{}" }))),
    fail: (token, { error, cause }) => unlessLate(sfn.send(new SendTaskFailureCommand({ taskToken: token, error, cause }))),
  };
}

async function unlessLate(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    const isLate = error instanceof TaskTimedOut || error instanceof TaskDoesNotExist || error instanceof InvalidToken;
    if (!isLate) throw error;
  }
}
