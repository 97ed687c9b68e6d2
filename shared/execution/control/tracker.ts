import { InvokeCommand, type LambdaClient } from "@aws-sdk/client-lambda";
import type { Execution } from "../execution.ts";
import type { QueueUrls } from "../messages.ts";
import { runOf } from "../runtime/attempt.ts";
import { runArn } from "../run/start-run.ts";

/** A machine's status as EventBridge would have told it; without an ARN, of a graph run. */
export interface MissedStatus {
  readonly executionArn: string | undefined;
  readonly status: string;
  readonly input: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
}

/** Hands statuses to `track-execution`, as EventBridge does. Resolves once the call is durable. */
export const statusReporter =
  (lambda: LambdaClient, functionName: string) =>
  async (detail: MissedStatus): Promise<void> => {
    const Payload = JSON.stringify({ detail });
    await lambda.send(new InvokeCommand({ FunctionName: functionName, InvocationType: "Event", Payload }));
  };

/** The status that has `track-execution` look at an execution's run, and go on with what is pending there. */
export const lookAt = (execution: Execution, queues: QueueUrls): MissedStatus => ({
  executionArn: runArn(execution),
  status: "RUNNING",
  input: JSON.stringify(runOf(execution, queues)),
});
