import { ExecutionAlreadyExists, type SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { runOf } from "./attempt.ts";
import type { Execution } from "../schemas/execution.ts";
import { type QueueUrls, runName } from "../schemas/messages.ts";

/** What starting a run takes. */
export interface StartMachineDeps {
  readonly sfn: SFNClient;
  readonly queues: QueueUrls;
}

/** Starts the run's machine. Its name is the run's, so starting twice starts one. */
export async function startMachine({ sfn, queues }: StartMachineDeps, execution: Execution): Promise<void> {
  const input = runOf(execution, queues);
  try {
    await sfn.send(
      new StartExecutionCommand({ stateMachineArn: execution.machineArn, name: runName(input), input: JSON.stringify(input) }),
    );
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}
