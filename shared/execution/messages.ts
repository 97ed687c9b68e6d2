import * as z from "zod";
import { Priority } from "../workflow/definition/task-definition.ts";
import { ExecutionId, PlanHash, TenantId } from "../core/ids.ts";
import { DispatchRef } from "./task/dispatch-ref.ts";
import { PayloadRef } from "./payload.ts";

/** One run of an execution; the input of every generated machine. */
export const RunRef = z.object({
  tenant: TenantId,
  execution: ExecutionId,
  run: z.int().positive(),
  plan: PlanHash,
  /** URL of the priority queue that carries the run's tasks. */
  queue: z.string(),
  /** `graph`: no machine; settled tasks start their followers. @default - a generated machine */
  runner: z.literal("graph").optional(),
});
export type RunRef = z.infer<typeof RunRef>;

/** Name of the Step Functions execution that carries a run; nested executions have names of their own. */
export const runName = ({ execution, run }: Pick<RunRef, "execution" | "run">): string => `${execution}-r${run}`;

/** In place of a task id: starts a graph run. No task can be called so. */
export const RUN_START = "$start";
/** In place of a task id: looks whether a graph run has ended, or ends it with a failure. No task can be called so. */
export const RUN_END = "$end";

/** What ended a run: a task's failure, or a reason that lies outside its tasks. */
export const RunFailure = z.object({ task: z.string().optional(), code: z.string(), message: z.string() });
export type RunFailure = z.infer<typeof RunFailure>;

/** "Start this task if it may start": sent by the machine, by a retry and by whoever ends a wait. May arrive twice. */
export const TaskMessage = z.object({
  run: RunRef,
  task: z.string(),
  token: z.string(),
  /** How many entries of the task's `after` were seen settled, so that a second look starts there. */
  seen: z.int().nonnegative().optional(),
  /** With `RUN_END`: what ends the run. */
  failure: RunFailure.optional(),
  /** With `RUN_START`: the execution's head as JSON, and when it was so, for who takes the message up at once. */
  head: z.object({ json: z.string(), at: z.iso.datetime() }).optional(),
});
export type TaskMessage = z.infer<typeof TaskMessage>;

/** "Ask the agent how this attempt is going": the backstop of lost pushes, and the deadline. */
export const WatchMessage = z.object({
  dispatch: DispatchRef,
  looks: z.int().nonnegative(),
  /** The sweep asks because the looks may have stopped: no look follows, so that none comes beside those that go on. */
  once: z.literal(true).optional(),
  /** Since when the agent says that it does not know the task. */
  missingSince: z.iso.datetime().optional(),
  /** Since when the agent says that it is done, without an answer. */
  emptySince: z.iso.datetime().optional(),
  /** Since when nothing answers at the agent's address. */
  unreachableSince: z.iso.datetime().optional(),
});
export type WatchMessage = z.infer<typeof WatchMessage>;

/** "Look at this execution's deadline and service level": sent with what it watches, and again until the time has come. */
export const ExecutionWatch = z.object({ watched: z.object({ tenant: TenantId, execution: ExecutionId }) });
export type ExecutionWatch = z.infer<typeof ExecutionWatch>;

/** "The agent says something changed": a verified push, its body left behind. */
export const SettleMessage = z.object({
  dispatch: DispatchRef,
  /** The task that the push names. Only a hint for which task to ask; needed while the send is unanswered. */
  agentTaskId: z.string().optional(),
});
export type SettleMessage = z.infer<typeof SettleMessage>;

/**
 * "Send this attempt, and wait for its answer as long as it takes": for agents that may answer only when they are done.
 * With `answer`: give the agent's task what a person answered to its question.
 */
export const AwaitMessage = z.object({
  dispatch: DispatchRef,
  answer: z.object({ messageId: z.string(), input: PayloadRef }).optional(),
});
export type AwaitMessage = z.infer<typeof AwaitMessage>;

/** URLs of the four priority queues. */
export const QueueUrls = z.record(Priority, z.string());
export type QueueUrls = z.infer<typeof QueueUrls>;

/** `Error` that a failed task reports to its machine. */
export const TASK_FAILED = "TaskFailed";

/** `Error` of a machine that is stopped because its execution's time is over, and the execution's failure code. */
export const EXECUTION_TIMED_OUT = "ExecutionTimedOut";
