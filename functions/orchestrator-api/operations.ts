import type { Route } from "./route.ts";
import { AGENT_DISCOVERY_ROUTES } from "./routes/agents/agent-discovery.ts";
import { AGENT_RESERVATION_ROUTES } from "./routes/agents/agent-reservations.ts";
import { AGENT_STANDING_ROUTES } from "./routes/agents/agent-standing.ts";
import { AGENT_TRIAL_ROUTES } from "./routes/agents/agent-trials.ts";
import { AGENT_ROUTES } from "./routes/agents/agents.ts";
import { LIMIT_GROUP_ROUTES } from "./routes/agents/limit-groups.ts";
import { WHO_CAN_ROUTES } from "./routes/agents/who-can.ts";
import { AUDIT_ROUTES } from "./routes/execution/audit.ts";
import { BULK_CONTROL_ROUTES } from "./routes/execution/bulk-control.ts";
import { CHECKPOINT_ROUTES } from "./routes/execution/checkpoints.ts";
import { CONTROL_ROUTES } from "./routes/execution/control.ts";
import { EVENT_ROUTES } from "./routes/execution/events.ts";
import { EXECUTION_ROUTES } from "./routes/execution/executions.ts";
import { GRAPH_ROUTES } from "./routes/execution/graph.ts";
import { HOLD_ROUTES } from "./routes/execution/holds.ts";
import { INBOX_ROUTES } from "./routes/execution/inbox.ts";
import { OUTPUT_ROUTES } from "./routes/execution/outputs.ts";
import { HOOK_RUN_ROUTES } from "./routes/hooks/hook-runs.ts";
import { HOOK_ROUTES } from "./routes/hooks/hooks.ts";
import { CHANNEL_ROUTES } from "./routes/incidents/channels.ts";
import { DEAD_LETTER_ROUTES } from "./routes/incidents/dead-letters.ts";
import { INCIDENT_ROUTES } from "./routes/incidents/incidents.ts";
import { RESPONSE_ROUTES } from "./routes/incidents/responses.ts";
import { REGISTRY_ROUTES } from "./routes/agents/registries.ts";
import { RESOURCE_ROUTES } from "./routes/system/resources.ts";
import { ROUTING_ROUTES } from "./routes/agents/routing.ts";
import { SESSION_ROUTES } from "./routes/sessions/sessions.ts";
import { SUBMISSION_ROUTES } from "./routes/execution/submissions.ts";
import { ANALYTICS_ROUTES } from "./routes/system/analytics.ts";
import { DASHBOARD_ROUTES } from "./routes/system/dashboard.ts";
import { SYSTEM_ROUTES } from "./routes/system/system.ts";
import { TASK_CONTROL_ROUTES } from "./routes/execution/task-control.ts";
import { TASK_INPUT_ROUTES } from "./routes/execution/task-input.ts";
import { TRANSCRIPT_ROUTES } from "./routes/execution/transcripts.ts";
import { UPLOAD_ROUTES } from "./routes/execution/uploads.ts";
import { DRAFT_ROUTES } from "./routes/workflow/drafts.ts";
import { PATTERN_ROUTES } from "./routes/workflow/patterns.ts";
import { SCHEDULE_ROUTES } from "./routes/workflow/schedules.ts";
import { WORKFLOW_ROUTES } from "./routes/workflow/workflows.ts";

/** Every operation that is one of both REST and JSON-RPC. */
export const OPERATIONS: readonly Route[] = [
  ...SYSTEM_ROUTES,
  ...DASHBOARD_ROUTES,
  ...ANALYTICS_ROUTES,
  ...SUBMISSION_ROUTES,
  ...UPLOAD_ROUTES,
  ...DRAFT_ROUTES,
  ...PATTERN_ROUTES,
  ...WORKFLOW_ROUTES,
  ...SCHEDULE_ROUTES,
  ...EXECUTION_ROUTES,
  ...GRAPH_ROUTES,
  ...AUDIT_ROUTES,
  ...OUTPUT_ROUTES,
  ...TRANSCRIPT_ROUTES,
  ...TASK_INPUT_ROUTES,
  ...BULK_CONTROL_ROUTES,
  ...CONTROL_ROUTES,
  ...TASK_CONTROL_ROUTES,
  ...CHECKPOINT_ROUTES,
  ...HOLD_ROUTES,
  ...INBOX_ROUTES,
  ...EVENT_ROUTES,
  ...AGENT_STANDING_ROUTES,
  ...AGENT_TRIAL_ROUTES,
  ...AGENT_DISCOVERY_ROUTES,
  ...AGENT_RESERVATION_ROUTES,
  // Before the agents, whose ids stand where its last word does.
  ...WHO_CAN_ROUTES,
  ...AGENT_ROUTES,
  ...LIMIT_GROUP_ROUTES,
  ...ROUTING_ROUTES,
  ...REGISTRY_ROUTES,
  ...HOOK_RUN_ROUTES,
  ...HOOK_ROUTES,
  ...SESSION_ROUTES,
  ...RESOURCE_ROUTES,
  ...INCIDENT_ROUTES,
  ...RESPONSE_ROUTES,
  ...CHANNEL_ROUTES,
  ...DEAD_LETTER_ROUTES,
];
