/** How one task of an agent ended. */
export interface TaskObservation {
  readonly capability: string;
  readonly outcome: "completed" | "failed";
  readonly latencyMs: number;
  /** Absent: not known, which is not the same as free. */
  readonly cost?: number | undefined;
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** Why it failed. */
  readonly errorCode?: string | undefined;
}

/** Whether an agent was up, seen over some seconds up to `at`. */
export interface PresenceObservation {
  readonly isUp: boolean;
  readonly seconds: number;
  readonly at: number;
}
