import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import type { BulkResult } from "../control/bulk.ts";
import { BULK_ACTIONS } from "../lifecycle/execution-actions.ts";
import { ExecutionStatus } from "../execution.ts";
import { HoldView } from "./holds.ts";

/** What came of one of many executions. */
export const BulkEntry = z
  .object({
    execution_id: z.string(),
    outcome: z.enum(["changed", "unchanged", "illegal", "failed"]),
    status: ExecutionStatus,
    detail: z.string().optional(),
  })
  .meta({ id: "BulkEntry" });
export type BulkEntry = z.infer<typeof BulkEntry>;

/** A page of executions that a filter chose, and what came of each. */
export const BulkPage = z
  .object({
    action: z.enum(BULK_ACTIONS),
    dry_run: z.boolean(),
    results: z.array(BulkEntry),
    next_cursor: NextCursor,
  })
  .meta({ id: "BulkPage" });

/** A workflow that was paused or resumed as a whole; `is_complete: false` when time ran out before the last run. */
export const ControlledWorkflow = z
  .object({
    workflow_id: z.string(),
    status: z.enum(["paused", "active"]),
    hold: HoldView.optional(),
    executions: z.array(BulkEntry),
    is_complete: z.boolean(),
  })
  .meta({ id: "ControlledWorkflow" });

const OUTCOMES = { change: "changed", done: "unchanged", illegal: "illegal", failed: "failed" } as const;

/** What came of one execution of a bulk request, as the API prints it. */
export const viewBulkEntry = ({ executionId, outcome, status, detail }: BulkResult): BulkEntry => ({
  execution_id: executionId,
  outcome: OUTCOMES[outcome],
  status,
  ...(detail === undefined ? {} : { detail }),
});
