import * as z from "zod";
import { NextCursor } from "../../core/next-cursor.ts";
import type { Checkpoint } from "../control.ts";

/** A marked state of an execution. */
export const CheckpointView = z
  .object({
    checkpoint_id: z.string(),
    execution_id: z.string(),
    checkpoint_timestamp: z.iso.datetime(),
    run: z.int(),
    plan_hash: z.string(),
    workflow_version: z.string(),
    reason: z.string(),
    created_by: z.string(),
    settled_tasks: z.int(),
  })
  .meta({ id: "Checkpoint" });
export type CheckpointView = z.infer<typeof CheckpointView>;

/** A page of checkpoints, newest first. */
export const CheckpointPage = z
  .object({ checkpoints: z.array(CheckpointView), next_cursor: NextCursor })
  .meta({ id: "CheckpointPage" });

/** A checkpoint as the API prints it. */
export const viewCheckpoint = (checkpoint: Checkpoint): CheckpointView => ({
  checkpoint_id: checkpoint.id,
  execution_id: checkpoint.execution,
  checkpoint_timestamp: checkpoint.at,
  run: checkpoint.run,
  plan_hash: checkpoint.plan,
  workflow_version: checkpoint.workflowVersion,
  reason: checkpoint.reason,
  created_by: checkpoint.by,
  settled_tasks: checkpoint.settledTasks,
});
