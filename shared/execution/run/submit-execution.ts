import type { IdKind } from "../../core/ids.ts";
import { createHash } from "node:crypto";
import { loadExecution, saveSubmission } from "../store/execution-store.ts";
import { type PayloadStore, savePayload, type StoredPayload } from "../store/payload-store.ts";
import { meanExecutionSeconds } from "../store/task-stats.ts";
import { type AdmissionSnapshot, waitSeconds } from "../admission/admission.ts";
import { executionPayload } from "../task/payload-keys.ts";
import { startRecorded, startRun, type StartRunDeps } from "./start-run.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import { watchExecutionLater } from "./watch-execution.ts";
import { ConflictError, QueueFullError } from "../../core/errors.ts";
import { recorded } from "../lifecycle/execution-transitions.ts";
import { type AdmitDeps, admitWaiting, recordAdmitted, type RecordDeps } from "./admit.ts";
import type { HooksBefore } from "./hooks-before.ts";
import type { Execution, ExecutionIn } from "../execution.ts";
import type { StoredDefinition } from "../../workflow/store/stored-definition.ts";
import type { Priority } from "../../workflow/definition/task-definition.ts";

/** What submitting stands on. */
export interface SubmitDeps extends StartRunDeps, Omit<AdmitDeps, "startRun">, RecordDeps {
  readonly payloads: PayloadStore;
  readonly newId: (kind: IdKind) => string;
  /** Of executions of their own. @default - no hooks run before them */
  readonly before?: HooksBefore | undefined;
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
  /** The input where it is kept already, instead of `input`. */
  readonly keptInput?: StoredPayload | undefined;
  readonly priority: Priority | undefined;
  /** The same key, workflow and input give the same execution. */
  readonly idempotencyKey: string | undefined;
  readonly traceId: string | undefined;
  /** On whose behalf the caller submits it, as the caller says. */
  readonly userId?: string | undefined;
  readonly organizationId?: string | undefined;
  /** The conversation over A2A that it belongs to. */
  readonly contextId?: string | undefined;
  /** The session that it joins, as that stands. */
  readonly session?: { readonly id: string; readonly version: number; readonly variables: unknown } | undefined;
  /** Nobody could be told to come back later: it waits however many wait already. */
  readonly isUnrefusable?: boolean;
  /** Where a sub-workflow belongs; `executionId` is the one that its attempt, or a caller's message, settled on. */
  readonly under?: Pick<Execution, "executionId" | "parent" | "depth" | "budgetRoot" | "session">;
}

/**
 * Records an execution and starts its run, or leaves it in the queue until a slot is free. A repeat with the same key
 * finds the first one; if that was cut off between the two steps, the repeat completes it.
 *
 * @throws {ConflictError} the key was used before for another workflow or input.
 * @throws {QueueFullError} too many of the tenant's executions wait for one of this priority to be taken.
 */
export async function submitExecution(deps: SubmitDeps, submission: Submission): Promise<Execution> {
  const { tenant, definition, idempotencyKey: key, under } = submission;
  const named = key === undefined ? deps.newId("exec") : executionIdOf(tenant, definition.name, key);
  const executionId = under?.executionId ?? named;
  const wanted: Wanted = { executionId, describe: once(() => describeExecution(deps, submission, executionId)) };
  const askedAt = deps.now();
  const recorded = await (under?.parent === undefined ? admit : recordChild)(deps, submission, wanted);
  const execution = recorded ?? (await loadExecution(deps.executions, tenant, executionId));
  if (recorded === undefined) checkSameWish(execution, await wanted.describe(), submission);
  const hasBegun = recorded === undefined ? isLeft(execution, deps.now()) : execution.status === "running";
  if (execution.status === "submitted") await startRun(deps, execution);
  else if (hasBegun) await startBegun(deps, execution, askedAt);
  if (execution.status !== "queued") return execution;
  if (execution.awaiting !== undefined) {
    await deps.before?.ask(execution);
    return execution;
  }
  // A slot may have come free, and nobody seen who waits, just before it was in the queue.
  await admitWaiting({ ...deps, startRun: (admitted) => startRun(deps, admitted) });
  return loadExecution(deps.executions, tenant, executionId);
}

/** Starts a graph run that has begun with its record. */
async function startBegun(deps: SubmitDeps, execution: Execution, seenAt: Date): Promise<void> {
  await Promise.all([startRecorded(deps, execution, seenAt), watchExecutionLater(deps, execution)]);
}

/** Whether a graph run that began with its record may never have been started: it has had the time for its first message. */
function isLeft({ runner, status, run, startedAt, submittedAt }: Execution, now: Date): boolean {
  const isBegun = runner === "graph" && status === "running" && run === 1 && startedAt === submittedAt;
  return isBegun && now.getTime() - Date.parse(submittedAt) > EXECUTION_LIMITS.nudgeSeconds * 1000;
}

interface Wanted {
  readonly executionId: string;
  readonly describe: () => Promise<ExecutionIn<"submitted">>;
}

