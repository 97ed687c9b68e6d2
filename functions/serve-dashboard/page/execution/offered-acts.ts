import type { TaskActName } from "./act-names.ts";

/** Where a task and its execution stand. */
export interface TaskStanding {
  readonly status: string;
  readonly reason?: string | undefined;
  /** The execution is over. */
  readonly isOver: boolean;
  /** Moves of the execution. */
  readonly legal: ReadonlySet<string>;
}

/** Whether each act is offered about a task that stands so; what is, the API takes. */
export function offeredAt({ status, reason, isOver, legal }: TaskStanding): Readonly<Record<TaskActName, boolean>> {
  const isSettled = ["completed", "failed", "skipped", "cancelled"].includes(status);
  const waitsFor = (what: string): boolean => status === "parked" && reason === what && !isOver;
  return {
    approve: waitsFor("approval"),
    reject: waitsFor("approval"),
    input: status.endsWith("_required"),
    retry: waitsFor("operator"),
    rerun: legal.has("rerun") && isSettled,
    skip: legal.has("skip") && status !== "skipped" && status !== "completed",
  };
}
