import { IllegalTransitionError } from "../illegal-transition.ts";
import type { Failure } from "../../core/failure.ts";
import type { Usage } from "../../core/usage.ts";
import { newEvent } from "../new-event.ts";
import type { TaskEdge } from "./edges.ts";
import { type PayloadFact, resultFact, secondsBetween } from "./event-facts.ts";
import type { InHandsState, TaskIn } from "./task-record.ts";
import type { PayloadRef } from "../payload.ts";
import { usageAfter, usageFact } from "./task-rules.ts";
import {
  about,
  along,
  type Binding,
  eventId,
  identityOf,
  memoryOf,
  type TaskTransition,
  workOf,
} from "./transition.ts";

/** A task that may be given to an agent. */
export type Waiting = TaskIn<"queued" | "parked">;

/** A task that somebody works on. */
export type InHands = TaskIn<InHandsState>;

/** To whom a task goes, and how the attempt is known. */
export interface Assignment extends Binding {
  readonly agentId: string;
  readonly contextId: string;
  readonly messageId: string;
  readonly pushSecretHash: string;
  readonly at: string;
  readonly deadlineAt: string;
  readonly dependencies: readonly string[];
  readonly estimateSeconds: number;
  /** The send is left to the function that may wait long for its answer. @default false */
  readonly isAwaited?: boolean;
}

/** An attempt is recorded. Its number is the row's next one. */
export function assigned(before: Waiting, to: Assignment): TaskTransition<TaskIn<"dispatched">> {
  const { agentId, contextId, messageId, pushSecretHash, run, token, at, deadlineAt } = to;
  const row = {
    ...identityOf(before),
    ...memoryOf(before),
    state: "dispatched" as const, attempt: before.attempt + 1, run, token,
    agentId, contextId, messageId, pushSecretHash, dispatchedAt: at, deadlineAt,
    awaited: to.isAwaited === true ? {} : undefined,
  };
  const facts = {
    ...about(row),
    agent_id: agentId,
    dependencies: [...to.dependencies],
    estimated_duration_seconds: to.estimateSeconds,
  };
  return along("assigned", before, { row, events: [newEvent("agent.task_assigned", { id: eventId(row, "assigned"), at, facts })] });
}

/** The send begins, with a secret of its own. On its first time the agent's clock starts now: it waited for us before. */
export function sendOpened(
  before: TaskIn<"dispatched">,
  { openUntil, pushSecretHash, at, deadlineAt }: Pick<Assignment, "pushSecretHash" | "at" | "deadlineAt"> & { openUntil: string },
): TaskTransition<TaskIn<"dispatched">> {
  const row = { ...before, move: before.move + 1, pushSecretHash, dispatchedAt: at, deadlineAt, awaited: { openUntil } };
  return along("send_opened", before, { row, events: [] });
}

/** How an agent calls what it works on. Its own context replaces the proposed one. */
export interface AgentBinding {
  readonly agentTaskId: string;
  readonly contextId?: string | undefined;
}

/** Instances and child executions are no agents: nothing that only an agent says leads on from them. */
function agentOf({ task, agentId }: InHands, edge: TaskEdge): string {
  if (agentId === undefined) throw new IllegalTransitionError(edge, { task, standing: "not with an agent" });
  return agentId;
}

/** The agent accepted the attempt, or goes on with it. Its clock runs, from now on if it stood. */
export function started(
  before: InHands,
  { heard, at, deadlineAt }: { heard: AgentBinding; at: string; deadlineAt: string },
): TaskTransition<TaskIn<"running">> {
  const { agentTaskId, contextId = before.contextId } = heard;
  const row = {
    ...identityOf(before),
    ...memoryOf(before),
    ...workOf(before),
    state: "running" as const, agentTaskId, contextId,
    dispatchedAt: before.dispatchedAt, deadlineAt: before.deadlineAt ?? deadlineAt,
  };
  const isKnown = before.agentTaskId === agentTaskId && before.state !== "input_required";
  const facts = { ...about(row), agent_id: agentOf(before, "started"), agent_task_id: agentTaskId };
  const events = isKnown ? [] : [newEvent("agent.task_started", { id: eventId(row, "started"), at, facts })];
  return along("started", before, { row, events });
}

/** The agent asks. Its clock stands until it is answered: the wait is not the agent's. */
export function inputRequired(
  before: InHands,
  {
    heard,
    question,
    questionId,
    at,
  }: { heard: AgentBinding & Pick<TaskIn<"input_required">, "asksFor">; question: PayloadRef; questionId: string; at: string },
): TaskTransition<TaskIn<"input_required">> {
  const { agentTaskId, contextId = before.contextId ?? "", asksFor } = heard;
  const { messageId = "", pushSecretHash = "", dispatchedAt, hedgedAt } = before;
  const agentId = agentOf(before, "input_required");
  const row = {
    ...identityOf(before),
    ...memoryOf(before),
    state: "input_required" as const, agentId, agentTaskId, contextId, messageId, pushSecretHash,
    dispatchedAt, hedgedAt, asksFor, question, questionId, askedAt: at,
  };
  const facts = { ...about(row), agent_id: agentId, ...(asksFor === undefined ? {} : { asks_for: asksFor }) };
  return along("input_required", before, {
    row,
    events: [newEvent("task.input_required", { id: eventId(row, "input_required"), at, facts })],
  });
}

/** What is given to an agent that asked. */
export type Answer = NonNullable<TaskIn<"running">["answer"]>;

