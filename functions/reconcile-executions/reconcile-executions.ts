import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { DescribeExecutionCommand, ExecutionDoesNotExist } from "@aws-sdk/client-sfn";
import type { ExecutionStore } from "../../shared/aws/execution-store.ts";
import { openPartitions } from "../../shared/aws/keys.ts";
import { LIMITS } from "../../shared/limits.ts";
import { startMachine, type StartMachineDeps } from "../../shared/runtime/start-machine.ts";
import { Execution } from "../../shared/schemas/execution.ts";
import { runName } from "../../shared/schemas/messages.ts";

/** A machine's status as EventBridge would have told it. */
export interface MissedStatus {
  readonly executionArn: string;
  readonly status: string;
  readonly input: string;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** What `reconcileExecutions` stands on. */
export interface ReconcileDeps extends StartMachineDeps {
  readonly executions: ExecutionStore;
  readonly now: () => Date;
  /** Hands a status to `track-execution`, as EventBridge does. */
  readonly report: (missed: MissedStatus) => Promise<void>;
}

/**
 * Mends what a crash or a lost event left behind, oldest first: a submission whose machine never started is started,
 * a machine that ended unheard is reported. DescribeExecution allows about 15 calls a second, so a sweep looks at
 * `LIMITS.reconciledPerSweep` of them at most; what is left comes with the next.
 */
export async function reconcileExecutions(deps: ReconcileDeps): Promise<{ started: number; reported: number }> {
  const before = new Date(deps.now().getTime() - LIMITS.reconcileAfterSeconds * 1000).toISOString();
  const pages = await Promise.all(openPartitions.map((partition) => listOpen(deps, partition, before)));
  const open = pages.flat().sort((a, b) => a.submittedAt.localeCompare(b.submittedAt));
  const unstarted = open.filter(({ status }) => status === "submitted");
  const running = open.filter(({ status }) => status === "running").slice(0, LIMITS.reconciledPerSweep);
  for (const execution of unstarted) await startMachine(deps, execution);
  let reported = 0;
  for (const execution of running) {
    const missed = await describeMachine(deps, execution);
    if (missed === undefined || missed.status === "RUNNING") continue;
    await deps.report(missed);
    reported += 1;
  }
  return { started: unstarted.length, reported };
}

async function listOpen({ executions }: ReconcileDeps, partition: string, before: string): Promise<Execution[]> {
  const { Items } = await executions.db.send(
    new QueryCommand({
      TableName: executions.table,
      IndexName: "byOpen",
      KeyConditionExpression: "byOpen = :partition AND submittedAt < :before",
      ExpressionAttributeValues: { ":partition": partition, ":before": before },
      Limit: LIMITS.reconciledPerSweep,
    }),
  );
  return (Items ?? []).map((item) => Execution.parse(item));
}

/** `…:stateMachine:<name>:<version>` becomes `…:execution:<name>:<run>`. */
const machineExecutionArn = ({ machineArn, executionId, run }: Execution): string => {
  const [partition = "", ...rest] = machineArn.split(":");
  const [service, region, account, , name] = rest.slice(1);
  return [partition, rest[0], service, region, account, "execution", name, runName({ execution: executionId, run })].join(":");
};

async function describeMachine({ sfn }: ReconcileDeps, execution: Execution): Promise<MissedStatus | undefined> {
  const executionArn = machineExecutionArn(execution);
  try {
    const { status = "RUNNING", input = "", error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    return { executionArn, status, input, error, cause };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}
