import * as z from "zod";
import { ExecutionId } from "../../core/ids.ts";
import { Usage } from "../../core/usage.ts";
import { PayloadRef } from "../payload.ts";
import { Decision, Recall, TaskState } from "./task-record.ts";

/** What a newer run needs to know of a task's row: where it stands, and who works on it. Without payloads. */
export const TaskOutline = z.object({
  task: z.string(),
  state: TaskState,
  run: z.int().positive(),
  attempt: z.int().nonnegative(),
  move: z.int().nonnegative(),
  settledAt: z.string().optional(),
  dispatchedAt: z.string().optional(),
  agentId: z.string().optional(),
  agentTaskId: z.string().optional(),
  child: ExecutionId.optional(),
  recall: Recall.optional(),
  decision: Decision.optional(),
  input: PayloadRef.optional(),
  usage: Usage.optional(),
  told: z.array(z.string()).readonly().default([]),
});
export type TaskOutline = z.infer<typeof TaskOutline>;
