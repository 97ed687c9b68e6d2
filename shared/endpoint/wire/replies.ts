import type { WireMessage, WirePart, WireState } from "./wire.ts";

/** A2A 1.0 as we write it. */

/** Where a task stands and what is said about it. */
export interface WireStatus {
  readonly state: WireState;
  readonly message?: WireMessage;
  readonly timestamp: string;
}

/** Something a task made. */
export interface WireArtifact {
  readonly artifactId: string;
  readonly name?: string;
  readonly description?: string;
  readonly parts: readonly WirePart[];
}

/** A task. */
export interface WireTask {
  readonly id: string;
  readonly contextId: string;
  readonly status: WireStatus;
  readonly artifacts?: readonly WireArtifact[];
  readonly history?: readonly WireMessage[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** One event of a stream, and the body of a push. */
export type StreamEvent =
  | { readonly task: WireTask }
  | { readonly message: WireMessage }
  | { readonly statusUpdate: Pick<WireTask, "contextId" | "status" | "metadata"> & { readonly taskId: string } }
  | {
      readonly artifactUpdate: Pick<WireTask, "contextId"> & {
        readonly taskId: string;
        readonly artifact: WireArtifact;
        readonly lastChunk: boolean;
      };
    };

/** A push configuration as it is read back: what proves us to the receiver is never told. */
export interface ShownPushConfig {
  readonly id: string;
  readonly taskId: string;
  readonly url: string;
  readonly authentication?: { readonly scheme: string };
}

const TERMINAL: ReadonlySet<WireState> = new Set<WireState>([
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_REJECTED",
]);

/** Whether a task in this state changes no more. */
export const isEnd = (state: WireState): boolean => TERMINAL.has(state);

/** Whether a caller need not wait any longer: the task is over, or waits for the caller. */
export const isRest = (state: WireState): boolean =>
  isEnd(state) || state === "TASK_STATE_INPUT_REQUIRED" || state === "TASK_STATE_AUTH_REQUIRED";

/** The newest messages of a history, as many as are asked for; nothing asked gives all of them. */
export const newest = (history: readonly WireMessage[], length: number | undefined): readonly WireMessage[] =>
  length === undefined ? history : length === 0 ? [] : history.slice(-length);
