import * as z from "zod";
import { WORKFLOW_LIMITS } from "../../workflow/limits.ts";
import type { ChainVerdict } from "../audit/audit-chain.ts";
import type { Replayed, ReplayDifference } from "../audit/replay.ts";
import { ExecutionStatus } from "../execution.ts";
import { TaskState } from "../task/task-record.ts";

/** The first thing that is wrong with a history, and where. */
const AuditDefect = z
  .object({
    kind: z.enum([
      "event_altered",
      "event_missing",
      "event_foreign",
      "link_altered",
      "link_missing",
      "order_changed",
      "head_altered",
    ]),
    index: z.int(),
    link: z.string().optional(),
    event: z.string().optional(),
    expected: z.string().optional(),
    actual: z.string().optional(),
  })
  .meta({ id: "AuditDefect" });

const Value = z.union([z.string(), z.number()]).nullable();

/** Something that rows and events say differently; without a task it is about the execution. */
const AuditDifference = z
  .object({ task_id: z.string().nullable(), field: z.string(), replayed: Value, stored: Value })
  .meta({ id: "AuditDifference" });

/** Whether an execution's history is whole, and whether replaying it leads to the state on record. */
export const AuditView = z
  .object({
    execution_id: z.string(),
    verified: z.boolean(),
    length: z.int(),
    head_hash: z.string(),
    unchained: z.int(),
    first_defect: AuditDefect.optional(),
    replay: z.object({
      consistent: z.boolean(),
      events: z.int(),
      difference_count: z.int(),
      differences: z.array(AuditDifference),
    }),
  })
  .meta({ id: "Audit" });
export type AuditView = z.infer<typeof AuditView>;

const ReplayedTask = z
  .object({
    task_id: z.string(),
    status: TaskState,
    attempt: z.int(),
    agent_id: z.string().nullable(),
    error_code: z.string().nullable(),
    settled_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "ReplayedTask" });

/** An execution as it stood at a moment; its status is null before it was submitted. */
export const ReplayView = z
  .object({
    execution_id: z.string(),
    at: z.iso.datetime(),
    status: ExecutionStatus.nullable(),
    run: z.int(),
    tasks: z.array(ReplayedTask),
  })
  .meta({ id: "Replay" });
export type ReplayView = z.infer<typeof ReplayView>;

/** What an examination found. */
export interface AuditFindings {
  readonly chain: ChainVerdict;
  readonly events: number;
  readonly differences: readonly ReplayDifference[];
}

/** What an examination found, as the API prints it. */
export const viewAudit = (execution: string, { chain, events, differences }: AuditFindings): AuditView => ({
  execution_id: execution,
  verified: chain.defect === undefined,
  length: chain.length,
  head_hash: chain.hash,
  unchained: chain.unchained,
  ...(chain.defect === undefined ? {} : { first_defect: chain.defect }),
  replay: {
    consistent: differences.length === 0,
    events,
    difference_count: differences.length,
    differences: differences.slice(0, WORKFLOW_LIMITS.issuesPerReport).map(({ task, field, replayed, stored }) => ({
      task_id: task ?? null,
      field,
      replayed: replayed ?? null,
      stored: stored ?? null,
    })),
  },
});

/** An execution as it stood at `at` (ISO 8601), as the API prints it. */
export const viewReplay = (execution: string, at: string, { status, run, tasks }: Replayed): ReplayView => ({
  execution_id: execution,
  at,
  status: status ?? null,
  run,
  tasks: [...tasks].map(([task, { state, attempt, agentId, failureCode, settledAt }]) => ({
    task_id: task,
    status: state,
    attempt,
    agent_id: agentId ?? null,
    error_code: failureCode ?? null,
    settled_at: settledAt ?? null,
  })),
});
