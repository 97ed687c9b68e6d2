import type { Priority } from "../../workflow/definition/task-definition.ts";
import type { AgentRole } from "../../workflow/definition/workflow-definition.ts";
import type { AgentTask } from "../../workflow/plan/plan.ts";

/** A task that looks for its agent. */
export interface AgentRequest {
  readonly tenant: string;
  readonly execution: string;
  /** Name of the workflow; conditions of routing rules may speak of it. */
  readonly workflow?: string | undefined;
  readonly role: AgentRole;
  readonly task: AgentTask;
  /** Agents that failed this task already, oldest first; they get it again only when no other is left. */
  readonly tried: readonly string[];
  /** Agents that must not get it: a task for several agents asks once for each. */
  readonly exclude?: readonly string[] | undefined;
  /** The attempt that it would be: counted at work in the agent's limit group. */
  readonly messageId: string;
  readonly priority: Priority;
  /** What `affinity` and `consistent_hashing` go by. */
  readonly routingKey: string;
}
