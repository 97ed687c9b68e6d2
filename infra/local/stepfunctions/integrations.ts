import type { Clock } from "./clock.ts";

/** The services a task can call, other than nested executions. A rejected promise fails the task. */
export interface ServiceIntegrations {
  /** Queues a message; resolves once it is durable. */
  sendMessage(input: MessageRequest): Promise<{ MessageId: string }>;
  /** Invokes a function synchronously. */
  invoke(functionArn: string, payload: unknown): Promise<InvokeResult>;
  putEvents(entries: unknown[]): Promise<unknown>;
}

export interface MessageRequest {
  queueUrl: string;
  body: string;
  delaySeconds?: number;
  groupId?: string;
  dedupId?: string;
  attributes?: Record<string, unknown>;
}

export interface InvokeResult {
  payload: unknown;
  functionError?: { errorType: string; errorMessage: string };
}

/** The EventBridge event "Step Functions Execution Status Change", in its envelope. */
export interface StatusChangeEvent {
  readonly version: "0";
  readonly id: string;
  readonly "detail-type": "Step Functions Execution Status Change";
  readonly source: "aws.states";
  readonly account: string;
  /** ISO 8601, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly [string];
  readonly detail: StatusChangeDetail;
}

export interface StatusChangeDetail {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly stateMachineVersionArn: string | null;
  readonly stateMachineAliasArn: string | null;
  readonly name: string;
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "ABORTED";
  /** Milliseconds since 1970, as are all dates of this event. */
  readonly startDate: number;
  readonly stopDate: number | null;
  readonly input: string | null;
  readonly inputDetails: { readonly included: boolean };
  readonly output: string | null;
  readonly outputDetails: { readonly included: boolean } | null;
  readonly error: string | null;
  readonly cause: string | null;
}

export interface EngineOptions {
  /** A SQLite file, or `:memory:`. One engine at a time may open it. */
  readonly databasePath: string;
  /** Whether a commit waits for the disk. @default false */
  readonly syncs?: boolean;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  /** Random numbers in [0, 1): jitter, alias weights, names, `States.UUID`. */
  readonly random: () => number;
  readonly integrations: ServiceIntegrations;
  /** Hears of every state that is entered, and of every retry: AWS bills them. @default - nobody counts */
  onTransition?(): void;
  /**
   * Hears of every status change after its commit, at least once: an event whose call did not return (or whose promise
   * did not resolve) comes again after a restart.
   */
  onStatusChange(event: StatusChangeEvent): void | Promise<void>;
}
