import type { Agent } from "../../agents/agent.ts";
import type { Execution } from "../execution.ts";
import type { TaskRecord } from "../task/task-record.ts";
import type { PayloadRef } from "../payload.ts";
import type {
  AwaitMessage,
  ExecutionWatch,
  QueueUrls,
  RunFailure,
  RunRef,
  SettleMessage,
  TaskMessage,
  WatchMessage,
} from "../messages.ts";
import type { KeepTranscript, SubWorkflow } from "../../workflow/definition/task-definition.ts";
import type { ExecutionStore } from "../store/execution-store.ts";
import type { DurationReader } from "../store/task-stats.ts";
import type { AdmissionLimits } from "../admission/admission.ts";
import type { HoldReader } from "../store/hold-store.ts";
import type { PayloadStore } from "../store/payload-store.ts";
import type { PlanView } from "../store/plan-store.ts";
import type { HookOrder } from "../../hooks/hook-order.ts";
import type { HookReader } from "../../hooks/store/hook-reader.ts";
import type { Attempt, Follow } from "./attempt.ts";
import type { Clock } from "./clock.ts";
import type { RowReader } from "../../aws/row-reader.ts";
import type { AgentCalls } from "../../agents/calls/agent-calls.ts";
import type { AgentPool } from "../../agents/pool/agent-pool.ts";

/** Outgoing messages. Each resolves once the message is durable. */
export interface Mail {
  /** Back to the queue its run travels through. */
  task(message: TaskMessage, delaySeconds: number): Promise<void>;
  /** Several of one run, together. */
  tasks(messages: readonly TaskMessage[]): Promise<void>;
  watch(message: WatchMessage, delaySeconds: number): Promise<void>;
  watchExecution(message: ExecutionWatch, delaySeconds: number): Promise<void>;
  settle(message: SettleMessage): Promise<void>;
  awaitAnswer(message: AwaitMessage): Promise<void>;
  /** How many of those messages nothing has taken up yet; SQS counts approximately. */
  unawaited(): Promise<number>;
}

/** Answers to state machines. An answer that comes too late (timed out, stopped, given before) is dropped. */
export interface Tokens {
  succeed(token: string): Promise<void>;
  fail(token: string, failure: { error: string; cause: string }): Promise<void>;
}

/** A workflow that is to run as a task of another. */
export interface ChildRequest {
  readonly parent: Execution;
  readonly task: string;
  readonly attempt: number;
  readonly workflow: SubWorkflow;
  readonly input: unknown;
}

/**
 * What is on record, and how it is read and written. What a warm function remembers of it counts as record.
 *
 * @example
 * ```ts
 * const execution = await stores.execution(tenant, id); // at most a second old
 * ```
 */
export interface Stores {
  readonly executions: ExecutionStore;
  readonly admission: AdmissionLimits;
  /** What was observed of tasks, a minute old at most. */
  readonly durations: DurationReader;
  /** Rows of executions by key, read together. */
  readonly rows: RowReader;
  readonly payloads: PayloadStore;
  /** Head of an execution, at most a second old, and not of a run before `leastRun`. */
  execution(tenant: string, execution: string, leastRun?: number): Promise<Execution>;
  /** A head as this function wrote it, or as it was at a time (epoch ms): no older one is believed any more. */
  remember(head: Execution, seenAt?: number): void;
  plan(tenant: string, hash: string): Promise<PlanView>;
  /** A payload; those that lie in the bucket are remembered for a while. */
  load(ref: PayloadRef): Promise<unknown>;
  /** The list that a `for_each` runs over in this run. */
  items(run: RunRef, group: string): Promise<NonNullable<TaskRecord["items"]>>;
  /** The hold that covers a workflow, at most a second old; `fresh`: as it is. */
  readonly hold: HoldReader;
  /** A tenant's hooks, as old as `hold` at most; asked for after it, that costs no call. */
  readonly hooks: HookReader;
  /** Settled tasks never change within a run (invariant 8), so a warm function remembers the ones it saw. */
  readonly settled: {
    get(run: RunRef, task: string): TaskRecord | undefined;
    set(run: RunRef, record: TaskRecord): void;
  };
}

/** How a run ended: with all that was to be done, or with a failure. */
export interface RunEnd {
  readonly run: number;
  readonly failure?: RunFailure | undefined;
}

/** What carries work on: the queues of messages, and the machines that wait for answers. */
export interface Engine {
  readonly mail: Mail;
  /** URLs of the priority queues. */
  readonly queues: QueueUrls;
  readonly tokens: Tokens;
  /** Has tasks of a graph run looked at: in this very invocation while it has time, by message otherwise. */
  readonly next: (messages: readonly TaskMessage[]) => Promise<void>;
  /** Prepares what may start together with a task's end. Absent where nothing is dispatched. */
  readonly follow?: (attempt: Attempt, settled: TaskRecord) => Promise<Follow>;
  /** Takes the turns of a pattern that are due: what its instances came to, and what comes next. */
  readonly turnPattern: (attempt: Attempt) => Promise<void>;
  /** Has hooks run that something waits for. */
  readonly orderHooks: (orders: readonly HookOrder[]) => Promise<void>;
  /** Starts an execution's current run. */
  readonly startRun: (execution: Execution) => Promise<void>;
  /**
   * Ends an execution's current run as failed, for a reason that lies outside its tasks.
   *
   * @returns whether its end will be heard of.
   */
  readonly stopRun: (execution: Execution, why: { error: string; cause: string }) => Promise<boolean>;
  /** Carries the end of a graph run over to its execution; of a run that has ended before, what follows is done again. */
  readonly endRun: (execution: Execution, end: RunEnd) => Promise<void>;
  /** Starts an execution under a parent; the same parent and attempt start one. */
  readonly startChild: (wish: ChildRequest) => Promise<Execution>;
}

/** Who does the work, how they are spoken to, and what is kept of what was said. */
export interface Agents {
  readonly pool: AgentPool;
  /** One agent, asked of the registry itself when the list, which may be seconds old, does not have it. */
  agent(tenant: string, agentId: string | undefined): Promise<Agent | undefined>;
  readonly calls: AgentCalls;
  /** How long a send may stay open where others are waiting: `LIMITS.agentCallSeconds` at most. */
  readonly callSeconds: number;
  /** Of which attempts what was sent and heard is kept, unless a task says otherwise. */
  readonly transcripts: KeepTranscript;
  /** Where agents push to, without a trailing slash; absent: agents are polled. */
  readonly pushBaseUrl: string | undefined;
}

/**
 * What dispatching and settling stand on: four ports. A function takes those that it uses, by itself or by what it
 * calls; who needs all four takes the whole.
 *
 * @example
 * ```ts
 * const execution = await runtime.execution(tenant, id); // at most a second old
 * const until = isoAfter(runtime, 30); // never `new Date()`: time is the runtime's
 * ```
 */
export type Runtime = Stores & Engine & Agents & Clock;
