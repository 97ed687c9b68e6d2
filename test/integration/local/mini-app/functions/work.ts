import { SendTaskSuccessCommand, SFNClient, TaskDoesNotExist, TaskTimedOut } from "@aws-sdk/client-sfn";
import type { SQSEvent } from "aws-lambda";

const sfn = new SFNClient({});

/** Doubles a number for a state machine that waits. A message that comes again finds its token answered already. */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { body } of Records) {
    const { token, value }: { token: string; value: number } = JSON.parse(body);
    try {
      await sfn.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify({ value: value * 2 }) }));
    } catch (error) {
      if (!(error instanceof TaskTimedOut || error instanceof TaskDoesNotExist)) throw error;
    }
  }
}
