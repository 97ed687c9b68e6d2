import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { runnerOf, runOf } from "../runtime/attempt.ts";
import type { Mail } from "../runtime/runtime.ts";
import type { Execution } from "../execution.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { type QueueUrls, RUN_END, RUN_START, type RunRef, runName, type TaskMessage } from "../messages.ts";
import { runTokenOf } from "../task/task-rules.ts";

/** What starting a run takes. */
export interface StartRunDeps {
  readonly sfn: SFNClient;
  readonly mail: Pick<Mail, "task" | "watchExecution">;
  readonly queues: QueueUrls;
}

/** Why a run is stopped. */
export interface StopReason {
  readonly error: string;
  readonly cause: string;
}

/** The machine that carries the current run; nothing for a graph run, such as one that undoes. */
const machineOf = (execution: Execution): string | undefined =>
  runnerOf(execution) === "graph" ? undefined : execution.machineArn;

/**
 * ARN of a run's Step Functions execution: `…:stateMachine:<name>:<version>` becomes `…:execution:<name>:<run>`. Nothing
 * for a graph run.
 */
export function runArn(execution: Execution, run = execution.run): string | undefined {
  const machine = machineOf(execution);
  if (machine === undefined) return undefined;
  const [arn, partition, states, region, account, , name] = machine.split(":");
  return [arn, partition, states, region, account, "execution", name, runName({ execution: execution.executionId, run })].join(":");
}

/** Has the first tasks of a graph run looked at. */
export const startOf = (run: RunRef): TaskMessage => ({ run, task: RUN_START, token: runTokenOf(run) });

/**
 * Starts a graph run whose record has just been written: its first message carries the head, which spares a read to who
 * takes it up at once.
 */
export async function startRecorded(
  { mail, queues }: Pick<StartRunDeps, "mail" | "queues">,
  head: Execution,
  at: Date,
): Promise<void> {
  const json = JSON.stringify(head);
  const carried = json.length > EXECUTION_LIMITS.carriedHeadCharacters ? {} : { head: { json, at: at.toISOString() } };
  await mail.task({ ...startOf(runOf(head, queues)), ...carried }, 0);
}

/**
 * Starts the execution's current run: its machine, whose name is the run's, so that starting twice starts one; of a graph
 * run, by the message that has the first tasks looked at.
 */
export async function startRun({ sfn, mail, queues }: StartRunDeps, execution: Execution): Promise<void> {
  const run = runOf(execution, queues);
  const stateMachineArn = machineOf(execution);
  if (stateMachineArn === undefined) return mail.task(startOf(run), 0);
  try {
    const input = JSON.stringify(run);
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name: runName(run), input }));
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
  }
}

/**
 * Ends the execution's current run as failed, for a reason that lies outside its tasks.
 *
 * @returns whether its end will be heard of: not of a machine that is gone.
 */
export async function stopRun(deps: StartRunDeps, execution: Execution, why: StopReason): Promise<boolean> {
  const executionArn = runArn(execution);
  if (executionArn !== undefined) return stopMachine(deps, executionArn, why);
  const failure = { code: why.error, message: why.cause };
  await deps.mail.task({ ...startOf(runOf(execution, deps.queues)), task: RUN_END, failure }, 0);
  return true;
}

/** Stops a run's machine, if it has one. @returns whether there was one; one that is over is no matter. */
export async function stopMachine(
  { sfn }: Pick<StartRunDeps, "sfn">,
  executionArn: string | undefined,
  why: StopReason,
): Promise<boolean> {
  if (executionArn === undefined) return false;
  try {
    await sfn.send(new StopExecutionCommand({ executionArn, ...why }));
    return true;
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
    return false;
  }
}
