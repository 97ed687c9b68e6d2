import * as z from "zod";

const ComponentStatus = z.enum(["healthy", "degraded", "unknown"]);
/** How a part of the orchestrator is. `unknown`: nothing measures it here. */
export type ComponentStatus = z.infer<typeof ComponentStatus>;

const Figure = z.number().nullable();

/** The dashboard's figures of this moment (spec 000); null where there is nothing to make a figure of. */
export const RealtimeDashboard = z
  .object({
    system_health: z.object({
      overall_status: ComponentStatus,
      component_status: z.object({
        /** Degraded while more executions fail than 5 in 100, with 95 % confidence. */
        orchestrator: ComponentStatus,
        /** Degraded while more than 500 executions wait. */
        scheduler: ComponentStatus,
        /** Degraded while the reads for this answer, made side by side, took more than 100 ms. */
        state_store: ComponentStatus,
        message_broker: ComponentStatus,
      }),
    }),
    active_workflows: z.object({
      total_running: z.int(),
      success_rate_last_hour: Figure,
      average_execution_time_minutes: Figure,
      sla_violations_today: z.int(),
    }),
    agent_ecosystem: z.object({
      total_registered_agents: z.int(),
      healthy_agents: z.int(),
      average_response_time_ms: Figure,
      top_performing_agents: z.array(
        // The time is the median, in milliseconds.
        z.object({ agent_id: z.string(), success_rate: z.number(), avg_response_time: z.number() }),
      ),
    }),
    resource_metrics: z.object({
      /** As agents report them, in percent. */
      cpu_utilization: Figure,
      memory_utilization: Figure,
      /** Executions that wait for a slot. */
      queue_depth: z.int(),
      /** Over the last five minutes. */
      throughput_workflows_per_minute: z.number(),
    }),
    timestamp: z.iso.datetime(),
  })
  .meta({ id: "RealtimeDashboard" });
export type RealtimeDashboard = z.infer<typeof RealtimeDashboard>;
