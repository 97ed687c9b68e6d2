import * as z from "zod";
import type { StoredDefinition } from "../../workflow/store/stored-definition.ts";
import { type Execution, ExecutionStatus, isFinished } from "../execution.ts";
import { QueuePosition } from "./executions.ts";

/** The reply to a submission (spec 000, "Submit Workflow for Execution"). */
export const SubmissionView = z
  .object({
    execution_id: z.string(),
    workflow_id: z.string(),
    status: ExecutionStatus,
    /** Absent once it is finished: a repeat of the same key finds it so. */
    estimated_completion: z.iso.datetime().optional(),
    /** No agent is assigned or reserved before its task starts. Absent when the definition states no costs. */
    resource_allocation: z
      .object({
        /** Dollars, such as `$1.50`: what the definition's tasks state. */
        estimated_cost: z.string(),
      })
      .optional(),
    /** Paths below the API's base URL. */
    monitoring: z.object({
      status_url: z.string(),
      metrics_url: z.string(),
      logs_url: z.string(),
      /** A whole URL: what happens, as it happens (spec 004 §4.4). */
      websocket_url: z.string(),
    }),
    queue_status: QueuePosition.optional(),
  })
  .meta({ id: "Submission" });
export type SubmissionView = z.infer<typeof SubmissionView>;

/** Money as spec 000 prints it. */
const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** A submitted execution as the API prints it; `queue` while it waits for a slot, `socketUrl` of the WebSocket API. */
export function viewSubmission(
  execution: Execution,
  definition: StoredDefinition,
  { queue, socketUrl }: { readonly queue: QueuePosition | undefined; readonly socketUrl: string },
): SubmissionView {
  const base = `/api/v1/executions/${execution.executionId}`;
  const due = Date.parse(execution.submittedAt) + execution.estimatedSeconds * 1000;
  return {
    execution_id: execution.executionId,
    workflow_id: execution.workflowId,
    status: execution.status,
    ...(isFinished(execution.status) ? {} : { estimated_completion: new Date(due).toISOString() }),
    ...(definition.estimatedCost === 0 ? {} : { resource_allocation: { estimated_cost: dollars(definition.estimatedCost) } }),
    monitoring: { status_url: `${base}/status`, metrics_url: `${base}/metrics`, logs_url: `${base}/logs`, websocket_url: `${socketUrl}?execution_id=${execution.executionId}` },
    ...(queue === undefined ? {} : { queue_status: queue }),
  };
}
