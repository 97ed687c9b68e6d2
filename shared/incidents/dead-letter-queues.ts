import { NotFoundError } from "../core/errors.ts";

/** Where messages wait that failed for good. */
export interface DeadLetterQueue {
  /** Name that the deployment's prefix stands before. */
  readonly queue: string;
  /** The work queue whose messages end here. @default - they come from a stream, a rule or a schedule, and cannot go back */
  readonly source?: string;
}

const behind = (work: string, end = ""): DeadLetterQueue => ({ queue: `${work}-dead${end}`, source: `${work}${end}` });

/** Every dead-letter queue by the name that the runbook has it under. */
export const DEAD_LETTER_QUEUES: Readonly<Record<string, DeadLetterQueue>> = {
  "tasks-critical-dead": behind("tasks-critical"),
  "tasks-high-dead": behind("tasks-high"),
  "tasks-medium-dead": behind("tasks-medium"),
  "tasks-low-dead": behind("tasks-low"),
  "watch-dead": behind("watch"),
  "settle-dead": behind("settle"),
  "await-dead": behind("await"),
  "hooks-dead": behind("hooks"),
  "live-dead": behind("live", ".fifo"),
  "stream-dead": { queue: "stream-dead" },
  "events-dead": { queue: "events-dead" },
  "bus-events-dead": behind("bus-events"),
  "schedules-dead": behind("schedules"),
  "deliveries-dead": behind("deliveries"),
  "agent-sweeps-dead": { queue: "agent-sweeps-dead" },
  "agent-outcomes-dead": behind("agent-outcomes"),
  "execution-ends-dead": behind("execution-ends"),
  "roll-ups-dead": { queue: "roll-ups-dead" },
  "notifications-dead": behind("notifications"),
  "incident-sweeps-dead": { queue: "incident-sweeps-dead" },
};

/**
 * The queue of a name.
 *
 * @throws {NotFoundError} there is none.
 */
export function deadLetterQueueOf(name: string): DeadLetterQueue {
  const found = Object.hasOwn(DEAD_LETTER_QUEUES, name) ? DEAD_LETTER_QUEUES[name] : undefined;
  if (found === undefined) throw new NotFoundError("dead-letter queue", name);
  return found;
}
