import * as z from "zod";

const TaskTypePerformance = z.object({
  tasks: z.int(),
  success_rate: z.number(),
  average_response_time_ms: z.number(),
});

const FailurePattern = z.object({
  error_code: z.string(),
  count: z.int(),
  /** Of all failures. */
  share: z.number(),
  last_seen: z.iso.datetime(),
});

const MaintenanceWindow = z.object({
  start: z.string(),
  end: z.string(),
  /** Fraction of the window that the agent was up. */
  availability: z.number(),
});
/** A recurring time at which an agent is mostly down. */
export type MaintenanceWindow = z.infer<typeof MaintenanceWindow>;

/** Where the specification says number, `null` stands for not yet known. */
const Figure = z.number().nullable();

const ReliabilityMetrics = z.object({
  /** Completed ÷ all tasks of 30 days. */
  success_rate_30d: Figure,
  average_response_time_ms: Figure,
  uptime_percentage: Figure,
  /** Failed ÷ all tasks of the last 7 days. */
  error_rate: Figure,
});

const CapacityMetrics = z.object({
  max_concurrent_tasks: z.int(),
  /** Tasks per hour with every slot busy. */
  throughput_capability: Figure,
  /** Fraction of the agent's busy time that ended in a completed task. */
  resource_efficiency: Figure,
  /** Tasks that may wait in front of full slots without breaking the promised latency. */
  queue_depth_tolerance: Figure,
});

const SpecializationScoring = z.object({
  /** 0 to 5 by capability. */
  skill_ratings: z.record(z.string(), z.number()),
  /** 0 to 5 by domain: a capability's first word (`carbon` of `carbon_calculation`). */
  domain_expertise: z.record(z.string(), z.number()),
  performance_by_task_type: z.record(z.string(), TaskTypePerformance),
});

const CostEfficiency = z.object({
  cost_per_task: Figure,
  /** Fraction of all cost that was spent on tasks that completed. */
  resource_utilization_efficiency: Figure,
  /** Milliseconds of agent time behind one completed task, failed attempts included. */
  time_to_value: Figure,
});

const BehavioralPatterns = z.object({
  /** UTC, such as `09:00-12:00`. */
  peak_performance_hours: z.array(z.string()),
  maintenance_windows: z.array(MaintenanceWindow),
  failure_patterns: z.array(FailurePattern),
  optimization_recommendations: z.array(z.string()),
});

/** Spec 000, "Agent Performance Profile". */
const PerformanceProfile = z.object({
  agent_id: z.string(),
  performance_profile: z.object({
    reliability_metrics: ReliabilityMetrics,
    capacity_metrics: CapacityMetrics,
    specialization_scoring: SpecializationScoring,
    cost_efficiency: CostEfficiency,
  }),
  behavioral_patterns: BehavioralPatterns,
});
/** The document that spec 000 prints; figures that are not known yet are `null`. */
export type PerformanceProfile = z.infer<typeof PerformanceProfile>;

/** What was learnt about an agent from its tasks, and the trust that it earned. */
export const AgentProfileView = PerformanceProfile.extend({ trust_score: z.number() }).meta({ id: "AgentProfile" });
