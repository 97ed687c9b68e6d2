import * as z from "zod";
import type { Closed } from "../closed-union.ts";
import { Failure } from "../../core/failure.ts";
import { ExecutionId } from "../../core/ids.ts";
import { Usage } from "../../core/usage.ts";
import { PayloadRef } from "../payload.ts";
import { Asked } from "./asked.ts";
import { Hooked } from "./hooked.ts";
import { Made } from "./made.ts";

/** Life of a task. `queued` also covers the delay before a retry. */
export const TaskState = z.enum([
  "queued",
  "parked",
  "dispatched",
  "running",
  "input_required",
  "completed",
  "failed",
  "skipped",
  "cancelled",
]);
export type TaskState = z.infer<typeof TaskState>;

const SETTLED = ["completed", "failed", "skipped", "cancelled"] as const satisfies readonly TaskState[];
const IN_HANDS = ["dispatched", "running", "input_required"] as const satisfies readonly TaskState[];

/** The state of a task that has ended. */
export type SettledState = (typeof SETTLED)[number];

/** The state of a task that somebody works on. */
export type InHandsState = (typeof IN_HANDS)[number];

const isOneOf = <State extends TaskState>(states: readonly State[], state: TaskState): state is State =>
  states.some((one) => one === state);

/** Whether a task has ended (invariant 8). */
export const isSettled = (state: TaskState): state is SettledState => isOneOf(SETTLED, state);

/** Whether an agent, a child execution or a task's own instances work on it. */
export const isInHands = (state: TaskState): state is InHandsState => isOneOf(IN_HANDS, state);

/** What a parked task waits for, other than a task: the part after `$` in its parking row. */
export const ParkReason = z.enum(["paused", "hold", "event", "approval", "operator", "budget", "hooks"]);
export type ParkReason = z.infer<typeof ParkReason>;

/** Why a queued task is not with an agent yet. */
export const QueueReason = z.enum(["no_capable_agent", "breaker_open", "no_capacity", "limit", "retry"]);
export type QueueReason = z.infer<typeof QueueReason>;

/** What a person decided about a task that waits for it. */
export const Decision = z.object({
  verdict: z.enum(["approved", "rejected"]),
  by: z.string(),
  reason: z.string().optional(),
  at: z.iso.datetime(),
});
export type Decision = z.infer<typeof Decision>;

/** Agents and the execution that were at work on a task. */
export const Recall = z.object({
  agents: z.array(z.object({ agentId: z.string(), agentTaskId: z.string() })),
  child: ExecutionId.optional(),
});
export type Recall = z.infer<typeof Recall>;

const Time = z.iso.datetime();

/** What every row has. */
const identity = {
  task: z.string(),
  /** The run that owns the row. Messages of earlier runs change nothing any more. */
  run: z.int().positive(),
  /** Counts from 1; 0 before the first dispatch. */
  attempt: z.int().nonnegative(),
  /** Counts the row's transitions from 1. A write is conditional on the number that its author saw. */
  move: z.int().positive(),
  token: z.string(),
  queuedAt: Time.optional(),
  /** What its attempts used in all runs, as far as was reported. */
  usage: Usage.optional(),
  /** Of an instance of a pattern: what it asks. */
  asked: Asked.optional(),
  /** What its moves told, as `tell` writes it: the newest of them, the others lie in rows of their own. */
  told: z.array(z.string()).readonly().default([]),
};

/** What a row remembers until the task starts over. */
const memory = {
  /** Agents that failed this task already, oldest first. */
  triedAgents: z.array(z.string()).optional(),
  /** Why the last attempt failed. */
  failure: Failure.optional(),
  /** Attempts before the task was started over: the policy's count begins after them. */
  retryBase: z.int().nonnegative().optional(),
  /** Since when events count for a task that waits for one. */
  waitSince: Time.optional(),
  /** Detail of the event that a task waited for. */
  event: PayloadRef.optional(),
  decision: Decision.optional(),
  /** Takes the place of the definition's input in a rerun. */
  input: PayloadRef.optional(),
  hooked: Hooked.optional(),
  made: Made.optional(),
  /** Who was at work on it when it was taken back and is yet to be told to stop. */
  recall: Recall.optional(),
};

/** An attempt as it was recorded before it was sent. */
const attempt = {
  agentId: z.string(),
  contextId: z.string(),
  messageId: z.string(),
  /** sha256 of the secret that a push of this attempt must show. */
  pushSecretHash: z.string(),
};

