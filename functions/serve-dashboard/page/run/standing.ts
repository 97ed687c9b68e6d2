/** What is known of one task at a moment. */
export interface Standing {
  readonly status: string;
  readonly reason: string | undefined;
  readonly attempt: number;
  readonly agent: string | undefined;
}

/** Of a task that was not looked at yet. */
export const PENDING: Standing = { status: "pending", reason: undefined, attempt: 0, agent: undefined };
