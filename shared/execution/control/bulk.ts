import { listExecutions } from "../store/execution-queries.ts";
import { type BulkAction, legalMoves, type Move, moveOf } from "../lifecycle/execution-actions.ts";
import { OrchestratorError } from "../../core/errors.ts";
import { EXECUTION_LIMITS } from "../limits.ts";
import type { Execution, ExecutionStatus } from "../execution.ts";
import type { Priority } from "../../workflow/definition/task-definition.ts";
import type { ControlDeps, Steering } from "./control-deps.ts";
import { boostPriority, cancelExecution, pauseExecution, resumeExecution } from "./control-execution.ts";
import { redriveExecution } from "./rerun.ts";

/** Which executions, and what becomes of them. */
export interface BulkWish {
  readonly tenant: string;
  readonly by: string;
  readonly reason?: string | undefined;
  readonly action: BulkAction;
  readonly filter: {
    readonly workflowId?: string | undefined;
    readonly status?: ExecutionStatus | undefined;
    /** ISO 8601; both ends excluded. */
    readonly submittedBefore?: string | undefined;
    readonly submittedAfter?: string | undefined;
  };
  readonly parameters?: { readonly priority?: Priority | undefined; readonly compensate?: boolean | undefined };
  /** Says what would happen and does nothing. */
  readonly isDryRun: boolean;
}

/** What came of one execution. */
export interface BulkResult {
  readonly executionId: string;
  readonly outcome: Move | "failed";
  /** Afterwards; as it is for what was not changed. */
  readonly status: ExecutionStatus;
  readonly detail?: string | undefined;
}

/**
 * Steers the executions of one page that fit the filter, newest first. One that cannot be steered keeps nobody from
 * theirs.
 */
export async function steerMany(
  deps: ControlDeps,
  wish: BulkWish,
  page: { limit: number; after?: Record<string, unknown> | undefined },
): Promise<{ readonly results: readonly BulkResult[]; readonly next: Record<string, unknown> | undefined }> {
  const { workflowId, status } = wish.filter;
  const { rows, next } = await listExecutions(deps.executions, { tenant: wish.tenant, workflowId, status }, page);
  const chosen = rows.filter((execution) => isChosen(execution, wish));
  const results: BulkResult[] = [];
  for (let start = 0; start < chosen.length; start += EXECUTION_LIMITS.steeredAtOnce) {
    results.push(
      ...(await Promise.all(chosen.slice(start, start + EXECUTION_LIMITS.steeredAtOnce).map((one) => steerOne(deps, wish, one)))),
    );
  }
  return { results, next };
}

function isChosen({ submittedAt }: Execution, { filter }: BulkWish): boolean {
  const { submittedBefore: before, submittedAfter: after } = filter;
  return (before === undefined || submittedAt < before) && (after === undefined || submittedAt > after);
}

async function steerOne(deps: ControlDeps, wish: BulkWish, execution: Execution): Promise<BulkResult> {
  const { executionId, status } = execution;
  const move = moveOf(wish.action, execution);
  if (move === "done") return { executionId, outcome: move, status };
  if (move === "illegal") {
    const detail = `possible now: ${legalMoves(execution).join(", ") || "nothing"}`;
    return { executionId, outcome: move, status, detail };
  }
  if (wish.isDryRun) return { executionId, outcome: move, status };
  try {
    const after = await actOn(deps, wish, executionId);
    return { executionId, outcome: "change", status: after.status };
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return { executionId, outcome: "failed", status, detail: error.message };
  }
}

function actOn(deps: ControlDeps, wish: BulkWish, execution: string): Promise<Execution> {
  const by: Steering = { tenant: wish.tenant, execution, by: wish.by, reason: wish.reason };
  switch (wish.action) {
    case "pause":
      return pauseExecution(deps, by);
    case "resume":
      return resumeExecution(deps, by);
    case "cancel":
      return cancelExecution(deps, by, { compensate: wish.parameters?.compensate });
    case "priority_boost":
      return boostPriority(deps, by, wish.parameters?.priority);
    case "redrive":
      return redriveExecution(deps, by);
    default:
      return wish.action satisfies never;
  }
}

/**
 * Steers every execution that fits, page by page, until all are seen or `until` (epoch milliseconds) is past.
 *
 * @returns the results, and where to go on when time ran out.
 */
export async function steerAll(
  deps: ControlDeps,
  wish: BulkWish,
  until: number,
): Promise<Awaited<ReturnType<typeof steerMany>>> {
  const results: BulkResult[] = [];
  let after: Record<string, unknown> | undefined;
  do {
    const page = await steerMany(deps, wish, { limit: EXECUTION_LIMITS.bulkPage, after });
    results.push(...page.results);
    after = page.next;
  } while (after !== undefined && deps.now().getTime() < until);
  return { results, next: after };
}
