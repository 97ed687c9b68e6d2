import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { runOf } from "../runtime/attempt.ts";
import type { Execution } from "../execution.ts";
import { type QueueUrls, runName } from "../messages.ts";

/** What starting a run takes. */
export interface StartMachineDeps {
  readonly sfn: SFNClient;
  readonly queues: QueueUrls;
}

/** The machine that carries the current run. */
export const machineOf = ({ machineArn, compensation }: Pick<Execution, "machineArn" | "compensation">): string =>
  compensation?.status === "running" ? compensation.machineArn : machineArn;

/** ARN of a run's Step Functions execution: `…:stateMachine:<name>:<version>` becomes `…:execution:<name>:<run>`. */
export function runArn(execution: Execution, run = execution.run): string {
  const [arn, partition, states, region, account, , name] = machineOf(execution).split(":");
  return [arn, partition, states, region, account, "execution", name, runName({ execution: execution.executionId, run })].join(":");
}

/** Starts the run's machine. Its name is the run's, so starting twice starts one. */
export async function startMachine({ sfn, queues }: StartMachineDeps, execution: Execution): Promise<void> {
  const input = runOf(execution, queues);
  try {
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn: machineOf(execution), name: runName(input), input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

/** Stops the run's machine; one that is gone or over is no matter. */
export async function stopRun(
  { sfn }: Pick<StartMachineDeps, "sfn">,
  execution: Execution,
  why: { error: string; cause: string },
): Promise<void> {
  try {
    await sfn.send(new StopExecutionCommand({ executionArn: runArn(execution), ...why }));
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
  }
}