const work = {
  agentId: attempt.agentId.optional(),
  contextId: attempt.contextId.optional(),
  messageId: attempt.messageId.optional(),
  pushSecretHash: attempt.pushSecretHash.optional(),
  agentTaskId: z.string().optional(),
  /** The execution that runs as this task. */
  child: ExecutionId.optional(),
  /** How much of `usage` is that execution's. */
  childUsage: Usage.optional(),
  /** The list of a `for_each`, and how long it is. */
  items: z.object({ count: z.int().nonnegative(), list: PayloadRef }).optional(),
  /** When a second agent got the task as well, under the name that `hedgeName` gives. */
  hedgedAt: Time.optional(),
};

const settled = { ...identity, ...memory, ...work, dispatchedAt: Time.optional(), settledAt: Time };

const QueuedTask = z.object({
  ...identity,
  ...memory,
  state: z.literal("queued"),
  /** A retry waits until then. */
  notBefore: Time.optional(),
  /** Why it is not with an agent, and when it is looked at again. */
  wait: z.object({ reason: QueueReason, until: Time }).optional(),
});

const ParkedTask = z.object({
  ...identity,
  ...memory,
  state: z.literal("parked"),
  /** Absent: for the output of another task. */
  reason: ParkReason.optional(),
  /** When waiting for an event or a person is given up. */
  waitUntil: Time.optional(),
});

const DispatchedTask = z.object({
  ...identity,
  ...memory,
  ...attempt,
  state: z.literal("dispatched"),
  dispatchedAt: Time,
  /** When the attempt is given up. */
  deadlineAt: Time,
  hedgedAt: work.hedgedAt,
  /** The send is `await-agent`'s. `openUntil`: it has begun, and is over by then at the latest. */
  awaited: z.object({ openUntil: Time.optional() }).optional(),
});

/** An answer on its way to the agent that asked; until the agent goes on, the same question is no news. */
const AnswerUnderWay = z.object({
  messageId: z.string(),
  input: PayloadRef,
  questionId: z.string(),
  at: Time,
  /** Since when its send is open. */
  openedAt: Time.optional(),
});

const RunningTask = z.object({
  ...identity,
  ...memory,
  ...work,
  state: z.literal("running"),
  dispatchedAt: Time,
  deadlineAt: Time.optional(),
  answer: AnswerUnderWay.optional(),
});

const InputRequiredTask = z.object({
  ...identity,
  ...memory,
  ...attempt,
  state: z.literal("input_required"),
  agentTaskId: z.string(),
  dispatchedAt: Time,
  hedgedAt: work.hedgedAt,
  /** It waits for something else than an answer: for authorisation, or in a state that we do not know. */
  asksFor: z.enum(["auth", "unknown"]).optional(),
  /** What the agent asks for, and since when. */
  question: PayloadRef,
  /** Tells it from the questions before and after it. */
  questionId: z.string().optional(),
  askedAt: Time,
});

const CompletedTask = z.object({ ...settled, state: z.literal("completed"), output: PayloadRef });
/** `partial`: what its agent had made until it failed. Nobody who depends on it gets that. */
const FailedTask = z.object({ ...settled, state: z.literal("failed"), failure: Failure, partial: PayloadRef.optional() });
const SkippedTask = z.object({ ...settled, state: z.literal("skipped"), output: PayloadRef.optional() });
const CancelledTask = z.object({ ...settled, state: z.literal("cancelled") });

const VARIANTS = [
  QueuedTask,
  ParkedTask,
  DispatchedTask,
  RunningTask,
  InputRequiredTask,
  CompletedTask,
  FailedTask,
  SkippedTask,
  CancelledTask,
] as const;

/**
 * One task of an execution, by state. Exists from the first time its message was looked at. What a state does not list
 * is not in its rows: a queued task has no deadline, a completed one has an output.
 *
 * @example
 * ```ts
 * const record = TaskRecord.parse(item);
 * if (record.state === "completed") await runtime.load(record.output); // no other state has to have one
 * ```
 */
export type TaskRecord = Closed<z.infer<(typeof VARIANTS)[number]>>;

/** A task in one of some states. */
export type TaskIn<State extends TaskState> = Extract<TaskRecord, { readonly state: State }>;

const Row = z.discriminatedUnion("state", VARIANTS);
/** Reads rows; attributes that their state does not have are left out. */
export const TaskRecord = { parse: (row: unknown): TaskRecord => Row.parse(row) };
