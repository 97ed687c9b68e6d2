import * as z from "zod";
import { ExecutionStatus } from "../execution.ts";

/** How many of a tenant's workflows are under way and wait, and how many may. */
export const WorkflowCapacity = z
  .object({
    running: z.int(),
    available: z.int(),
    waiting: z.int(),
    /** Null while nothing is known of how long executions take. */
    estimated_wait_time_minutes: z.number().nullable(),
    max_concurrent_workflows: z.int(),
    max_concurrent_workflows_per_tenant: z.int(),
    max_queue_size: z.int(),
    queue_overflow_strategy: z.literal("reject_low_priority"),
  })
  .meta({ id: "WorkflowCapacity" });
export type WorkflowCapacity = z.infer<typeof WorkflowCapacity>;

/** Agents able to work, executions under way by status, and how many more may start. */
export const CapacityView = z
  .object({
    agents: z.object({ registered: z.int(), active: z.int() }),
    concurrent_tasks: z.int(),
    executions: z.partialRecord(ExecutionStatus, z.int()),
    workflows: WorkflowCapacity,
  })
  .meta({ id: "Capacity" });

/** What no agent reports is null. */
const Reported = z.number().nullable();
/** A share in percent, such as `45%`. */
const Percent = z.string().nullable();

const AvailabilityZone = z.object({
  zone: z.string(),
  agents: z.int(),
  status: z.enum(["healthy", "degraded", "unhealthy"]),
});

/** What the tenant's agents offer and how busy they are. */
const ClusterStatus = z
  .object({
    total_capacity: z.object({
      agents: z.int(),
      concurrent_tasks: z.int(),
      cpu_cores: Reported,
      memory_gb: Reported,
      storage_tb: Reported,
    }),
    current_utilization: z.object({
      agents_active: z.int(),
      cpu_usage: Percent,
      memory_usage: Percent,
      storage_usage: Percent,
    }),
    availability_zones: z.array(AvailabilityZone),
  })
  .meta({ id: "ClusterStatus" });
/** Over all agents of one tenant; what none of them reports is `null`. */
export type ClusterStatus = z.infer<typeof ClusterStatus>;

/** What waits for a slot. */
const QueueSummary = z
  .object({
    pending_workflows: z.int(),
    estimated_wait_time_minutes: z.int(),
    priority_breakdown: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }),
  })
  .meta({ id: "QueueSummary" });
/** Of one tenant; the wait is an estimate from how long its executions took lately. */
export type QueueSummary = z.infer<typeof QueueSummary>;

/** Capacity, utilisation, zones and queue (spec 000). */
export const ResourceStatus = z
  .object({ cluster_status: ClusterStatus, queue_status: QueueSummary })
  .meta({ id: "ResourceStatus" });