function once<Value>(work: () => Promise<Value>): () => Promise<Value> {
  let promise: Promise<Value> | undefined;
  return () => (promise ??= work());
}

/** @returns nothing when it was on record before. */
async function recordChild(deps: SubmitDeps, _: Submission, { describe }: Wanted): Promise<Execution | undefined> {
  const wanted = recorded(await describe());
  return (await saveSubmission(deps.executions, wanted)) === "written" ? wanted : undefined;
}

/** @returns nothing when it was on record before. */
async function admit(deps: SubmitDeps, submission: Submission, { executionId, describe }: Wanted): Promise<Execution | undefined> {
  const { tenant, priority, definition } = submission;
  const wish = { tenant, executionId, priority: priority ?? definition.priority };
  const awaiting = await deps.before?.find({ tenant, isInSession: submission.session !== undefined, describe });
  const admitted = await recordAdmitted(deps, { ...wish, isUnrefusable: submission.isUnrefusable === true, describe, awaiting });
  if (admitted.kind === "refuse") throw await refusal(deps, { ...wish, picture: admitted.picture, definition });
  return admitted.kind === "recorded" ? admitted.execution : undefined;
}

async function refusal(
  { executions, admission }: SubmitDeps,
  { tenant, priority, picture, definition }: { tenant: string; priority: Priority; picture: AdmissionSnapshot; definition: StoredDefinition },
): Promise<QueueFullError> {
  const mean = (await meanExecutionSeconds(executions, tenant)) ?? definition.estimatedSeconds;
  const facts = {
    queue_status: {
      pending_workflows: picture.waiting,
      max_queue_size: admission.queue,
      estimated_wait_time_minutes: waitSeconds(picture.waiting, admission, mean) / 60,
    },
  };
  const remedy = "try again later, or with a higher priority when it is urgent";
  const refused = `no more with priority ${priority} are accepted`;
  const message = `${picture.waiting} workflows are waiting, and ${refused}; ${remedy}`;
  // One place comes free when one execution starts.
  return new QueueFullError(message, { retryAfterSeconds: Math.max(1, waitSeconds(0, admission, mean)), facts });
}

async function describeExecution(
  deps: SubmitDeps,
  submission: Submission,
  executionId: string,
): Promise<ExecutionIn<"submitted">> {
  const { tenant, definition, input, subject, under } = submission;
  const budgetRoot = under?.budgetRoot ?? (definition.hasBudget === true ? executionId : undefined);
  const { maxDurationMinutes, successRateThreshold, executionTimeoutSeconds } = definition;
  return {
    tenant,
    executionId,
    workflowId: definition.name,
    workflowVersion: definition.version,
    pattern: definition.pattern,
    plan: definition.plan,
    ...carrierOf(submission),
    executionTimeoutSeconds: submission.timeoutSeconds ?? executionTimeoutSeconds,
    status: "submitted",
    run: 1,
    move: 1,
    priority: submission.priority ?? definition.priority,
    taskCount: definition.taskCount,
    estimatedSeconds: definition.estimatedSeconds,
    ...(maxDurationMinutes === undefined ? {} : { maxDurationMinutes }),
    ...(successRateThreshold === undefined ? {} : { successRateThreshold }),
    input: submission.keptInput ?? (await savePayload(deps.payloads, executionPayload({ tenant, execution: executionId }, "input"), input)),
    submittedAt: deps.now().toISOString(),
    submittedBy: subject,
    ...(submission.userId === undefined ? {} : { userId: submission.userId }),
    ...(submission.organizationId === undefined ? {} : { organizationId: submission.organizationId }),
    ...(submission.contextId === undefined ? {} : { contextId: submission.contextId }),
    ...(await sessionPart(deps, submission, executionId)),
    traceId: submission.traceId ?? deps.newId("trace"),
    ...under,
    ...(budgetRoot === undefined ? {} : { budgetRoot }),
  };
}

async function sessionPart({ payloads }: SubmitDeps, { tenant, session }: Submission, execution: string): Promise<Pick<Execution, "session">> {
  if (session === undefined) return {};
  const { id, version } = session;
  const variables = await savePayload(payloads, executionPayload({ tenant, execution }, "session"), session.variables);
  return { session: { id, version, variables } };
}

/** What carries the run. */
function carrierOf({ definition, runner }: Submission): Pick<Execution, "runner" | "machineArn"> {
  return runner === "graph" ? { runner } : { runner, machineArn: definition.machineArn };
}

const executionIdOf = (tenant: string, workflow: string, key: string): string => {
  const digest = createHash("sha256").update(JSON.stringify([tenant, workflow, key])).digest("hex");
  return `exec_${digest.slice(0, 24)}`;
};

/** A retry must find its execution even when a newer version was deployed in between. */
function checkSameWish(found: Execution, wanted: Execution, { isPinned }: Submission): void {
  const isSamePlan = !isPinned || found.plan === wanted.plan;
  if (isSamePlan && JSON.stringify(found.input) === JSON.stringify(wanted.input)) return;
  throw new ConflictError(`the idempotency key belongs to execution '${found.executionId}', which has another definition or input; use a new key`);
}
