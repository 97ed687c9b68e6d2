import * as z from "zod";
import { PayloadRef } from "./payload.ts";
import { ExecutionId, PlanHash, TenantId } from "../core/ids.ts";

/** What a hold covers: everything, a tenant, or one workflow of a tenant. */
export const HoldPlace = z.union([
  z.object({ scope: z.literal("global") }),
  z.object({ scope: z.literal("tenant"), tenant: TenantId }),
  z.object({ scope: z.literal("workflow"), tenant: TenantId, workflow: z.string() }),
]);
export type HoldPlace = z.infer<typeof HoldPlace>;

/** Nothing that it covers starts until it is released. Who put it there, why and when. */
export const Hold = z.object({
  scope: z.enum(["global", "tenant", "workflow"]),
  tenant: TenantId.optional(),
  workflow: z.string().optional(),
  by: z.string(),
  reason: z.string().optional(),
  at: z.iso.datetime(),
});
export type Hold = z.infer<typeof Hold>;

/**
 * A moment of an execution to which it can be taken back. Results stay in their rows with the time they came, so a
 * checkpoint is only that time and what the run went by: taking one costs the same for ten tasks and ten thousand.
 */
export const Checkpoint = z.object({
  id: z.string(),
  execution: ExecutionId,
  /** What has settled by then counts. */
  at: z.iso.datetime(),
  run: z.int().positive(),
  plan: PlanHash,
  runner: z.enum(["machine", "graph"]),
  machineArn: z.string().optional(),
  workflowVersion: z.string(),
  taskCount: z.int().nonnegative(),
  reason: z.string(),
  by: z.string(),
  /** A moment behind; for people. */
  settledTasks: z.int().nonnegative(),
});
export type Checkpoint = z.infer<typeof Checkpoint>;

/** What a restart does to one task. */
export const TaskChange = z.discriminatedUnion("act", [
  /**
   * Starts over. With `unlessStarted` one that has begun meanwhile goes on as it is; with `keepsItems` a `for_each`
   * starts over only those instances that are named or that the rule for others takes.
   */
  z.object({
    act: z.literal("reset"),
    input: PayloadRef.optional(),
    unlessStarted: z.literal(true).optional(),
    keepsItems: z.literal(true).optional(),
  }),
  /** Counts as done; `output` stands in for a result. */
  z.object({ act: z.literal("skip"), output: PayloadRef.optional() }),
  /** Is no longer in the plan. */
  z.object({ act: z.literal("drop") }),
  /** Is at work again: the execution that runs as it goes on. */
  z.object({ act: z.literal("revive") }),
]);
export type TaskChange = z.infer<typeof TaskChange>;

/** What the next run does differently from the one before; see `shared/execution/control/restart-rules.ts`. */
export const Restart = z.object({
  /** Step Functions execution of the run before, to be stopped; absent where no machine carried it. */
  stop: z.string().optional(),
  action: z.string(),
  by: z.string(),
  /** Tasks by name. */
  tasks: z.record(z.string(), TaskChange),
  /**
   * Which of the others start over: `failures` takes what ended the run before (failed and cancelled tasks, and whatever
   * was still under way), `since` what had not settled at that moment; tasks that were at work then and still are go on,
   * unless the execution `isOver`: then they are being recalled. Absent: none.
   */
  others: z
    .union([z.object({ rule: z.literal("failures") }), z.object({ rule: z.literal("since"), at: z.iso.datetime(), isOver: z.boolean() })])
    .optional(),
});
export type Restart = z.infer<typeof Restart>;
