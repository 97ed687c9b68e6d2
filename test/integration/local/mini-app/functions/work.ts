import { SendTaskFailureCommand, SendTaskSuccessCommand, SFNClient } from "@aws-sdk/client-sfn";
import type { SQSEvent } from "aws-lambda";

const sfn = new SFNClient({});

/** Doubles a number for a state machine that waits. */
export async function handler({ Records }: SQSEvent): Promise<void> {
  for (const { body } of Records) {
    const { token, value }: { token: string; value: number } = JSON.parse(body);
    const reply = Number.isFinite(value)
      ? new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify({ value: value * 2 }) })
      : new SendTaskFailureCommand({ taskToken: token, error: "NotANumber" });
    await sfn.send(reply);
  }
}
