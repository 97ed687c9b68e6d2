import * as z from "zod";
import { TenantId } from "../../core/ids.ts";
import { StoredDefinition } from "../store/stored-definition.ts";

/** What the API asks of `plan-workflow`: a text (YAML or JSON) or a value, in either dialect. */
export const PlanRequest = z.object({
  tenant: TenantId,
  source: z.union([
    z.object({ text: z.string(), file: z.string() }),
    z.object({ value: z.unknown() }),
  ]),
  /**
   * `check` stops after planning, and `preview` tells the tasks and what the registry says as well; `inline` keeps the
   * plan for a graph run; `deploy` makes machines as well.
   */
  mode: z.enum(["check", "preview", "deploy", "inline"]),
  createdBy: z.string(),
});
export type PlanRequest = z.infer<typeof PlanRequest>;

/** One finding of validation, as the API prints it. */
export const Finding = z.object({
  code: z.string(),
  severity: z.string(),
  message: z.string(),
  remedy: z.string(),
  path: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
});
export type Finding = z.infer<typeof Finding>;

/** What validation found, by severity. Only errors keep a definition from being planned. */
export const Report = z.object({
  errors: z.array(Finding),
  warnings: z.array(Finding),
  optimizations: z.array(Finding),
});
export type Report = z.infer<typeof Report>;

/** What a plan says, without its tasks. */
export const PlanSummary = z.object({
  plan_hash: z.string(),
  levels: z.array(z.array(z.string())),
  critical_path: z.object({ tasks: z.array(z.string()), seconds: z.number() }),
  parallel_degree: z.int(),
  machines: z.array(z.object({ key: z.string(), tasks: z.int(), bytes: z.int(), events: z.int() })),
});
export type PlanSummary = z.infer<typeof PlanSummary>;

/** One task of a plan; agent and skill are those of tasks that call an agent. */
export const WorkflowTask = z
  .object({
    id: z.string(),
    kind: z.enum(["agent", "workflow", "emit", "gate", "pattern"]),
    agent: z.string().optional(),
    skill: z.string().optional(),
    /** Of a task that agents do together: how, and what calls it can need at most. */
    pattern: z.object({ name: z.string(), calls_bound: z.int(), max_calls: z.int() }).optional(),
    depends_on: z.array(z.string()),
    estimate_seconds: z.number(),
  })
  .meta({ id: "WorkflowTask" });
export type WorkflowTask = z.infer<typeof WorkflowTask>;

/** What `plan-workflow` answers. */
export const PlanReply = z.discriminatedUnion("outcome", [
  z.object({ outcome: z.literal("invalid"), report: Report }),
  z.object({
    outcome: z.literal("planned"),
    report: Report,
    definition: StoredDefinition,
    summary: PlanSummary,
    /** Of a preview. */
    tasks: z.array(WorkflowTask).optional(),
  }),
  z.object({ outcome: z.literal("conflict"), message: z.string() }),
]);
export type PlanReply = z.infer<typeof PlanReply>;
