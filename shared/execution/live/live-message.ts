import * as z from "zod";
import { HookExecuted, WorkflowCheckpointed, WorkflowStatusChanged } from "../execution-events.ts";
import {
  AgentTaskAssigned,
  AgentTaskStarted,
  TaskCompleted,
  TaskRetryScheduled,
} from "../task/task-events.ts";
import type { StoredEvent } from "../new-event.ts";

/** What is sent over a WebSocket of what happens in an execution (spec 004 §4.4). */
export const LiveMessage = z.object({
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
  timestamp: z.iso.datetime(),
  /** Of the event: equal for repeats, and what a reader comes back with. */
  id: z.string().optional(),
  /** Of the event in its execution's log, where that is known already. */
  sequence: z.int().optional(),
});
export type LiveMessage = z.infer<typeof LiveMessage>;

type Draft = readonly [type: string, data: Readonly<Record<string, unknown>>];
type Teller = (event: StoredEvent) => readonly Draft[];

/** Ties what is told to the schema of the event: an event of another form tells nothing. */
function telling<Detail extends z.ZodType>(
  event: { readonly type: string; readonly detail: Detail },
  tell: (detail: z.output<Detail>) => readonly Draft[],
): readonly [string, Teller] {
  return [
    event.type,
    ({ facts, type: _type, ...head }) => {
      const { success, data } = event.detail.safeParse({ ...head, ...facts });
      return success ? tell(data) : [];
    },
  ];
}

/** Messages by the event that they tell of. A capability adds a row. */
const TELLERS: ReadonlyMap<string, Teller> = new Map([
  telling(WorkflowStatusChanged, ({ execution_id, previous_status, new_status, timestamp }) => [
    ["workflow.status_changed", { execution_id, previous_status, new_status, timestamp }],
  ]),
  telling(AgentTaskAssigned, ({ execution_id, agent_id, task_id, dependencies, timestamp }) => [
    ["agent.task_assigned", { execution_id, agent_id, task_id, dependencies, timestamp }],
  ]),
  // Agents report nothing between the two ends.
  telling(AgentTaskStarted, ({ execution_id, task_id, agent_id, timestamp }) => [
    ["task.progress_update", { execution_id, task_id, agent_id, progress: 0, timestamp }],
  ]),
  telling(TaskCompleted, ({ execution_id, task_id, agent_id, status, result, error, duration_seconds, timestamp }) => [
    ["task.completed", { execution_id, task_id, agent_id, status, result: result ?? {}, duration_seconds, timestamp }],
    ...(error === undefined ? [] : [failure({ execution_id, task_id, agent_id, error, timestamp })]),
  ]),
  telling(TaskRetryScheduled, ({ execution_id, task_id, agent_id, error, timestamp }) => [
    failure({ execution_id, task_id, agent_id, error, timestamp }),
  ]),
  telling(WorkflowCheckpointed, ({ execution_id, checkpoint_id, timestamp }) => [
    ["checkpoint.created", { execution_id, checkpoint_id, checkpoint_timestamp: timestamp }],
  ]),
  telling(HookExecuted, ({ execution_id, hook_id, hook_name, trigger, status, duration_ms, timestamp }) => [
    ["hook.executed", { execution_id, hook_id, hook_name, trigger, status, duration_ms, timestamp }],
  ]),
]);

interface Failed {
  readonly execution_id: string;
  readonly task_id: string;
  readonly agent_id: string | undefined;
  readonly error: { readonly code: string; readonly message: string };
  readonly timestamp: string;
}

const failure = ({ error, ...where }: Failed): Draft => [
  "error.occurred",
  { ...where, error_type: error.code, error_message: error.message },
];

/** The messages that an event is told by; none for events that spec 004 §4.4 does not know. */
export function liveMessages(event: StoredEvent, sequence?: number): readonly LiveMessage[] {
  const { event_id: id, timestamp } = event;
  const drafts = TELLERS.get(event.type)?.(event) ?? [];
  return drafts.map(([type, data]) => ({ type, data, timestamp, id, ...(sequence === undefined ? {} : { sequence }) }));
}

/** A message about the connection itself. */
export const notice = (type: string, data: Readonly<Record<string, unknown>>, at: Date): LiveMessage => ({
  type,
  data: { ...data },
  timestamp: at.toISOString(),
});
