import { WorkflowStatusChanged } from "../execution/execution-events.ts";
import { TaskDecided, TaskInputProvided, TaskInputRequired, TaskParked } from "../execution/task/task-events.ts";

/**
 * Events that callers of the A2A endpoint may want to hear of: a task moved on or ended, an agent asks or was answered, a
 * person has to decide or has decided. On the bus they say `has_callers` where the tenant has callers that asked for it.
 */
export const CALLERS_NEWS = [WorkflowStatusChanged, TaskInputRequired, TaskInputProvided, TaskDecided, TaskParked] as const;
