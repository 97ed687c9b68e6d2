import * as z from "zod";
import { PlanHash } from "../../core/ids.ts";
import { Priority } from "../definition/task-definition.ts";
import { Answer, type Runner, Trigger } from "../definition/workflow-definition.ts";

/** One version of a workflow as the control table keeps it. The definition's text lies in the bucket. */
export const StoredDefinition = z.object({
  tenant: z.string(),
  name: z.string(),
  version: z.string(),
  description: z.string().optional(),
  pattern: z.string(),
  priority: Priority,
  plan: PlanHash,
  taskCount: z.int(),
  estimatedSeconds: z.number(),
  estimatedCost: z.number(),
  agentsRequired: z.int(),
  /** Most tasks at work at the same moment; absent when lists, or calls to several agents, make it unknown. */
  parallelDegree: z.int().optional(),
  cpuCores: z.number(),
  memoryGb: z.number(),
  maxDurationMinutes: z.number().optional(),
  successRateThreshold: z.number().optional(),
  /** The definition's own deadline for a run. */
  executionTimeoutSeconds: z.int().positive(),
  /**
   * What a run starts: a published version, so that an update never changes a run under way. Empty for a definition
   * that came with its request, or is to run without a machine.
   */
  machineArn: z.string(),
  hasBudget: z.boolean().optional(),
  /** What it reads of its input by name. Absent: recorded by a release that did not look. */
  inputFields: z.array(z.object({ name: z.string(), isRequired: z.boolean() })).readonly().optional(),
  /** What a waiting caller over A2A gets. Absent: the task. */
  answer: Answer.optional(),
  /** Events that start it. */
  triggers: z.array(Trigger).optional(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
});
export type StoredDefinition = z.infer<typeof StoredDefinition>;

/** What carries a definition's runs unless one of them is asked to go otherwise. */
export const usualRunner = ({ machineArn }: Pick<StoredDefinition, "machineArn">): Runner => (machineArn === "" ? "graph" : "machine");
