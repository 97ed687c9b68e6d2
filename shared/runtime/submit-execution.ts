import { createHash } from "node:crypto";
import { type ExecutionStore, loadExecution, newEvent, saveSubmission } from "../aws/execution-store.ts";
import { type PayloadStore, savePayload } from "../aws/payload-store.ts";
import { startMachine, type StartMachineDeps } from "./start-machine.ts";
import { ConflictError } from "../errors.ts";
import type { Execution } from "../schemas/execution.ts";
import type { StoredDefinition } from "../schemas/stored-definition.ts";
import type { Priority } from "../schemas/workflow-definition.ts";

/** What submitting stands on. */
export interface SubmitDeps extends StartMachineDeps {
  readonly executions: ExecutionStore;
  readonly payloads: PayloadStore;
  /** Published version of the machine that carries runs without a machine of their own. */
  readonly graphRunnerArn: string;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** A wish to run a workflow. */
export interface Submission {
  readonly tenant: string;
  readonly subject: string;
  readonly definition: StoredDefinition;
  /** The caller chose this very definition; otherwise it is the newest one, whichever that is. */
  readonly isPinned: boolean;
  readonly runner: Execution["runner"];
  /** Replaces the definition's own deadline. */
  readonly timeoutSeconds: number | undefined;
  readonly input: unknown;
  readonly priority: Priority | undefined;
  /** The same key, workflow and input give the same execution. */
  readonly idempotencyKey: string | undefined;
  readonly traceId: string | undefined;
  /** Where a sub-workflow belongs; `executionId` is the one that its attempt settled on. */
  readonly under?: Pick<Execution, "executionId" | "parent" | "depth" | "budgetRoot">;
}

/**
 * Records an execution and starts its machine. A repeat with the same key finds the first one; if that was cut off
 * between the two steps, the repeat completes it.
 *
 * @throws {ConflictError} the key was used before for another workflow or input.
 */
export async function submitExecution(deps: SubmitDeps, submission: Submission): Promise<Execution> {
  const wanted = await describeExecution(deps, submission);
  const { executionId, submittedAt: at } = wanted;
  const facts = { previous_status: "none", new_status: "submitted" };
  const event = newEvent("workflow.status_changed", { id: "run.1.submitted", at, facts });
  const outcome = await saveSubmission(deps.executions, wanted, event);
  const execution = outcome === "written" ? wanted : await loadExecution(deps.executions, wanted.tenant, executionId);
  if (outcome === "stale") checkSameWish(execution, wanted, submission);
  if (execution.status === "submitted") await startMachine(deps, execution);
  return execution;
}

async function describeExecution(deps: SubmitDeps, submission: Submission): Promise<Execution> {
  const { tenant, definition, idempotencyKey: key, input, subject, under } = submission;
  const named = key === undefined ? deps.newId() : executionIdOf(tenant, definition.name, key);
  const executionId = under?.executionId ?? named;
  const budgetRoot = under?.budgetRoot ?? (definition.hasBudget === true ? executionId : undefined);
  const { maxDurationMinutes, executionTimeoutSeconds } = definition;
  return {
    tenant,
    executionId,
    workflowId: definition.name,
    workflowVersion: definition.version,
    pattern: definition.pattern,
    plan: definition.plan,
    ...carrierOf(deps, submission),
    executionTimeoutSeconds: submission.timeoutSeconds ?? executionTimeoutSeconds,
    status: "submitted",
    run: 1,
    priority: submission.priority ?? definition.priority,
    taskCount: definition.taskCount,
    estimatedSeconds: definition.estimatedSeconds,
    ...(maxDurationMinutes === undefined ? {} : { maxDurationMinutes }),
    input: await savePayload(deps.payloads, `T/${tenant}/X/${executionId}/input`, input),
    submittedAt: deps.now().toISOString(),
    submittedBy: subject,
    traceId: submission.traceId ?? deps.newId().replace("exec_", "trace_"),
    ...under,
    ...(budgetRoot === undefined ? {} : { budgetRoot }),
  };
}

/** What carries the run. */
function carrierOf({ graphRunnerArn }: SubmitDeps, { definition, runner }: Submission) {
  return { runner, machineArn: runner === "graph" ? graphRunnerArn : definition.machineArn };
}

const executionIdOf = (tenant: string, workflow: string, key: string): string => {
  const digest = createHash("sha256").update(JSON.stringify([tenant, workflow, key])).digest("hex");
  return `exec_${digest.slice(0, 24)}`;
};

/** A retry must find its execution even when a newer version was deployed in between. */
function checkSameWish(found: Execution, wanted: Execution, { isPinned }: Submission): void {
  const isSamePlan = !isPinned || found.plan === wanted.plan;
  if (isSamePlan && JSON.stringify(found.input) === JSON.stringify(wanted.input)) return;
  throw new ConflictError(`the idempotency key belongs to ${found.executionId}, which has another definition or input; use a new key`);
}
