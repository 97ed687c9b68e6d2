/** Replies of the API, as far as the command reads them. Tolerant: new fields are fine. */
import * as z from "zod";

const ExecutionState = z.enum(["submitted", "queued", "running", "paused", "completed", "failed", "cancelled"]);

/** Whether an execution can still change. */
export const isFinished = (status: z.output<typeof ExecutionState>): boolean =>
  status === "completed" || status === "failed" || status === "cancelled";

const Failure = z.object({ code: z.string(), message: z.string(), task: z.string().optional() });

export const TaskProgress = z.object({
  stage_id: z.string(),
  status: z.string(),
  attempt: z.int().optional(),
  agent_id: z.string().optional(),
  start_time: z.string().optional(),
  end_time: z.string().optional(),
  error: Failure.optional(),
});
export type TaskProgress = z.output<typeof TaskProgress>;

export const Status = z.object({
  execution_id: z.string(),
  workflow_id: z.string(),
  workflow_version: z.string(),
  status: ExecutionState,
  progress: z.object({ completed_stages: z.int(), total_stages: z.int() }),
  performance_metrics: z.object({ execution_time_seconds: z.number() }),
  stage_details: z.array(TaskProgress),
  critical_path: z.array(z.string()).default([]),
  estimated_remaining_seconds: z.number(),
  error_details: Failure.optional(),
});
export type Status = z.output<typeof Status>;

export const Submitted = z.object({ execution_id: z.string(), workflow_id: z.string(), status: ExecutionState });

export const ExecutionHead = z.object({
  execution_id: z.string(),
  workflow_id: z.string(),
  workflow_version: z.string(),
  status: ExecutionState,
  task_count: z.int(),
  run: z.int(),
  execution_metadata: z.object({
    submitted_at: z.string(),
    completed_at: z.string().nullable(),
    submitted_by: z.string(),
    priority: z.string(),
    trace_id: z.string(),
  }),
  error_details: Failure.optional(),
});

const Cursor = z.string().optional();
export const ExecutionPage = z.object({ executions: z.array(ExecutionHead), next_cursor: Cursor });

export const TaskOutput = z.object({
  task_id: z.string(),
  status: z.string(),
  output: z.unknown().optional(),
  /** Where a large output lies, for a while. */
  output_url: z.string().optional(),
  question: z.unknown().optional(),
  error: Failure.optional(),
});

export const LogPage = z.object({
  logs: z.array(
    z.object({
      timestamp: z.string(),
      level: z.string(),
      message: z.string(),
      task_id: z.string().nullable(),
      fields: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
  next_cursor: Cursor,
});

export const AgentEntry = z.object({
  agent_id: z.string(),
  name: z.string(),
  endpoint: z.string(),
  protocol_version: z.string(),
  capabilities: z.array(z.string()),
  location: z.string().optional(),
  status: z.string(),
  status_reason: z.string().optional(),
  quarantine: z.object({ reason: z.string() }).optional(),
  health_score: z.number(),
  trust_score: z.number(),
  tasks_learned: z.number(),
  load: z.object({ queue_size: z.number(), reserved_slots: z.number(), max_concurrent_tasks: z.number() }),
  circuit_breaker: z.object({ state: z.string(), failures: z.number(), retry_at: z.string().optional() }),
  probe: z.object({ ok: z.boolean(), latency_ms: z.number().optional(), reason: z.string().optional() }).optional(),
  last_heartbeat_at: z.string(),
});
export type AgentEntry = z.output<typeof AgentEntry>;
export const AgentList = z.object({ agents: z.array(AgentEntry), next_cursor: Cursor });
export const FoundAgents = z.object({
  agents: z.array(AgentEntry.extend({ score: z.number(), reasons: z.array(z.string()) })),
  total: z.int(),
});

export const RoutingRule = z.object({
  name: z.string(),
  priority: z.int(),
  condition: z.string().optional(),
  targets: z.array(z.string()),
  strategy: z.string(),
});
export const RoutingRules = z.object({ rules: z.array(RoutingRule) });
export const RouteAnswer = z.object({
  agent_id: z.string().nullable(),
  reason: z.string().optional(),
  rule: z.string().optional(),
  strategy: z.string().optional(),
  candidates: z.array(z.string()),
  not_free: z.array(z.object({ agent_id: z.string(), reason: z.string() })),
});

const Sync = z.object({
  ok: z.boolean(),
  listed: z.int(),
  registered: z.int(),
  unchanged: z.int(),
  removed: z.int(),
  skipped: z.array(z.object({ agent: z.string(), reason: z.string() })),
  error: z.string().optional(),
});
export const SourceEntry = z.object({
  registry_id: z.string(),
  url: z.string(),
  kind: z.string(),
  sync_minutes: z.number(),
  last_sync: Sync.extend({ at: z.string() }).optional(),
});
export const SourceList = z.object({ registries: z.array(SourceEntry) });
export const SyncReply = Sync;

export const WorkflowEntry = z.object({
  workflow_id: z.string(),
  version: z.string(),
  task_count: z.int(),
  orchestration_pattern: z.string(),
  priority: z.string(),
  created_at: z.string(),
});
export const WorkflowPage = z.object({ workflows: z.array(WorkflowEntry), next_cursor: Cursor });