/** A person or program answered; the agent has its time anew. The row keeps the answer until the agent has taken it. */
export function inputProvided(
  before: TaskIn<"input_required">,
  { by, answer, deadlineAt }: { by: string; answer: Answer; deadlineAt: string },
): TaskTransition<TaskIn<"running">> {
  const { at } = answer;
  const work = { ...workOf(before), dispatchedAt: before.dispatchedAt, deadlineAt };
  const row = { ...identityOf(before), ...memoryOf(before), ...work, state: "running" as const, answer };
  const facts = { ...about(row), provided_by: by };
  return along("input_provided", before, {
    row,
    events: [newEvent("task.input_provided", { id: eventId(row, "input"), at, facts })],
  });
}

/** The answer is sent now; `openedAt` undefined: its send is over, and whether the agent has it is not known. */
export const answerOpened = (
  before: TaskIn<"running">,
  { answer, openedAt }: { answer: Answer; openedAt: string | undefined },
): TaskTransition<TaskIn<"running">> =>
  along("answer_opened", before, { row: { ...before, move: before.move + 1, answer: { ...answer, openedAt } }, events: [] });

/** How an attempt ended. `skill` is the capability that was asked for. */
export interface AttemptEnd {
  readonly at: string;
  /** What it used, as far as was reported: the attempt alone, or all of the execution that ran as it. */
  readonly usage?: Usage | undefined;
  readonly skill?: string | undefined;
  /** As the definition says it. */
  readonly operation?: string | undefined;
}

const endFacts = (before: InHands, row: Parameters<typeof about>[0], { at, skill, operation, usage }: AttemptEnd) => ({
  ...about(row),
  ...(before.agentId === undefined ? {} : { agent_id: before.agentId }),
  ...(skill === undefined ? {} : { skill }),
  ...(operation === undefined ? {} : { operation }),
  duration_seconds: secondsBetween(before.dispatchedAt, at),
  ...usageFact(before, usage),
});

const endedRow = (before: InHands, { at, usage }: AttemptEnd) => ({
  ...identityOf(before),
  ...memoryOf(before),
  ...workOf(before),
  ...usageAfter(before, usage),
  dispatchedAt: before.dispatchedAt,
  settledAt: at,
});

/** The attempt has its result. */
export function completed(
  before: InHands,
  { output, ...end }: AttemptEnd & { output: PayloadRef },
): TaskTransition<TaskIn<"completed">> {
  const row = { ...endedRow(before, end), state: "completed" as const, failure: undefined, output };
  const result: PayloadFact = resultFact(output);
  const told = { ...endFacts(before, row, end), ...result };
  const facts = { ...told, status: "success" as const };
  return along("completed", before, {
    row,
    events: [newEvent("task.completed", { id: eventId(row, "settled"), at: end.at, facts })],
  });
}

/** The attempt failed, and none follows. */
export function failed(
  before: InHands,
  { failure, partial, ...end }: AttemptEnd & { failure: Failure; partial?: PayloadRef | undefined },
): TaskTransition<TaskIn<"failed">> {
  const row = { ...endedRow(before, end), state: "failed" as const, failure, partial };
  const facts = { ...endFacts(before, row, end), status: "failed" as const, error: failure };
  return along("failed", before, {
    row,
    events: [newEvent("task.completed", { id: eventId(row, "settled"), at: end.at, facts })],
  });
}

/** The attempt failed and another follows, not before `notBefore`. */
export function retryScheduled(
  before: InHands,
  { failure, notBefore, ...end }: AttemptEnd & { failure: Failure; notBefore: string },
): TaskTransition<TaskIn<"queued">> {
  const { agentId, triedAgents = [] } = before;
  const row = {
    ...identityOf(before),
    ...memoryOf(before),
    usage: usageAfter(before, end.usage).usage,
    state: "queued" as const, failure, notBefore, wait: { reason: "retry" as const, until: notBefore },
    triedAgents: [...triedAgents, ...(agentId === undefined ? [] : [agentId])],
  };
  const delay = secondsBetween(end.at, notBefore);
  const facts = { ...endFacts(before, row, end), error: failure, delay_seconds: delay };
  return along("retry_scheduled", before, {
    row,
    events: [newEvent("task.retry_scheduled", { id: eventId(row, "retry"), at: end.at, facts })],
  });
}

/** The attempt failed, none follows, and an operator is to decide. */
export function kept(
  before: InHands,
  { failure, at, usage: used }: Pick<AttemptEnd, "at" | "usage"> & { failure: Failure },
): TaskTransition<TaskIn<"parked">> {
  const { usage } = usageAfter(before, used);
  const row = { ...identityOf(before), ...memoryOf(before), usage, state: "parked" as const, reason: "operator" as const, failure };
  const facts = { ...about(row), reason: "operator" as const, error: failure, ...usageFact(before, used) };
  return along("kept", before, { row, events: [newEvent("task.parked", { id: eventId(row, "operator"), at, facts })] });
}

/** Its message was turned away for a limit: the same attempt goes out again at `until`, under the same message id. */
export function turnedAway(before: TaskIn<"dispatched">, { until, at }: { until: string; at: string }): TaskTransition<TaskIn<"queued">> {
  const wait = { reason: "limit" as const, until };
  const row = { ...identityOf(before), ...memoryOf(before), state: "queued" as const, attempt: before.attempt - 1, wait };
  const facts = { ...about(row), agent_id: before.agentId, ...wait };
  return along("turned_away", before, { row, events: [newEvent("task.parked", { id: eventId(row, "limit"), at, facts })] });
}
