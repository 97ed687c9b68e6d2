/** Replies to steering, as far as the command reads them. Tolerant: new fields are fine. */
import * as z from "zod";

export const Steered = z.object({
  execution_id: z.string(),
  status: z.string(),
  run: z.int(),
  priority: z.string(),
  legal_moves: z.array(z.string()).default([]),
  checkpoint_id: z.string().optional(),
});
export type Steered = z.output<typeof Steered>;

export const Modified = Steered.extend({
  changes: z.object({
    unchanged: z.int(),
    changed: z.array(z.string()),
    added: z.array(z.string()),
    removed: z.array(z.string()),
  }),
  kept_started: z.array(z.string()).default([]),
});

export const Decided = z.object({
  task_id: z.string(),
  verdict: z.string(),
  decided_by: z.string(),
  decided_at: z.string(),
});

export const CheckpointEntry = z.object({
  checkpoint_id: z.string(),
  checkpoint_timestamp: z.string(),
  run: z.int(),
  reason: z.string(),
  created_by: z.string(),
  settled_tasks: z.int(),
});
export const CheckpointPage = z.object({ checkpoints: z.array(CheckpointEntry), next_cursor: z.string().optional() });

const HoldEntry = z.object({
  scope: z.string(),
  workflow_id: z.string().optional(),
  held_by: z.string(),
  reason: z.string().optional(),
  held_since: z.string(),
});
export const HoldReply = HoldEntry;
export const HoldList = z.object({ holds: z.array(HoldEntry) });
export const Released = z.object({ was_held: z.boolean(), released_tasks: z.int() });

export const InboxPage = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      execution_id: z.string(),
      workflow_id: z.string(),
      task_id: z.string(),
      waiting_since: z.string(),
      prompt: z.string().nullish(),
      roles: z.array(z.string()).optional(),
      question: z.unknown().optional(),
      error: z.object({ code: z.string(), message: z.string() }).optional(),
      actions: z.array(z.string()),
    }),
  ),
  next_cursor: z.string().optional(),
});
export type InboxItem = z.output<typeof InboxPage>["items"][number];

const BulkEntry = z.object({
  execution_id: z.string(),
  outcome: z.string(),
  status: z.string(),
  detail: z.string().optional(),
});
export type BulkEntry = z.output<typeof BulkEntry>;
export const BulkPage = z.object({ results: z.array(BulkEntry), next_cursor: z.string().optional() });

export const WorkflowSteered = z.object({
  status: z.string(),
  executions: z.array(BulkEntry),
  is_complete: z.boolean(),
});
